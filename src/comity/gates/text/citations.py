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
_ACT_CITATION = re.compile(
    r"\b(INA|I\.N\.A\.|IRC|I\.R\.C\.)[\s,]*(?:§+|SECTIONS?|SECS?\b\.?|S\.)?\s*(\d+[A-Z]?)((?:\s*\([A-Z0-9]{1,5}\))*)"
)


def extract_citations(text: str) -> tuple[str, ...]:
    """Return every citation in a text, in order, in the form "8 USC 1253(A)(1)".

    >>> extract_citations("8 U.S.C. § 1253(a)(1) and INA 243(a)(1)")
    ('8 USC 1253(A)(1)', 'INA 243(A)(1)')
    """
    upper = text.upper()
    citations = [(m.start(), f"{m[1]} USC {m[2]}{_remove_spaces(m[3])}") for m in _USC_CITATION.finditer(upper)]
    citations += [
        (m.start(), f"{m[1].replace('.', '')} {m[2]}{_remove_spaces(m[3])}") for m in _ACT_CITATION.finditer(upper)
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
