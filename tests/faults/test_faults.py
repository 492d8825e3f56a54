"""One fault of every kind, on both databases: nothing lost, nothing doubled, and the next run finishes.

`make bench-faults` does a thousand of them and counts (docs/results/faults.md).
"""

import random
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.faults import fault_kinds
from tests.support.faults.child_actions import CONTINUED, DONE, FAULT
from tests.support.faults.fault_kinds import SQLITE_FAULTS, FaultKind, list_postgresql_faults
from tests.support.faults.faulty_home import FaultyHome
from tests.support.faults.fork_server import ForkServer
from tests.support.postgres_server import PostgresServer

TRIES = 6
POSTGRESQL = [kind.name for kind in list_postgresql_faults(None)]  # type: ignore[arg-type]  # the names alone


@pytest.fixture(scope="module")
def strace() -> None:
    """Skip, and say so, where system calls cannot be made to fail."""
    if not fault_kinds.can_strace():
        pytest.skip(fault_kinds.NO_STRACE)


@pytest.fixture(scope="module")
def on_file(forks: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> FaultyHome:
    """A house on SQLite, harmed again and again."""
    return FaultyHome.create(tmp_path_factory.mktemp("file") / "house", forks)


@pytest.fixture(scope="module")
def on_server(forks: ForkServer, postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> FaultyHome:
    """A house on PostgreSQL, harmed again and again."""
    return FaultyHome.create(tmp_path_factory.mktemp("server") / "house", forks, postgresql)


def until_it_happens(kind: FaultKind, house: FaultyHome, request: pytest.FixtureRequest) -> None:
    """Some moments miss; one of a few must not."""
    if kind.required_tool == "strace":
        request.getfixturevalue("strace")
    chance = random.Random(kind.name)
    assert any(kind.inject(house, chance) for _ in range(TRIES)), "the fault never took place"


@pytest.mark.parametrize("kind", SQLITE_FAULTS, ids=lambda kind: kind.name)
def test_a_fault_on_sqlite(kind: FaultKind, on_file: FaultyHome, request: pytest.FixtureRequest) -> None:
    until_it_happens(kind, on_file, request)


@pytest.mark.parametrize("name", POSTGRESQL)
def test_a_fault_on_postgresql(
    name: str, on_server: FaultyHome, postgresql: PostgresServer, request: pytest.FixtureRequest
) -> None:
    (kind,) = [kind for kind in list_postgresql_faults(postgresql) if kind.name == name]
    until_it_happens(kind, on_server, request)


def test_a_disk_that_is_full(forks: ForkServer) -> None:
    with fault_kinds.mount_small_disk() as disk:
        if disk is None:
            pytest.skip(fault_kinds.NO_MOUNT)
        house = FaultyHome.create(disk / "house", forks)
        assert any(fault_kinds.fill_disk(house, random.Random(n)) for n in range(TRIES))


def test_after_a_failed_fsync_the_process_writes_no_more(on_file: FaultyHome, strace: None) -> None:
    """Every fsync from the n-th on fails; the child ends with WENT_ON if the store still accepts a transaction."""
    stopped = 0
    for when in (1, 3, 4, 9):
        name = on_file.write_batch()
        ended = on_file.answer_with_fault(name, inject=f"fsync,fdatasync:error=EIO:when={when}+")
        assert ended.exit_code != CONTINUED
        assert ended.exit_code == FAULT, "no run goes well on a disk that never syncs"
        stopped += "it stops" in ended.messages[-1]
        on_file.finish_interrupted(name)
    assert stopped


def test_the_house_would_notice(forks: ForkServer, tmp_path: Path) -> None:
    """What the faults are judged by can fail: a lost delivery, a lost batch, an entry too many."""
    house = FaultyHome.create(tmp_path / "house", forks)
    lost = house.write_batch()
    house.acknowledged.append(lost)
    with pytest.raises(AssertionError, match="lost"):
        house.verify_invariants()
    house.acknowledged.remove(lost)
    house.finish_interrupted(lost)
    house.answered_count -= 1
    with pytest.raises(AssertionError, match="entries"):
        house.finish_interrupted(house.write_batch())
    house.answered_count += 1
    house.finish_interrupted(house.write_batch())
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        shutil.move(house.root / "out" / lost / "receipt.tlog-proof", folder)
        with pytest.raises(AssertionError):
            house.verify_invariants()
    assert forks.run("check", str(house.root)).exit_code == DONE
