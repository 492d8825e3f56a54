"""The seal of a whole file covers every field in it: what was edited and not sealed again does not load."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from importlib.resources import files
from typing import Any

import pytest
import yaml

from comity.errors import PolicyError
from comity.law.candidate import Candidate
from comity.law.identification import IdentificationRule
from comity.law.loader import parse_document
from comity.law.population_profile import PopulationProfile
from comity.law.provisions import compute_file_seal
from comity.law.seal import seal_whole_yaml, seal_yaml
from comity.law.worth import DocumentKind

MODELS: dict[str, type[Any]] = {
    "documents": DocumentKind, "candidates": Candidate, "identification": IdentificationRule,
    "populations": PopulationProfile,
}  # fmt: skip
FILES = [(folder, entry) for folder in MODELS for entry in (files("comity.law") / folder).iterdir()]
FILES = [(folder, entry) for folder, entry in FILES if entry.name.endswith(".yaml")]


def _scalars(value: Any, put: Callable[[Any], None]) -> Iterator[tuple[Any, Callable[[Any], None]]]:
    """Every scalar in plain data, and how to put another in its place."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _scalars(part, partial(value.__setitem__, key))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _scalars(part, partial(value.__setitem__, place))
    else:
        yield value, put


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value + timedelta(days=1) if isinstance(value, date) else f"{value}x"


@pytest.mark.parametrize(("folder", "entry"), FILES, ids=lambda part: getattr(part, "name", part))
def test_every_field_of_every_file_is_under_its_seal(folder: str, entry: Any) -> None:
    text = entry.read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    parse_document(MODELS[folder], text, entry.name)
    seen = 0
    for value, put in list(_scalars(data, lambda _: None)):
        put(_other(value))
        with pytest.raises(PolicyError) as caught:
            parse_document(MODELS[folder], yaml.safe_dump(data), entry.name)
        assert caught.value.code == "law_invalid"
        put(value)
        seen += 1
    assert seen >= 8


@pytest.mark.parametrize(("folder", "entry"), FILES, ids=lambda part: getattr(part, "name", part))
def test_a_field_taken_out_or_no_seal_at_all_is_refused(folder: str, entry: Any) -> None:
    data = yaml.safe_load(entry.read_text(encoding="utf-8"))
    for name in data:
        shorter = {key: value for key, value in data.items() if key != name}
        with pytest.raises(PolicyError, match=r"hash on file|sha256: Field required"):
            parse_document(MODELS[folder], yaml.safe_dump(shorter), entry.name)


def test_order_comments_and_wrapping_do_not_count() -> None:
    text = (files("comity.law") / "candidates" / "proof-list-link.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    wrapped = yaml.safe_dump({**data, "summary": data["summary"].replace(" ", "\n")}, sort_keys=True)
    again = parse_document(Candidate, "# another comment\n" + wrapped, "a file")
    assert again.sha256 == data["sha256"] == compute_file_seal(data)


def test_sealing_a_file_whole_changes_its_seals_alone() -> None:
    text = (files("comity.law") / "documents" / "us-passport-book.yaml").read_text(encoding="utf-8")
    edited = text.replace("last_checked_on: ", "last_checked_on: 2020-01-01  # was ", 1)
    with pytest.raises(PolicyError, match="what the file says does not have the hash on file"):
        parse_document(DocumentKind, edited, "a file")
    sealed = seal_whole_yaml(edited, "a file")
    parse_document(DocumentKind, sealed, "a file")
    changed = [pair for pair in zip(edited.splitlines(), sealed.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [old.split(":")[0].strip() for old, _ in changed] == ["sha256"]
    bare = "".join(line for line in sealed.splitlines(keepends=True) if "sha256:" not in line)
    parse_document(DocumentKind, seal_whole_yaml(bare, "a file"), "a file")
    assert yaml.safe_load(seal_whole_yaml("{status: x, summary: a b}", "a file"))["sha256"]
    assert seal_yaml(edited, "a file") != sealed


@pytest.mark.parametrize("text", ["", "[]", "a: [", "elements: []", "x"])
def test_what_is_no_file_on_papers_is_not_sealed_as_one(text: str) -> None:
    with pytest.raises(PolicyError) as caught:
        seal_whole_yaml(text, "a file")
    assert "cannot be sealed" in caught.value.message or "comity law seal FOLDER" in caught.value.hint
