"""Fixtures and markers for every test, and the closing lines that say what did not run.

`slow`: takes more than about a second, or needs a process, an index or a simulation of its own.
`postgres`: needs a PostgreSQL server. `faults`: injects faults with strace and signals.
`make test-fast` runs the rest.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.app.kernel_cache import ensure_kernels
from comity.store.database import Store
from tests.support import postgres_server
from tests.support.postgres_server import PostgresServer
from tests.support.sample_ledger import open_store

ROOT = Path(__file__).parents[1]
SLOW_FOLDERS = (
    "tests/conformance",
    "tests/docs/test_agreement_guide.py",
    "tests/docs/test_language.py",
    "tests/docs/test_readme.py",
    "tests/docs/test_runbooks.py",
    "tests/docs/test_wheel.py",
    "tests/faults",
    "tests/pipeline",
    "tests/properties",
    "tests/unit/app",
    "tests/unit/assess/test_customer_files.py",
    "tests/unit/assess/test_duty.py",
    "tests/unit/assess/test_estimates.py",
    "tests/unit/assess/test_page.py",
    "tests/unit/columns/test_string_distance.py",
    "tests/unit/documents/test_hostile_bytes.py",
    "tests/unit/documents/test_status_conclusions.py",
    "tests/unit/evaluate",
    "tests/unit/figures/test_exact_intervals.py",
    "tests/unit/gates/probing/test_attacks.py",
    "tests/unit/gates/probing/test_probing_digests.py",
    "tests/unit/gates/rules/test_rules_alone.py",
    "tests/unit/gates/test_conflicts.py",
    "tests/unit/gates/test_engine",
    "tests/unit/gates/test_lint_report.py",
    "tests/unit/gates/text/test_reason_words.py",
    "tests/unit/intake/test_batch_folder.py",
    "tests/unit/intake/test_batch_reader.py",
    "tests/unit/law/test_whole_seals.py",
    "tests/unit/ledger/test_fsck.py",
    "tests/unit/ledger/test_log.py",
    "tests/unit/match/comparisons/test_comparison.py",
    "tests/unit/match/index/test_cut_keys.py",
    "tests/unit/match/index/test_processors_used.py",
    "tests/unit/match/index/test_reader.py",
    "tests/unit/match/index/test_writer.py",
    "tests/unit/match/test_same_names.py",
    "tests/unit/normalize/test_encode.py",
    "tests/unit/orders/test_filing_steps.py",
    "tests/unit/simulate",
    "tests/unit/store/test_guards.py",
    "tests/unit/test_comity_ledger_verify.py",
)
"""Files and folders whose tests all count as slow; elsewhere a test says so itself."""

OpenStore = Callable[[], Store]
"""Opens the test's own control database, again and again."""


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels before any test, once and not in every worker."""
    if not hasattr(config, "workerinput"):
        ensure_kernels(lambda text: sys.stderr.write(f"{text}\n"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, needs PostgreSQL or injects faults, by folder and by fixture."""
    for item in items:
        path = item.path.relative_to(ROOT).as_posix()
        if path.startswith(SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)
        if path.startswith("tests/faults"):
            item.add_marker(pytest.mark.faults)
        if "postgresql" in getattr(item, "fixturenames", ()) or "postgresql" in item.name:
            item.add_marker(pytest.mark.postgres)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Escape lone surrogates in reports: a test may print them, and the channel between test processes takes none."""
    return _escape_surrogates((yield))


def _escape_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_escape_surrogates(key): _escape_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escape_surrogates(item) for item in value]
    return tuple(map(_escape_surrogates, value)) if isinstance(value, tuple) else value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last what did not run, and why: a test that was skipped proves nothing."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped if report.longrepr)
    if reasons:
        terminalreporter.section("did NOT run")
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"{count} tests: {reason}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close standard error of a finished test process.

    DuckDB's binding lists its own types there as leaked when a test framework holds a reference to them at exit; those
    lines would follow the summary.
    """
    if hasattr(config, "workerinput"):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@pytest.fixture(autouse=True, scope="session")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what a command leaves in the user's state folder out of the user's."""
    patch = pytest.MonkeyPatch()
    state: Path = tmp_path_factory.mktemp("state")
    patch.setenv("XDG_STATE_HOME", str(state))


@pytest.fixture
def tomorrow_already(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine is 14 hours ahead of UTC, so that a local date instead of one in UTC shows."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "AHEAD-14")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole session."""
    if postgres_server.find_binaries() is None:
        pytest.skip(postgres_server.BINARIES_MISSING)
    with postgres_server.run_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """The same test on both databases: SQLite in the test's folder, PostgreSQL in a database of its own."""
    opened: list[Store] = []

    def remember(store: Store) -> Store:
        opened.append(store)
        return store

    if request.param == "sqlite":
        yield lambda: remember(open_store(tmp_path))
    else:
        dsn = postgres_server.create_fresh_database(request.getfixturevalue("postgresql"))
        yield lambda: remember(Store.connect(dsn, anchor=tmp_path / "control.anchor"))
    for store in opened:
        store.close()
