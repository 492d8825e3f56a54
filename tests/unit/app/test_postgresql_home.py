"""A home on PostgreSQL, by its commands: made once, never falling back to a file, its secrets in no argument or error."""

import json
from pathlib import Path

import pytest

from comity.app.cli import main
from comity.app.home import Home
from comity.errors import ComityError
from comity.store import schema_version
from tests.support import postgres_server
from tests.support.postgres_server import APPLICATION_ROLE, PostgresServer


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """A command's exit code and all that it printed."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_the_guide_works(
    postgresql: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    postgresql.create_database("guide", template="template1")
    superuser = postgresql.dsn("postgres", "guide")
    home = str(tmp_path / "home")
    monkeypatch.setenv("COMITY_DSN", postgresql.dsn(APPLICATION_ROLE, "guide"))
    code, said = run(capsys, "store", "migrate", "--home", home, "--postgresql")
    assert (code, "COMITY_OWNER_DSN" in said) == (2, True)
    monkeypatch.setenv("COMITY_OWNER_DSN", superuser)
    code, said = run(capsys, "store", "migrate", "--home", home, "--json")
    assert code == 0
    assert json.loads(said) == {"database": "postgresql", "version": schema_version.CURRENT_REVISION}
    monkeypatch.delenv("COMITY_OWNER_DSN")
    assert run(capsys, "ledger", "checkpoint", "--home", home, "--out", str(tmp_path / "public"))[0] == 0
    assert run(capsys, "ledger", "fsck", "--home", home)[0] == 0
    code, said = run(capsys, "ledger", "purge", "--home", home, "--batch", "B", "--row", "1", "--order", "O")
    assert (code, "COMITY_OWNER_DSN" in said) == (2, True)
    assert not (tmp_path / "home" / "control.db").exists()


def test_a_dsn_file_is_for_its_owner_alone(
    postgresql: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMITY_DSN", raising=False)
    home = Home.open(tmp_path / "home", database="postgresql")
    with pytest.raises(ComityError) as missing:
        home.read_dsn()
    assert missing.value.code == "store_unavailable"
    path = home.path / "keys" / "control.dsn"
    path.write_text(postgres_server.create_fresh_database(postgresql) + "\n")
    path.chmod(0o640)
    with pytest.raises(ComityError) as open_to_others:
        home.read_dsn()
    assert open_to_others.value.code == "key_unusable"
    path.chmod(0o600)
    assert Home.open(tmp_path / "home").read_dsn() == path.read_text().strip()


def test_a_home_does_not_change_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Home.open(tmp_path / "file")
    with pytest.raises(ComityError, match="another database"):
        Home.open(tmp_path / "file", database="postgresql")
    Home.open(tmp_path / "server", database="postgresql")
    monkeypatch.delenv("COMITY_DSN", raising=False)
    code, said = run(capsys, "ledger", "fsck", "--home", str(tmp_path / "server"))
    assert (code, "nothing says where" in said) == (1, True)
    monkeypatch.setenv("COMITY_DSN", "host=/nowhere user=u password=hunter2 dbname=d")
    assert run(capsys, "ledger", "fsck", "--home", str(tmp_path / "file"))[0] == 0, "a file stays a file"
    code, said = run(capsys, "ledger", "fsck", "--home", str(tmp_path / "server"))
    assert (code, "hunter2" in said) == (1, False)
    assert not list(tmp_path.glob("server/control.db*"))
