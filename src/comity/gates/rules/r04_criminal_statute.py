"""R04: a Federal criminal statute, not a civil purpose.

Basis: 26 USC 6103(i)(2)(A), (B)(iii), (i)(5); failure mode R04.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Int8s
from comity.columns.fold import to_ascii
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.gates.text.citations import extract_citations, is_within
from comity.law import Agreement, Purpose
from comity.model.finding import Finding, Outcome

_finding = FindingBuilder("r04_criminal_statute", "26 USC 6103(i)(2)(A) and (B)(iii)")
_USE_ATTESTATION = "use_limited_to_proceeding"

_ALWAYS_BARRED = (
    r"LOCATE|LOCATING|LOCATOR|LOCATION OF|WHEREABOUTS|SKIP ?TRAC(?:E|ING)|"
    r"VOTERS?|VOTING|ELECTIONS?|CIVIL (?:REMOVAL|ENFORCEMENT|IMMIGRATION)|REMOVAL OPERATIONS?|"
    r"U\.?S\.?C\.?A?\.? *(?:§+|S{1,2}|SEC(?:TION)?\.?)? *1231\b|SECTION *1231\b|1231 ?\(|"
    r"INA *(?:§+|S{1,2}|SEC(?:TION)?\.?)? *241\b"
)
_BARRED_UNLESS_SERVED = {Purpose.BENEFITS: "BENEFITS?|WELFARE|MEDICAID|ELIGIBILITY"}


def barred_purpose_pattern(agreement: Agreement) -> str:
    """Return a pattern for the words of purposes that the agreement does not serve.

    Locating a person, civil removal and voting are always barred; benefits are barred unless the agreement serves them.
    """
    barred = [words for purpose, words in _BARRED_UNLESS_SERVED.items() if purpose not in agreement.serves]
    return rf"\b(?:{'|'.join([*barred, _ALWAYS_BARRED])})"


def r04_criminal_statute(facts: Facts, _rows: RequestColumns) -> Finding:
    """The batch is asked for under (i)(2), for a criminal proceeding, and its use is limited to that.

    MET: manifest.statutory_authority cites only provisions that the agreement lists (the route, or the offense), and
    the signer attests the limit on use where the agreement asks for it. NOT_MET: any other citation, none, the words
    of another purpose, no attestation, or no row that passes. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    authority = facts.manifest.statutory_authority
    listed = (*_listed_provisions(facts.agreement), *_listed_authorities(facts.agreement))
    if not _cites_only(authority, listed):
        return _finding.not_met(
            "The manifest does not rest on a statutory authority that the agreement lists. Information may be asked "
            "for only in the enforcement of a specifically designated Federal criminal statute. Cite that authority, "
            "and nothing else, in statutory_authority."
        )
    if re.search(barred_purpose_pattern(facts.agreement), authority.upper()):
        return _finding.not_met(
            "The manifest's authority speaks of a purpose that the statute does not serve: finding a person, civil "
            "removal, benefits or voting. Ask only for a criminal proceeding or investigation."
        )
    if facts.agreement.is_attestation_required(_USE_ATTESTATION) and not facts.has_attestation(_USE_ATTESTATION):
        return _finding.not_met(
            f"The attestation {_USE_ATTESTATION} is missing. Information may be used solely by the officers named, for "
            "the proceeding named. Have the signer attest it in the manifest."
        )
    return _finding.met("The batch cites only authority that the agreement lists, and its use is limited to that.")


def r04_criminal_statute_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row names a Federal criminal statute that the agreement lists, and its reason serves no other purpose.

    MET: every citation in the row's statute is a listed provision or a part of one, and neither statute nor reason
    has the words of another purpose (locating, 8 USC 1231, benefits, voting). NOT_MET: anything else.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    provisions, barred = _listed_provisions(facts.agreement), barred_purpose_pattern(facts.agreement)

    def decide(statute: str) -> int:
        passes = _cites_only(statute, provisions) and not re.search(barred, statute.upper())
        return Outcome.MET if passes else Outcome.NOT_MET

    outcome = rows.dictionary_column("statute").map_to_int8(decide)
    screened = rows.screened_reason_rows
    reasons = pc.ascii_upper(to_ascii(rows.text_column("reason").take(pa.array(screened))))
    outcome[screened[matches_pattern(reasons, barred)]] = Outcome.NOT_MET
    return outcome


def _cites_only(text: str, provisions: Sequence[str]) -> bool:
    """Return whether a text cites something, and nothing but the provisions or parts of them."""
    cited = extract_citations(text)
    return bool(cited) and all(any(is_within(citation, provision) for provision in provisions) for citation in cited)


def _listed_provisions(agreement: Agreement) -> tuple[str, ...]:
    citations = [citation for offense in agreement.statutes for citation in (offense.citation, *offense.also)]
    return tuple(provision for citation in citations for provision in extract_citations(citation))


def _listed_authorities(agreement: Agreement) -> tuple[str, ...]:
    return tuple(provision for authority in agreement.authorities for provision in extract_citations(authority))


RULE = Rule(
    _finding.rule,
    "R04",
    _finding.citation,
    (
        "usc26-6103-i-2-B-iii",
        "usc26-6103-i-2-A-use",
        "usc26-6103-i-2-A-proceeding",
        "usc26-6103-i-4-B",
        "usc26-6103-i-5",
        "usc26-6103-b-4",
        "usc8-1253-a-1",
    ),
    batch=r04_criminal_statute,
    rows=r04_criminal_statute_rows,
    refuses_batch_if_no_row_passes=True,
)
