"""Four processes at once lose nothing, and release nothing against what is on file (see bench/concurrency.py)."""

from pathlib import Path

import pytest

from tests.support.concurrency import run_rounds


@pytest.mark.slow
def test_four_processes_at_once_lose_nothing_and_release_nothing_forbidden(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    report = run_rounds(tmp_path / "world", tmp_path / "keys", 4)
    assert report.violations == []
    assert sum(report.outcomes.values()) == 4 * 7
    assert report.outcomes["withhold: done"] == 4
