"""R04: a Federal criminal statute that the agreement lists. Words in the reason are R17's.

Basis: 26 USC 6103(i)(2)(A), (B)(iii); failure mode R04.
"""

from collections.abc import Sequence

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.gates.text.citations import extract_citations, is_within
from comity.law import Agreement
from comity.model.finding import Finding, Outcome

_finding = FindingBuilder("r04_criminal_statute", "26 USC 6103(i)(2)(A) and (B)(iii)")
_USE_ATTESTATION = "use_limited_to_proceeding"


def r04_criminal_statute(facts: Facts, _rows: RequestColumns) -> Finding:
    """The batch is asked for under (i)(2), for a criminal proceeding, and its use is limited to that.

    MET: manifest.statutory_authority cites only provisions that the agreement lists (the route, or the offense), and
    the signer attests the limit on use where the agreement asks for it. NOT_MET: any other citation, none, no
    attestation, or no row that passes. UNDETERMINED: the agreement is not on file.
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
    if facts.agreement.is_attestation_required(_USE_ATTESTATION) and not facts.has_attestation(_USE_ATTESTATION):
        return _finding.not_met(
            f"The attestation {_USE_ATTESTATION} is missing. Information may be used solely by the officers named, for "
            "the proceeding named. Have the signer attest it in the manifest."
        )
    return _finding.met("The batch cites only authority that the agreement lists, and its use is limited to that.")


def r04_criminal_statute_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row names a Federal criminal statute that the agreement lists.

    MET: every citation in the row's statute is a listed provision or a part of one. NOT_MET: another citation, or none.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    provisions = _listed_provisions(facts.agreement)
    return rows.dictionary_column("statute").map_to_int8(
        lambda statute: Outcome.MET if _cites_only(statute, provisions) else Outcome.NOT_MET
    )


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
        "usc8-1253-a-1",
    ),
    batch=r04_criminal_statute,
    rows=r04_criminal_statute_rows,
    columns=("statute",),
    refuses_batch_if_no_row_passes=True,
)
