"""A home on PostgreSQL, by its commands: created once, never falling back to a file, its secrets never shown."""

import json
from pathlib import Path

import pytest

from comity.app.cli import main
from comity.app.home import Home
from comity.errors import ComityError
from comity.store import schema_version
from tests.support.postgres_server import APPLICATION_ROLE, PostgresServer


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command; return its exit code and all that it printed."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out + captured.err


def test_migrate_store__the_guide_s_steps_make_a_home_on_postgresql(
    postgresql: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    postgresql.create_database("guide", template="template1")
    superuser = postgresql.dsn("postgres", "guide")
    home = str(tmp_path / "home")
    monkeypatch.setenv("COMITY_DSN", postgresql.dsn(APPLICATION_ROLE, "guide"))
    code, output = run(capsys, "store", "migrate", "--home", home, "--postgresql")
    assert (code, "COMITY_OWNER_DSN" in output) == (2, True)
    monkeypatch.setenv("COMITY_OWNER_DSN", superuser)
    code, output = run(capsys, "store", "migrate", "--home", home, "--json")
    assert code == 0
    assert json.loads(output) == {"database": "postgresql", "version": schema_version.CURRENT_REVISION}
    monkeypatch.delenv("COMITY_OWNER_DSN")
    assert run(capsys, "ledger", "checkpoint", "--home", home, "--out", str(tmp_path / "public"))[0] == 0
    assert run(capsys, "ledger", "fsck", "--home", home)[0] == 0
    code, output = run(capsys, "ledger", "purge", "--home", home, "--batch", "B", "--row", "1", "--order", "O")
    assert (code, "COMITY_OWNER_DSN" in output) == (2, True)
    assert not (tmp_path / "home" / "control.db").exists()


def test_open__a_home_does_not_change_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Home.open(tmp_path / "file")
    with pytest.raises(ComityError, match="another database"):
        Home.open(tmp_path / "file", database="postgresql")
    Home.open(tmp_path / "server", database="postgresql")
    monkeypatch.delenv("COMITY_DSN", raising=False)
    code, output = run(capsys, "ledger", "fsck", "--home", str(tmp_path / "server"))
    assert (code, "nothing says where" in output) == (1, True)
    monkeypatch.setenv("COMITY_DSN", "host=/nowhere user=u password=hunter2 dbname=d")
    assert run(capsys, "ledger", "fsck", "--home", str(tmp_path / "file"))[0] == 0, "a file stays a file"
    code, output = run(capsys, "ledger", "fsck", "--home", str(tmp_path / "server"))
    assert (code, "hunter2" in output) == (1, False)
    assert not list(tmp_path.glob("server/control.db*"))
