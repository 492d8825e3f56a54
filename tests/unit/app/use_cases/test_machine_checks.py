"""What doctor says of a home: each check sees the fault that it is there for."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.app import bootstrap, clock, disk_encryption
from comity.app.home import Home
from comity.app.home.home_folder import ANCHOR_FOLDER_VARIABLE
from comity.app.use_cases import machine_checks
from comity.app.use_cases.machine_checks import CheckResult, check_machine
from comity.ledger import log
from tests.support.sample_ledger import make_hold_entries


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home whose ledger has signed entries."""
    monkeypatch.setenv(ANCHOR_FOLDER_VARIABLE, str(tmp_path / "anchors"))
    Home.open_or_create(tmp_path / "home")
    append_entries(tmp_path / "home")
    return tmp_path / "home"


def append_entries(path: Path) -> None:
    """Append three entries and sign a checkpoint."""
    home = Home.open_or_create(path)
    with bootstrap.open_store(home) as store:
        with store.begin() as tx:
            log.append_entries(tx, make_hold_entries(3), at=clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())


def check(home: Path, name: str, backup: Path | None = None) -> CheckResult:
    """Return the result of one check."""
    return next(result for result in check_machine(home, backups=backup) if result.name == name)


def test_a_sound_home_fails_no_check(home: Path) -> None:
    before = sorted(path.name for path in home.rglob("*"))
    results = {result.name: result for result in check_machine(home)}
    assert {name for name, result in results.items() if not result.is_ok} <= {"machine"}
    assert results["database of the home"].detail.endswith("3 entries")
    assert "not looked at" in results["backup"].detail
    assert sorted(path.name for path in home.rglob("*") if not path.name.startswith("control.db-")) == [
        name for name in before if not name.startswith("control.db-")
    ]


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_file_system_that_cannot_hold_a_write_ahead_log_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    assert check(home, "file system below the home").is_ok
    monkeypatch.setattr(disk_encryption, "find_file_system", lambda _: kind)
    result = check(home, "file system below the home")
    assert not result.is_ok
    assert kind in result.detail


def test_a_clock_behind_the_ledger_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(days=2))
    result = check(home, "clock")
    assert not result.is_ok
    assert "ledger's last entry" in result.detail


def test_law_that_nobody_looked_up_for_a_year_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2023, 5, 1, tzinfo=UTC))
    early = check(home, "law to be looked at")
    monkeypatch.setattr(clock, "now", lambda: datetime(2028, 5, 1, tzinfo=UTC))
    late = check(home, "law to be looked at")
    assert early.is_ok
    assert late.is_ok
    assert "usc-26-6103" not in early.detail
    assert "usc-26-6103, " in late.detail
    assert "O3, a report was due on 2026-02-10" in late.detail


def test_the_age_of_a_backup_is_said_and_one_too_old_is_a_failure(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(home, backup, copy_function=shutil.copy2)
    assert "0 entries behind" in check(home, "backup", backup).detail
    append_entries(home)
    result = check(home, "backup", backup)
    assert result.is_ok
    assert "3 entries behind" in result.detail
    old = (clock.now() - timedelta(days=30)).timestamp()
    os.utime(backup / "control.anchor", (old, old))
    assert not check(home, "backup", backup).is_ok
    assert not check(backup, "backup", home).is_ok  # the home was restored from an older copy
    Home.open_or_create(tmp_path / "other")
    assert "of another home" in check(home, "backup", tmp_path / "other").detail


def test_a_backup_is_compared_by_anchors_and_what_lacks_one_is_named(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(home, backup)
    (backup / "control.anchor").unlink()
    assert "comity store backup" in check(home, "backup", backup).detail
    result = check(backup, "backup", home)
    assert not result.is_ok
    assert "restore-from-backup.md" in result.detail
    assert not check(backup, "database of the home").is_ok
    Home.open_or_create(tmp_path / "new")
    shutil.copytree(tmp_path / "new", tmp_path / "copy")
    assert check(tmp_path / "new", "backup", tmp_path / "copy").is_ok


def test_a_home_restored_whole_over_a_newer_one_is_noticed(home: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(home, backup, copy_function=shutil.copy2)
    append_entries(home)
    shutil.rmtree(home)
    shutil.copytree(backup, home, copy_function=shutil.copy2)
    result = check(home, "database of the home")
    assert not result.is_ok
    assert "older copy" in result.detail


def test_a_second_anchor_inside_of_the_home_is_no_second_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(home, "second anchor").is_ok
    monkeypatch.setenv(ANCHOR_FOLDER_VARIABLE, str(home / "anchors"))
    assert not check(home, "second anchor").is_ok


def test_little_disk_is_a_failure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)._replace(free=2**20)
    monkeypatch.setattr(machine_checks.shutil, "disk_usage", lambda _: usage)  # type: ignore[attr-defined]
    assert not check(home, "disk below the home").is_ok
