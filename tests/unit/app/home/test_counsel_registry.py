"""The registry of counsel: one key a person, so that two keys are two persons."""

from pathlib import Path

import pytest

from comity.app.home.counsel_registry import CounselRegistry
from comity.errors import ComityError
from comity.signing import create_signing_key


def test_register__one_key_a_person(tmp_path: Path) -> None:
    counsel = CounselRegistry(tmp_path / "counsel.json")
    jo, sam = create_signing_key(tmp_path / "jo"), create_signing_key(tmp_path / "sam")
    counsel.register("Jo Doe", jo, registered_at="2026-01-01")
    counsel.register("Jo Doe", jo, registered_at="2026-01-02")
    for name, key in (("Sam Roe", jo), ("JO DOE", sam)):
        with pytest.raises(ComityError, match="two persons"):
            counsel.register(name, key, registered_at="2026-01-03")
    assert [person["registered_at"] for person in counsel.read().values()] == ["2026-01-01"]
    assert counsel.find_name(jo) == "Jo Doe"


def test_find_name__an_unregistered_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComityError) as raised:
        CounselRegistry(tmp_path / "counsel.json").find_name(create_signing_key(tmp_path / "k"))
    assert raised.value.code == "key_unusable"
