"""The DSN: from the environment or a private file, never shown."""

from pathlib import Path

import pytest

from comity.app.home.control_dsn import read_application_dsn, read_owner_dsn
from comity.errors import ComityError

DSN = "host=db.example user=comity_app password=hunter2"


def test_read_application_dsn__the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "control.dsn"
    file.write_text("host=other\n")
    file.chmod(0o600)
    monkeypatch.setenv("COMITY_DSN", DSN)
    assert read_application_dsn(file) == DSN
    monkeypatch.delenv("COMITY_DSN")
    assert read_application_dsn(file) == "host=other"


def test_read_application_dsn__a_missing_or_open_file_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMITY_DSN", raising=False)
    file = tmp_path / "control.dsn"
    with pytest.raises(ComityError) as missing:
        read_application_dsn(file)
    assert missing.value.code == "store_unavailable"
    file.write_text(DSN)
    file.chmod(0o640)
    with pytest.raises(ComityError) as readable:
        read_application_dsn(file)
    assert readable.value.code == "key_unusable"
    assert "hunter2" not in f"{readable.value}{readable.value.hint}"


def test_read_owner_dsn__only_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMITY_OWNER_DSN", raising=False)
    with pytest.raises(ComityError, match="owner"):
        read_owner_dsn()
    monkeypatch.setenv("COMITY_OWNER_DSN", DSN)
    assert read_owner_dsn() == DSN
