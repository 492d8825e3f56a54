"""One fault of every kind, on both databases: nothing lost, nothing doubled, and the next run finishes.

`make bench-faults` does a thousand of them and counts (docs/results/faults.md).
"""

import random
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults import catalog
from tests.faults.acts import DONE, FAULT, WENT_ON
from tests.faults.catalog import SQLITE, Kind, on_postgresql
from tests.faults.forkserver import Forks
from tests.faults.houses import House
from tests.servers import Server

TRIES = 6
POSTGRESQL = [kind.name for kind in on_postgresql(None)]  # type: ignore[arg-type]  # the names alone


@pytest.fixture(scope="module")
def strace() -> None:
    """Skip, and say so, where system calls cannot be made to fail."""
    if not catalog.can_strace():
        pytest.skip(catalog.NO_STRACE)


@pytest.fixture(scope="module")
def on_file(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house on SQLite, harmed again and again."""
    return House.make(tmp_path_factory.mktemp("file") / "house", forks)


@pytest.fixture(scope="module")
def on_server(forks: Forks, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house on PostgreSQL, harmed again and again."""
    return House.make(tmp_path_factory.mktemp("server") / "house", forks, postgresql)


def until_it_happens(kind: Kind, house: House, request: pytest.FixtureRequest) -> None:
    """Some moments miss; one of a few must not."""
    if kind.needs == "strace":
        request.getfixturevalue("strace")
    chance = random.Random(kind.name)
    assert any(kind.fault(house, chance) for _ in range(TRIES)), "the fault never took place"


@pytest.mark.parametrize("kind", SQLITE, ids=lambda kind: kind.name)
def test_a_fault_on_sqlite(kind: Kind, on_file: House, request: pytest.FixtureRequest) -> None:
    until_it_happens(kind, on_file, request)


@pytest.mark.parametrize("name", POSTGRESQL)
def test_a_fault_on_postgresql(name: str, on_server: House, postgresql: Server, request: pytest.FixtureRequest) -> None:
    (kind,) = [kind for kind in on_postgresql(postgresql) if kind.name == name]
    until_it_happens(kind, on_server, request)


def test_a_disk_that_is_full(forks: Forks) -> None:
    with catalog.small_disk() as disk:
        if disk is None:
            pytest.skip(catalog.NO_MOUNT)
        house = House.make(disk / "house", forks)
        assert any(catalog.disk_full(house, random.Random(n)) for n in range(TRIES))


def test_after_a_failed_fsync_the_process_writes_no_more(on_file: House, strace: None) -> None:
    """From the n-th fsync on, the disk syncs no more: the act ends with WENT_ON if the store would still take a transaction."""
    stopped = 0
    for when in (1, 3, 4, 9):
        name = on_file.batch()
        ended = on_file.suffer(name, inject=f"fsync,fdatasync:error=EIO:when={when}+")
        assert ended.code != WENT_ON
        assert ended.code == FAULT, "no run goes well on a disk that never syncs"
        stopped += "it stops" in ended.said[-1]
        on_file.finish(name)
    assert stopped


def test_the_house_would_notice(forks: Forks, tmp_path: Path) -> None:
    """What the faults are judged by can fail: a lost delivery, a lost batch, an entry too many."""
    house = House.make(tmp_path / "house", forks)
    lost = house.batch()
    house.acknowledged.append(lost)
    with pytest.raises(AssertionError, match="lost"):
        house.check()
    house.acknowledged.remove(lost)
    house.finish(lost)
    house.answered -= 1
    with pytest.raises(AssertionError, match="entries"):
        house.finish(house.batch())
    house.answered += 1
    house.finish(house.batch())
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        shutil.move(house.root / "out" / lost / "receipt.tlog-proof", folder)
        with pytest.raises(AssertionError):
            house.check()
    assert forks.run("check", str(house.root)).code == DONE
