"""The home folder: created once, for its owner only, never half."""

import stat
from pathlib import Path

import pytest

from comity.app.home import Home
from comity.errors import ComityError
from comity.signing import key_thumbprint


def test_open__everything_is_for_the_owner_only(tmp_path: Path) -> None:
    home = Home.open_or_create(tmp_path / "home")
    for path in [home.path, *home.path.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_open__a_second_time_keeps_keys_and_origin(tmp_path: Path) -> None:
    first = Home.open_or_create(tmp_path / "home")
    again = Home.open_or_create(tmp_path / "home")
    assert first == again
    assert first.keys.read_control_key() == again.keys.read_control_key()
    thumbprint = key_thumbprint(first.keys.load_signing_key("ledger"))
    assert thumbprint == key_thumbprint(again.keys.load_signing_key("ledger"))
    assert thumbprint != key_thumbprint(first.keys.load_signing_key("answers"))


def test_open__a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    with pytest.raises(ComityError, match="other files"):
        Home.open_or_create(tmp_path / "home")


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99, "origin": "x"}', "not json"])
def test_open__a_damaged_home_is_an_error(tmp_path: Path, content: str) -> None:
    home = Home.open_or_create(tmp_path / "home")
    (home.path / "home.json").write_text(content)
    with pytest.raises(ComityError) as raised:
        Home.open_or_create(tmp_path / "home")
    assert raised.value.code == "store_unavailable"
