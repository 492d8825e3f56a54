"""Extract citations of statutes, as people write them, in one form that can be compared.

Guarantees: "8 U.S.C. § 1253(a)(1)(A)", "Title 8, United States Code, Section 1253 (a)(1)(A)" and "8 USC 1253(a)(1)(a)"
give the same result. Nothing raises.
Does not: know what a statute says.
Start at `extract_citations`.
"""

import re

_USC_CITATION = re.compile(
    r"(?:TITLE\s+)?(\d{1,2})[\s,]*(?:U\.?\s*S\.?\s*C(?:ODE|\.?\s*A)?(?![A-Z])\.?|UNITED\s+STATES\s+CODE)"
    r"[\s,]*(?:§+|SECTIONS?|SECS?\b\.?|S\.)?\s*(\d+[A-Z]?(?:-\d+)?)((?:\s*\([A-Z0-9]{1,5}\))*)"
)
_SECTION_SIGN = r"(?:§+|SECTIONS?|SECS?\b\.?|S\.)"
_PARAGRAPHS = r"((?:\s*\([A-Z0-9]{1,5}\))*)"
_ACT_CITATION = re.compile(
    rf"\b(INA|IRC)[\s,]*{_SECTION_SIGN}?\s*(\d+[A-Z]?)(?!\s*(?:U\.?\s*S\.?\s*C|UNITED\s+STATES)){_PARAGRAPHS}"
)
_SECTION_OF_ACT = re.compile(rf"{_SECTION_SIGN}\s*(\d+[A-Z]?){_PARAGRAPHS}[\s,]*OF\s+(?:THE\s+)?(INA|IRC)\b")
_SECTION_OF_TITLE = re.compile(rf"{_SECTION_SIGN}\s*(\d+[A-Z]?){_PARAGRAPHS}[\s,]*OF\s+TITLE\s+(\d{{1,2}})\b")
_ACT_NAMES = (
    (re.compile(r"\bIMMIGRATION\s+(?:AND|&)\s+NATIONALITY\s+ACT(?:\s+OF\s+1952)?|\bI\.N\.A\."), "INA"),
    (re.compile(r"\bINTERNAL\s+REVENUE\s+CODE(?:\s+OF\s+1986)?|\bI\.R\.C\.|\bI\.R\.\s*CODE"), "IRC"),
)


def extract_citations(text: str) -> tuple[str, ...]:
    """Return every citation in a text, in order, in the form "8 USC 1253(A)(1)".

    >>> extract_citations("8 U.S.C. § 1253(a)(1) and INA 243(a)(1)")
    ('8 USC 1253(A)(1)', 'INA 243(A)(1)')
    >>> extract_citations("section 243(a)(1) of the Immigration and Nationality Act, 8 USC 1253(a)(1)")
    ('INA 243(A)(1)', '8 USC 1253(A)(1)')
    """
    upper = text.upper()
    for name, abbreviation in _ACT_NAMES:
        upper = name.sub(abbreviation, upper)
    citations = [
        (match.start(), f"{match[1]} USC {match[2]}{_remove_spaces(match[3])}")
        for match in _USC_CITATION.finditer(upper)
    ]
    citations += [
        (match.start(), f"{match[3]} USC {match[1]}{_remove_spaces(match[2])}")
        for match in _SECTION_OF_TITLE.finditer(upper)
    ]
    citations += [
        (match.start(), f"{match[3]} {match[1]}{_remove_spaces(match[2])}") for match in _SECTION_OF_ACT.finditer(upper)
    ]
    citations += [
        (match.start(), f"{match[1]} {match[2]}{_remove_spaces(match[3])}") for match in _ACT_CITATION.finditer(upper)
    ]
    return tuple(citation for _, citation in sorted(citations))


def is_within(citation: str, provision: str) -> bool:
    """Return whether a citation names a provision or a part of it: 1253(a)(1)(A) is within 1253(a)(1), 1253 is not.

    >>> is_within("8 USC 1253(A)(1)(B)", "8 USC 1253(A)(1)"), is_within("8 USC 1253", "8 USC 1253(A)(1)")
    (True, False)
    """
    return citation == provision or citation.startswith(f"{provision}(")


def _remove_spaces(paragraphs: str) -> str:
    return re.sub(r"\s+", "", paragraphs)
