"""The kinds of fault, each with how to do it to a house once. Tests do a few of each, `make bench-faults` a thousand.

Each takes a house and a source of chance, harms it once, holds it to its invariants and lets it recover, and returns
whether the fault took place. A house that breaks raises `Broken`.
"""

import os
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.faults.child_actions import DONE, FAULT
from tests.support.faults.faulty_home import FaultyHome, InvariantViolation
from tests.support.faults.network_proxy import NetworkProxy
from tests.support.postgres_server import APPLICATION_ROLE, PostgresServer

NO_STRACE = "system calls did NOT fail: strace is not installed (Debian: apt-get install strace), or may not trace here"
NO_MOUNT = "no disk was really filled: this user may not mount a small file system"

WRITES, SYNCS, RENAMES = "pwrite64,write", "fsync,fdatasync", "rename,renameat,renameat2"

InjectFault = Callable[[FaultyHome, random.Random], bool]


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: `needs` names what must be there for it (`strace`, `mount`, or nothing)."""

    name: str
    inject: InjectFault
    required_tool: str = ""


def can_strace() -> bool:
    """Whether strace is there and may attach to a process of one's own."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "5"]) as other:
        command = ["timeout", "1", "strace", "-qq", "-p", str(other.pid), "-o", os.devnull]
        traced = subprocess.run(command, check=False, capture_output=True)
        other.kill()
    return traced.returncode == 124  # it was still tracing when its second was over


_CALL_COUNTS: dict[bool, Counter[str]] = {}


def count_calls(house: FaultyHome, names: str) -> int:
    """How often a calm run makes these system calls, on this kind of house."""
    on_server = bool(house.dsn)
    if on_server not in _CALL_COUNTS:
        name = house.write_batch()
        ended = house.answer_with_fault(name, count=f"{WRITES},{SYNCS},{RENAMES},sendto,recvfrom,pread64")
        house.finish_interrupted(name)
        _CALL_COUNTS[on_server] = Counter(text.split()[1] for text in ended.messages if text.startswith("call "))
    return max(1, sum(_CALL_COUNTS[on_server][name] for name in names.split(",")))


def fail_at_call(names: str, what: str, house: FaultyHome, chance: random.Random, *, on: str = "") -> bool:
    """`what` (a signal or an error) at the n-th of these system calls; `on` is `+` for that one and all after it."""
    when, name = chance.randint(1, count_calls(house, names)), house.write_batch()
    return house.verify_survival(
        house.answer_with_fault(name, inject=f"{names}:{what}:when={when}{on}"), name
    ).was_injected


def kill_at_random_moment(house: FaultyHome, chance: random.Random) -> bool:
    """SIGKILL at any moment."""
    name = house.write_batch()
    return house.verify_survival(house.answer_with_fault(name, kill=chance.uniform(0, 0.25)), name).was_killed


def kill_at_commit(when: str, house: FaultyHome, chance: random.Random) -> bool:
    """SIGKILL before or after the n-th commit."""
    name = house.write_batch()
    ended = house.fork_server.run("answer", str(house.root), name, f"{when}:{chance.randint(0, 5)}")
    house.acknowledged += [text.split()[1] for text in ended.messages if text.startswith("answered")]
    return house.verify_survival(ended, name).was_killed


def set_clock_back(house: FaultyHome, chance: random.Random) -> bool:
    """The clock goes back by a minute to two years: nothing may be written."""
    name, before = house.write_batch(), house.verify_invariants()
    days = str(chance.choice([1 / 1440, 1 / 24, 1, 30, 365, 730]))
    ended = house.fork_server.run("answer by wrong clock", str(house.root), name, days)
    if ended.exit_code != FAULT or "clock_behind" not in ended.messages[0] or house.verify_invariants() != before:
        raise InvariantViolation(f"answered by a clock that was set back: {ended}")
    house.verify_survival(ended, name)
    return True


def run_two_workers_on_one_batch(house: FaultyHome, chance: random.Random) -> bool:
    """Two processes answer one batch; one of them may be killed."""
    name = house.write_batch()
    fault = {"kill": chance.uniform(0, 0.3)} if chance.random() < 0.5 else {}
    ended = house.answer_with_fault(name, beside=["answer", [str(house.root), name]], **fault)
    if not fault and ended.exit_code != DONE:
        raise InvariantViolation(f"two workers disturbed each other: {ended}")
    house.verify_survival(ended, name)
    return True


def run_two_workers_on_two_batches(house: FaultyHome, chance: random.Random) -> bool:
    """Two processes answer two batches; one of them may be killed."""
    name, other = house.write_batch(), house.write_batch()
    fault = {"kill": chance.uniform(0, 0.3)} if chance.random() < 0.5 else {}
    house.verify_survival(
        house.answer_with_fault(name, beside=["answer", [str(house.root), other]], **fault), name, other
    )
    return True


def _verify_refused(house: FaultyHome, name: str) -> None:
    """Restored from yesterday: nothing is written, and fsck says exactly that."""
    ended = house.fork_server.run("answer", str(house.root), name)
    checked = house.fork_server.run("check", str(house.root))
    found = [text for text in checked.messages if text.startswith("fsck")]
    if ended.exit_code != FAULT or "second history" not in ended.messages[-1]:
        raise InvariantViolation(f"went on with a database restored from yesterday: {ended}")
    if len(found) != 2 or any("a checkpoint of" not in text for text in found):  # two anchors
        raise InvariantViolation(f"fsck does not say exactly what is wrong: {checked}")


def restore_old_file(house: FaultyHome, chance: random.Random) -> bool:
    """Yesterday's file replaces today's."""
    path, old, new = house.home.control_db, house.root / "yesterday", house.root / "today"
    shutil.copy(path, old)
    house.finish_interrupted(*(house.write_batch() for _ in range(chance.randint(1, 2))))
    path.rename(new)
    shutil.copy(old, path)
    name = house.write_batch()
    _verify_refused(house, name)
    for left in path.parent.glob("control.db*"):
        left.unlink()
    new.rename(path)
    house.finish_interrupted(name)
    return True


def restore_old_server(server: PostgresServer, house: FaultyHome, chance: random.Random) -> bool:
    """The home is pointed at a copy of the database as it was yesterday."""
    today = next(word for word in house.dsn.split() if word.startswith("dbname=")).removeprefix("dbname=")
    yesterday = f"{today}_old{house.batch_count}"
    server.create_database(yesterday, template=today)
    house.finish_interrupted(*(house.write_batch() for _ in range(chance.randint(1, 2))))
    path, name = house.root / "home" / "keys" / "control.dsn", house.write_batch()
    path.write_text(server.dsn(APPLICATION_ROLE, yesterday))
    _verify_refused(house, name)
    path.write_text(house.dsn)
    server.drop_database(yesterday)
    house.finish_interrupted(name)
    return True


def cut_network(server: PostgresServer, unit: str, house: FaultyHome, chance: random.Random) -> bool:
    """Cut the connection both ways after a random number of bytes (`unit` is `size`) or `messages` to the server.

    Failing calls by strace cannot act this out: where only sends fail, the client's library waits for the parting words
    of a server that is still there and heard nothing.
    """
    with tempfile.TemporaryDirectory(prefix="net") as folder:
        network = NetworkProxy(Path(folder), server.folder)
        database = next(word for word in house.dsn.split() if word.startswith("dbname=")).removeprefix("dbname=")
        through = {"COMITY_DSN": server.dsn(APPLICATION_ROLE, database, folder=Path(folder))}
        try:
            calm = house.write_batch()
            house.answer_with_fault(calm, environment=through)
            house.finish_interrupted(calm)
            name, came = house.write_batch(), dict(zip(("size", "messages"), network.cut_after(), strict=True))
            limit = chance.randint(1, came[unit])
            network.cut_after(**{unit: limit})
            ended = house.answer_with_fault(name, environment=through)
            passed = dict(zip(("size", "messages"), network.cut_after(), strict=True))[unit]
        finally:
            network.close()
    house.verify_survival(ended, name)
    return passed > limit or ended.exit_code != DONE


def kill_backend(server: PostgresServer, house: FaultyHome, chance: random.Random) -> bool:
    """SIGKILL to the server's process for this connection: the whole server recovers."""
    name = house.write_batch()
    ended = house.answer_with_fault(name, backend=chance.uniform(0, 0.2))
    server.wait_until_ready()
    return house.verify_survival(ended, name).was_injected


def stop_server(server: PostgresServer, house: FaultyHome, chance: random.Random) -> bool:
    """The server goes down at once, as in a power cut, and comes back."""
    assert server.process is not None
    name = house.write_batch()
    ended = house.answer_with_fault(name, quit=[server.process.pid, chance.uniform(0, 0.25)])
    server.process.wait(600)
    server.start()
    return house.verify_survival(ended, name).was_injected


def fail_server_call(
    server: PostgresServer, names: str, what: str, most: int, house: FaultyHome, chance: random.Random
) -> bool:
    """A system call of the server's process for this connection fails."""
    name = house.write_batch()
    ended = house.answer_with_fault(name, server=f"{names}:{what}:when={chance.randint(1, most)}")
    server.wait_until_ready()
    return house.verify_survival(ended, name).was_injected


SQLITE_FAULTS = [
    FaultKind("kill -9 at a random moment", kill_at_random_moment),
    FaultKind("kill -9 before the n-th commit", partial(kill_at_commit, "before")),
    FaultKind("kill -9 after the n-th commit", partial(kill_at_commit, "after")),
    FaultKind("kill -9 at the n-th write", partial(fail_at_call, WRITES, "signal=KILL"), "strace"),
    FaultKind("kill -9 at the n-th fsync", partial(fail_at_call, SYNCS, "signal=KILL"), "strace"),
    FaultKind("kill -9 at the n-th rename", partial(fail_at_call, RENAMES, "signal=KILL"), "strace"),
    FaultKind("EIO from the n-th read", partial(fail_at_call, "pread64", "error=EIO"), "strace"),
    FaultKind("EIO from the n-th write", partial(fail_at_call, WRITES, "error=EIO"), "strace"),
    FaultKind("EIO from the n-th fsync", partial(fail_at_call, SYNCS, "error=EIO"), "strace"),
    FaultKind("EIO from the n-th rename", partial(fail_at_call, RENAMES, "error=EIO"), "strace"),
    FaultKind("ENOSPC from the n-th write", partial(fail_at_call, WRITES, "error=ENOSPC"), "strace"),
    FaultKind("clock set back", set_clock_back),
    FaultKind("restored from yesterday", restore_old_file),
    FaultKind("two workers, one batch", run_two_workers_on_one_batch),
    FaultKind("two workers, two batches", run_two_workers_on_two_batches),
]


def list_postgresql_faults(server: PostgresServer) -> list[FaultKind]:
    """The kinds of fault for a home whose database is on this server."""
    return [
        FaultKind("kill -9 at a random moment", kill_at_random_moment),
        FaultKind("kill -9 before the n-th commit", partial(kill_at_commit, "before")),
        FaultKind("kill -9 after the n-th commit", partial(kill_at_commit, "after")),
        FaultKind(
            "kill -9 at the n-th message to the server", partial(fail_at_call, "sendto", "signal=KILL"), "strace"
        ),
        FaultKind("kill -9 at the n-th fsync", partial(fail_at_call, SYNCS, "signal=KILL"), "strace"),
        FaultKind("kill -9 at the n-th rename", partial(fail_at_call, RENAMES, "signal=KILL"), "strace"),
        FaultKind("EIO from the n-th fsync", partial(fail_at_call, SYNCS, "error=EIO"), "strace"),
        FaultKind(
            "network down from the n-th receive on",
            partial(fail_at_call, "recvfrom", "error=ECONNRESET", on="+"),
            "strace",
        ),
        FaultKind("network cut after a random byte", partial(cut_network, server, "size")),
        FaultKind("network down from the n-th message on", partial(cut_network, server, "messages")),
        FaultKind("the server's process killed", partial(kill_backend, server)),
        FaultKind("the server stopped at once", partial(stop_server, server)),
        FaultKind(
            "EIO from the server's n-th fsync",
            partial(fail_server_call, server, "fdatasync,fsync", "error=EIO", 3),
            "strace",
        ),
        FaultKind(
            "ENOSPC from the server's n-th write",
            partial(fail_server_call, server, "pwrite64,pwritev", "error=ENOSPC", 8),
            "strace",
        ),
        FaultKind("clock set back", set_clock_back),
        FaultKind("restored from yesterday", partial(restore_old_server, server)),
        FaultKind("two workers, one batch", run_two_workers_on_one_batch),
        FaultKind("two workers, two batches", run_two_workers_on_two_batches),
    ]


@contextmanager
def mount_small_disk(megabytes: int = 24) -> Iterator[Path | None]:
    """A file system of its own, small enough to fill; None where this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="disk") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        mounted = shutil.which("mount") and not subprocess.run(command, check=False, capture_output=True).returncode
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def fill_disk(house: FaultyHome, chance: random.Random) -> bool:
    """The disk that the house stands on has room for nothing, or for a little; then there is room again."""
    name = house.write_batch()
    ballast = house.root / "ballast"
    free = shutil.disk_usage(house.root).free
    with ballast.open("wb") as file:
        file.write(bytes(max(0, free - chance.choice([0, 4096, chance.randint(0, 200_000)]))))
    ended = house.answer_with_fault(name)
    ballast.unlink()
    return house.verify_survival(ended, name).exit_code != DONE
