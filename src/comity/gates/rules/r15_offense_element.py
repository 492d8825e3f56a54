"""R15: the element of the offense on which the address bears, in code.

Basis: 26 USC 6103(i)(2)(B)(iii) and (iv); ADR 0033; failure mode R15.
"""

from collections.abc import Sequence

import numpy as np

from comity.columns.buffers import Int8s, Int64s
from comity.columns.dictionary_column import DictionaryColumn
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.gates.text.citations import extract_citations, is_within
from comity.law import Agreement, OffenseElement
from comity.model.finding import Outcome

_finding = FindingBuilder("r15_offense_element", "26 USC 6103(i)(2)(B)(iv)")
_MAX_CODES = 8


def r15_offense_element(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row says in code on which element of the offense that it cites the address bears.

    MET: `element` has one code on file, or several with semicolons between them, and each is an element of an offense
    that the row's statute cites, or of a paragraph of it. NOT_MET: it is missing, no code on file, or an element of
    another offense. NOT_APPLICABLE: the agreement does not ask for the column. UNDETERMINED: the agreement is not on
    file.
    """
    if facts.batch.has_old_layout or not facts.requires_column("element"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    elements = facts.law.list_offense_elements(facts.agreement, facts.today)
    statute, element = rows.dictionary_column("statute"), rows.dictionary_column("element")
    pairs, codes = _distinct_pairs(statute, element)
    codes_by_statute: dict[int, frozenset[str]] = {}
    outcomes = np.empty(len(pairs), dtype=np.int8)
    for number, (statute_code, element_code) in enumerate(pairs):
        if statute_code not in codes_by_statute:
            cited = str(statute.values[statute_code])
            codes_by_statute[statute_code] = list_element_codes(facts.agreement, elements, cited)
        given = _parse_codes(str(element.values[element_code]))
        passes = bool(given) and given <= codes_by_statute[statute_code]
        outcomes[number] = Outcome.MET if passes else Outcome.NOT_MET
    return outcomes[codes]


def list_element_codes(agreement: Agreement, elements: Sequence[OffenseElement], statute: str) -> frozenset[str]:
    """Return the codes that a row may give which cites a statute so: of elements of what it cites, or of a part of it.

    A citation by another name of an offense (`also` in the agreement) counts as the offense itself.
    """
    cited = [_by_main_name(agreement, citation) for citation in extract_citations(statute)]
    return frozenset(
        element.code
        for element in elements
        for offense in element.offenses
        for provision in extract_citations(offense)
        if any(is_within(citation, provision) or is_within(provision, citation) for citation in cited)
    )


def _by_main_name(agreement: Agreement, citation: str) -> str:
    for offense in agreement.statutes:
        (main,) = extract_citations(offense.citation)[:1] or (offense.citation,)
        for other in (name for also in offense.also for name in extract_citations(also)):
            if is_within(citation, other):
                return main + citation.removeprefix(other)
    return citation


def _parse_codes(text: str) -> frozenset[str]:
    """Return the codes in a field; nothing when one is empty or there are more than any offense has."""
    codes = [code.strip().lower() for code in text.split(";")]
    return frozenset(codes) if all(codes) and len(codes) <= _MAX_CODES else frozenset()


def _distinct_pairs(left: DictionaryColumn, right: DictionaryColumn) -> tuple[list[tuple[int, int]], Int64s]:
    """Return the pairs of codes that occur together in some row, and each row's pair."""
    width = max(len(right.values), 1)
    combined = left.codes * width + right.codes
    if len(left.values) * width <= max(len(combined), 2**16):  # few pairs: mark those that occur, without sorting rows
        occurs = np.zeros(len(left.values) * width, dtype=np.bool_)
        occurs[combined] = True
        distinct = np.flatnonzero(occurs)
        numbers = np.cumsum(occurs) - 1
        codes = numbers[combined]
    else:
        distinct, codes = np.unique(combined, return_inverse=True)
    return [divmod(int(pair), width) for pair in distinct], codes


RULE = Rule(
    _finding.rule,
    "R15",
    _finding.citation,
    ("usc26-6103-i-2-B-iv",),
    rows=r15_offense_element,
    columns=("element", "statute"),
    refuses_batch_if_no_row_passes=True,
)
