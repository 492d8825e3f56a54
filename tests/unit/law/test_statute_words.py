"""Quotations of the law on file are verbatim, and summaries say each thing that the law says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.law import load_law

_CASES = Path(__file__).parents[2] / "cases" / "statute_words.yaml"
_PASSAGES: list[dict[str, Any]] = yaml.safe_load(_CASES.read_text(encoding="utf-8"))["passages"]


def _quotations() -> Iterator[tuple[str, str]]:
    for passage in _PASSAGES:
        for element_id in passage.get("quoted", ()):
            yield element_id, passage["words"]


def _summaries() -> Iterator[tuple[str, str, str, str]]:
    for passage in _PASSAGES:
        for element_id, phrases in passage.get("says", {}).items():
            for law_phrase, our_phrase in phrases.items():
                yield element_id, passage["words"], law_phrase, our_phrase


@pytest.mark.parametrize(("element_id", "words"), list(_quotations()))
def test_a_quotation_is_verbatim(element_id: str, words: str) -> None:
    text = load_law().get_element(element_id).text
    assert text is not None
    assert text in words


@pytest.mark.parametrize(("element_id", "words", "law_phrase", "our_phrase"), list(_summaries()))
def test_a_summary_says_what_the_law_says(element_id: str, words: str, law_phrase: str, our_phrase: str) -> None:
    assert law_phrase in words, "the case quotes something that the passage does not say"
    assert our_phrase in (load_law().get_element(element_id).summary or "")


def test_every_quotation_of_a_statute_on_file_is_compared_with_its_passage() -> None:
    quoted = {e.id for statute in load_law().statutes.values() for e in statute.elements if e.text}
    assert quoted == {element_id for element_id, _ in _quotations()}


def test_statutes_have_the_headings_of_the_code() -> None:
    assert {statute.citation: statute.title for statute in load_law().statutes.values()} == {
        "26 USC 6103": "Confidentiality and disclosure of returns and return information",
        "5 USC 552a": "Records maintained on individuals (the Privacy Act), with computer matching",
        "8 USC 1253": "Penalties related to removal",
        "8 USC 1367": "Penalties for disclosure of information",
    }
