"""The key store: keys that others can read are refused, and a damaged key is an error."""

from pathlib import Path

import pytest

from comity.app.home import Home
from comity.errors import ComityError


@pytest.mark.parametrize("name", ["control.key", "ledger.key", "answers.key"])
def test_key_store__a_key_that_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    keys = Home.open_or_create(tmp_path / "home").keys
    (keys.folder / name).chmod(0o644)
    with pytest.raises(ComityError) as raised:
        keys.read_control_key() if name == "control.key" else keys.load_signing_key(name.removesuffix(".key"))
    assert raised.value.code == "key_unusable"


@pytest.mark.parametrize("content", ["", "00ff", "not hexadecimal", "00" * 33])
def test_read_control_key__a_damaged_key_is_refused(tmp_path: Path, content: str) -> None:
    keys = Home.open_or_create(tmp_path / "home").keys
    (keys.folder / "control.key").write_text(content)
    with pytest.raises(ComityError, match="damaged") as raised:
        keys.derive_history_key()
    assert raised.value.code == "key_unusable"


def test_derive_history_key__differs_from_the_control_key_and_between_homes(tmp_path: Path) -> None:
    first, second = (Home.open_or_create(tmp_path / name).keys for name in ("first", "second"))
    assert len(first.derive_history_key()) == 16
    assert first.derive_history_key() == first.derive_history_key() != second.derive_history_key()
    assert first.derive_history_key() not in first.read_control_key()
