"""Citations as people write them."""

import pytest

from comity.gates.text.citations import extract_citations, is_within


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("8 U.S.C. § 1253(a)(1)(A)", ("8 USC 1253(A)(1)(A)",)),
        ("Title 8, United States Code, Section 1253 (a) (1)", ("8 USC 1253(A)(1)",)),
        ("26 USC 1253(a)(1)", ("26 USC 1253(A)(1)",)),
        ("I.N.A. § 243(a)(1)", ("INA 243(A)(1)",)),
        ("IRC sec. 6103(i)(2)", ("IRC 6103(I)(2)",)),
        ("INA 243(a); 8 USC 1253", ("INA 243(A)", "8 USC 1253")),
        ("the Act", ()),
    ],
)
def test_extract_citations(text: str, citations: tuple[str, ...]) -> None:
    assert extract_citations(text) == citations


def test_is_within_means_the_provision_or_a_paragraph_of_it() -> None:
    assert is_within("8 USC 1253(A)(1)", "8 USC 1253(A)(1)")
    assert is_within("8 USC 1253(A)(1)(B)", "8 USC 1253(A)(1)")
    assert not is_within("8 USC 1253(A)(12)", "8 USC 1253(A)(1")
    assert not is_within("8 USC 1253", "8 USC 1253(A)(1)")
