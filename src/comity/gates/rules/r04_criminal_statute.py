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

_SUBJECT = "(?:(?:THE|THIS|OUR) )?(?:SUBJECTS?|TARGETS?|ALIENS?|TAXPAYERS?|RESPONDENTS?|PERSON|INDIVIDUAL|HIM|HER|THEM)"
_ASKS_FOR = (
    r"(?:PROVIDE|NEEDS?|NEEDED|REQUEST(?:S|ED|ING)?|SEND|GIVE|WANTS?|OBTAIN|SEEKS?|SEEKING|DETERMINE|IDENTIFY|FOR|GET|"
    r"SUPPLY|ADVISE OF)(?: (?:US|THE|A|AN|ANY|HIS|HER|THEIR|MOST|SUBJECT'?S?|ALIEN'?S?))*"
)
_ALWAYS_BARRED = (
    # to find somebody: 26 USC 6103(i)(5), another route
    r"LOCATE|LOCATING|LOCATOR|LOCATION OF|WHEREABOUTS|SKIP ?TRAC(?:E|ING)|"
    rf"(?:FIND|FINDING|TRACK|TRACKING|TRACE|TRACING|APPREHEND|APPREHENDING|CAPTURE)(?: DOWN)? {_SUBJECT}\b|"
    rf"{_ASKS_FOR} (?:CURRENT|LAST KNOWN|LATEST|NEW|PRESENT|UPDATED|BEST|RECENT) "
    r"(?:HOME |MAILING |RESIDENTIAL |STREET )?(?:ADDRESS|RESIDENCE)|"
    r"FUGITIVE (?:OPERATIONS?|TEAMS?|UNITS?|TASK FORCES?)|"
    r"LOCALIZAR|LOCALIZACION|UBICAR|UBICACION|PARADERO|ULTIMA DIRECCION|"
    r"(?:DIRECCION|DOMICILIO) (?:ACTUAL|MAS RECIENTE|NUEV[AO])|"
    # to arrest or remove: civil, 8 USC 1226 and 1231
    r"(?:ARREST|ARRESTING|APPREHENSION|APPREHENDING|DETENTION|DETAINING|DETAIN) (?:AND|OR|FOR|PENDING) (?:THE )?"
    r"(?:REMOV|DEPORT)|"
    r"(?:NEEDED|SOUGHT|WANTED|REQUIRED|NECESSARY|IN ORDER|WISH|WANT|PLAN|INTEND) TO "
    r"(?:ARREST|DETAIN|REMOVE|DEPORT|FIND)|"
    r"(?:CAN|MAY|COULD|WILL) BE (?:FOUND|ARRESTED|REMOVED|DEPORTED|DETAINED|APPREHENDED|TAKEN INTO CUSTODY)|"
    r"(?:WARRANTS?|ORDERS?)(?: (?:OF|FOR) (?:REMOVAL|DEPORTATION))? (?:CAN|MAY|COULD|WILL|TO) BE EXECUTED|"
    r"(?:NEEDED|SOUGHT|REQUIRED|NECESSARY|IN ORDER) TO EXECUTE|"
    r"(?:PARA|Y|O) (?:DEPORTAR|DETENER|EXPULSAR|ARRESTAR)|"
    r"CIVIL (?:REMOVAL|ENFORCEMENT|IMMIGRATION|ARREST|DETENTION|PROCEEDING|CASE|MATTER|PURPOSE)|"
    r"(?:CASE|MATTER|PROCEEDINGS?|INVESTIGATION|PURPOSE) (?:IS|ARE) (?:PURELY |ONLY |A )?CIVIL|REMOVAL OPERATIONS?|"
    # voting
    r"VOTERS?|VOTING|ELECTIONS?|"
    r"U\.?S\.?C\.?A?\.? *(?:§+|S{1,2}|SEC(?:TION)?\.?)? *1231\b|SECTION *1231\b|1231 ?\(|"
    r"INA *(?:§+|S{1,2}|SEC(?:TION)?\.?)? *241\b|"
    r"(?:§|SEC(?:TION)?\.?) *241\b[()A-Z0-9 ]* OF (?:THE )?(?:INA\b|IMMIGRATION)"
)
_BARRED_UNLESS_SERVED = {Purpose.BENEFITS: "BENEFITS?|WELFARE|MEDICAID|ELIGIBILITY"}


_WORDS_FOR_SOMETHING_ELSE = (
    r"\b(?:LOCATED (?:AT|IN|ON|WITHIN|NEAR|WHERE)|"
    r"(?:BY|FROM|OF|WITH|AT|IN) (?:ICE |THE OFFICE OF )?ENFORCEMENT (?:AND|&) REMOVAL OPERATIONS|"
    r"BENEFIT OF (?:COUNSEL|THE DOUBT|CLERGY|THE COURT|A HEARING|DISCOVERY)|"
    r"ELECTIONS? (?:NOT )?TO|"
    r"(?:NOT|NEVER|NO) (?:FOR |SOUGHT FOR |USED FOR |TO BE USED FOR |A )?CIVIL (?:REMOVAL|ENFORCEMENT|IMMIGRATION|"
    r"ARREST|PURPOSE|CASE|MATTER))\b"
)
_OTHER_MEANINGS = ((r"\b(BE|BEEN|GET) LOCATED\b", "BE LOCATE"), (_WORDS_FOR_SOMETHING_ELSE, " "))
"""Phrases whose words name no purpose: where a thing is, an office, a right, a choice, a denial."""


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
    if _has_barred_purpose(authority, barred_purpose_pattern(facts.agreement)):
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
    has the words of another purpose (locating, arrest for removal, 8 USC 1231, benefits, voting), except where they
    name something else: a house located at an address, the benefit of counsel. NOT_MET: anything else.
    UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    provisions, barred = _listed_provisions(facts.agreement), barred_purpose_pattern(facts.agreement)

    def decide(statute: str) -> int:
        passes = _cites_only(statute, provisions) and not _has_barred_purpose(statute, barred)
        return Outcome.MET if passes else Outcome.NOT_MET

    outcome = rows.dictionary_column("statute").map_to_int8(decide)
    screened = rows.screened_reason_rows
    reasons = pc.ascii_upper(to_ascii(rows.text_column("reason").take(pa.array(screened))))
    for phrase, replacement in _OTHER_MEANINGS:
        reasons = pc.replace_substring_regex(reasons, phrase, replacement)
    outcome[screened[matches_pattern(reasons, barred)]] = Outcome.NOT_MET
    return outcome


def _has_barred_purpose(text: str, barred: str) -> bool:
    upper = text.upper()
    for phrase, replacement in _OTHER_MEANINGS:
        upper = re.sub(phrase, replacement, upper)
    return re.search(barred, upper) is not None


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
