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

from tests.faults.acts import DONE, FAULT
from tests.faults.cutting import Network
from tests.faults.houses import Broken, House
from tests.servers import APPLICATION, Server

NO_STRACE = "system calls did NOT fail: strace is not installed (Debian: apt-get install strace), or may not trace here"
NO_MOUNT = "no disk was really filled: this user may not mount a small file system"

WRITES, SYNCS, RENAMES = "pwrite64,write", "fsync,fdatasync", "rename,renameat,renameat2"

Fault = Callable[[House, random.Random], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: `needs` names what must be there for it (`strace`, `mount`, or nothing)."""

    name: str
    fault: Fault
    needs: str = ""


def can_strace() -> bool:
    """Whether strace is there and may attach to a process of one's own."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "5"]) as other:
        command = ["timeout", "1", "strace", "-qq", "-p", str(other.pid), "-o", os.devnull]
        traced = subprocess.run(command, check=False, capture_output=True)
        other.kill()
    return traced.returncode == 124  # it was still tracing when its second was over


_CALLS: dict[bool, Counter[str]] = {}


def calls(house: House, names: str) -> int:
    """How often a calm run makes these system calls, on this kind of house."""
    on_server = bool(house.dsn)
    if on_server not in _CALLS:
        name = house.batch()
        ended = house.suffer(name, count=f"{WRITES},{SYNCS},{RENAMES},sendto,recvfrom,pread64")
        house.finish(name)
        _CALLS[on_server] = Counter(text.split()[1] for text in ended.said if text.startswith("call "))
    return max(1, sum(_CALLS[on_server][name] for name in names.split(",")))


def at_call(names: str, what: str, house: House, chance: random.Random, *, on: str = "") -> bool:
    """`what` (a signal or an error) at the n-th of these system calls; `on` is `+` for that one and all after it."""
    when, name = chance.randint(1, calls(house, names)), house.batch()
    return house.survive(house.suffer(name, inject=f"{names}:{what}:when={when}{on}"), name).injected


def killed_at_random(house: House, chance: random.Random) -> bool:
    """SIGKILL at any moment."""
    name = house.batch()
    return house.survive(house.suffer(name, kill=chance.uniform(0, 0.25)), name).was_killed


def killed_at_commit(when: str, house: House, chance: random.Random) -> bool:
    """SIGKILL before or after the n-th commit."""
    name = house.batch()
    ended = house.forks.run("answer", str(house.root), name, f"{when}:{chance.randint(0, 5)}")
    house.acknowledged += [text.split()[1] for text in ended.said if text.startswith("answered")]
    return house.survive(ended, name).was_killed


def clock_set_back(house: House, chance: random.Random) -> bool:
    """The clock goes back by a minute to two years: nothing may be written."""
    name, before = house.batch(), house.check()
    days = str(chance.choice([1 / 1440, 1 / 24, 1, 30, 365, 730]))
    ended = house.forks.run("answer by wrong clock", str(house.root), name, days)
    if ended.code != FAULT or "clock_behind" not in ended.said[0] or house.check() != before:
        raise Broken(f"answered by a clock that was set back: {ended}")
    house.survive(ended, name)
    return True


def two_workers_on_one(house: House, chance: random.Random) -> bool:
    """Two processes answer one batch; one of them may be killed."""
    name = house.batch()
    fault = {"kill": chance.uniform(0, 0.3)} if chance.random() < 0.5 else {}
    ended = house.suffer(name, beside=["answer", [str(house.root), name]], **fault)
    if not fault and ended.code != DONE:
        raise Broken(f"two workers disturbed each other: {ended}")
    house.survive(ended, name)
    return True


def two_workers_on_two(house: House, chance: random.Random) -> bool:
    """Two processes answer two batches; one of them may be killed."""
    name, other = house.batch(), house.batch()
    fault = {"kill": chance.uniform(0, 0.3)} if chance.random() < 0.5 else {}
    house.survive(house.suffer(name, beside=["answer", [str(house.root), other]], **fault), name, other)
    return True


def _is_refused(house: House, name: str) -> None:
    """Restored from yesterday: nothing is written, and fsck says exactly that."""
    ended = house.forks.run("answer", str(house.root), name)
    checked = house.forks.run("check", str(house.root))
    found = [text for text in checked.said if text.startswith("fsck")]
    if ended.code != FAULT or "second history" not in ended.said[-1]:
        raise Broken(f"went on with a database restored from yesterday: {ended}")
    if len(found) != 1 or "a checkpoint of" not in found[0]:
        raise Broken(f"fsck does not say exactly what is wrong: {checked}")


def restored_file(house: House, chance: random.Random) -> bool:
    """Yesterday's file is put in the place of today's."""
    path, old, new = house.home.control_db, house.root / "yesterday", house.root / "today"
    shutil.copy(path, old)
    house.finish(*(house.batch() for _ in range(chance.randint(1, 2))))
    path.rename(new)
    shutil.copy(old, path)
    name = house.batch()
    _is_refused(house, name)
    for left in path.parent.glob("control.db*"):
        left.unlink()
    new.rename(path)
    house.finish(name)
    return True


def restored_server(server: Server, house: House, chance: random.Random) -> bool:
    """The home is pointed at a copy of the database as it was yesterday."""
    today = next(word for word in house.dsn.split() if word.startswith("dbname=")).removeprefix("dbname=")
    yesterday = f"{today}_old{house.batches}"
    server.create(yesterday, template=today)
    house.finish(*(house.batch() for _ in range(chance.randint(1, 2))))
    path, name = house.root / "home" / "keys" / "control.dsn", house.batch()
    path.write_text(server.dsn(APPLICATION, yesterday))
    _is_refused(house, name)
    path.write_text(house.dsn)
    server.drop(yesterday)
    house.finish(name)
    return True


def network_cut(server: Server, unit: str, house: House, chance: random.Random) -> bool:
    """The connection is cut, both ways, after a random number of bytes (`unit` is `size`) or of `messages` to the server.

    Failing calls by strace cannot act this out: where only sends fail, the client's library waits for the parting words
    of a server that is still there and heard nothing.
    """
    with tempfile.TemporaryDirectory(prefix="net") as folder:
        network = Network(Path(folder), server.folder)
        database = next(word for word in house.dsn.split() if word.startswith("dbname=")).removeprefix("dbname=")
        through = {"COMITY_DSN": server.dsn(APPLICATION, database, folder=Path(folder))}
        try:
            calm = house.batch()
            house.suffer(calm, environment=through)
            house.finish(calm)
            name, came = house.batch(), dict(zip(("size", "messages"), network.cut_after(), strict=True))
            limit = chance.randint(1, came[unit])
            network.cut_after(**{unit: limit})
            ended = house.suffer(name, environment=through)
            passed = dict(zip(("size", "messages"), network.cut_after(), strict=True))[unit]
        finally:
            network.close()
    house.survive(ended, name)
    return passed > limit or ended.code != DONE


def backend_killed(server: Server, house: House, chance: random.Random) -> bool:
    """SIGKILL to the server's process for this connection: the whole server recovers."""
    name = house.batch()
    ended = house.suffer(name, backend=chance.uniform(0, 0.2))
    server.wait()
    return house.survive(ended, name).injected


def server_stopped(server: Server, house: House, chance: random.Random) -> bool:
    """The server goes down at once, as in a power cut, and comes back."""
    assert server.process is not None
    name = house.batch()
    ended = house.suffer(name, quit=[server.process.pid, chance.uniform(0, 0.25)])
    server.process.wait(600)
    server.start()
    return house.survive(ended, name).injected


def server_call(server: Server, names: str, what: str, most: int, house: House, chance: random.Random) -> bool:
    """A system call of the server's process for this connection fails."""
    name = house.batch()
    ended = house.suffer(name, server=f"{names}:{what}:when={chance.randint(1, most)}")
    server.wait()
    return house.survive(ended, name).injected


SQLITE = [
    Kind("kill -9 at a random moment", killed_at_random),
    Kind("kill -9 before the n-th commit", partial(killed_at_commit, "before")),
    Kind("kill -9 after the n-th commit", partial(killed_at_commit, "after")),
    Kind("kill -9 at the n-th write", partial(at_call, WRITES, "signal=KILL"), "strace"),
    Kind("kill -9 at the n-th fsync", partial(at_call, SYNCS, "signal=KILL"), "strace"),
    Kind("kill -9 at the n-th rename", partial(at_call, RENAMES, "signal=KILL"), "strace"),
    Kind("EIO from the n-th read", partial(at_call, "pread64", "error=EIO"), "strace"),
    Kind("EIO from the n-th write", partial(at_call, WRITES, "error=EIO"), "strace"),
    Kind("EIO from the n-th fsync", partial(at_call, SYNCS, "error=EIO"), "strace"),
    Kind("EIO from the n-th rename", partial(at_call, RENAMES, "error=EIO"), "strace"),
    Kind("ENOSPC from the n-th write", partial(at_call, WRITES, "error=ENOSPC"), "strace"),
    Kind("clock set back", clock_set_back),
    Kind("restored from yesterday", restored_file),
    Kind("two workers, one batch", two_workers_on_one),
    Kind("two workers, two batches", two_workers_on_two),
]


def on_postgresql(server: Server) -> list[Kind]:
    """The kinds of fault for a home whose database is on this server."""
    return [
        Kind("kill -9 at a random moment", killed_at_random),
        Kind("kill -9 before the n-th commit", partial(killed_at_commit, "before")),
        Kind("kill -9 after the n-th commit", partial(killed_at_commit, "after")),
        Kind("kill -9 at the n-th message to the server", partial(at_call, "sendto", "signal=KILL"), "strace"),
        Kind("kill -9 at the n-th fsync", partial(at_call, SYNCS, "signal=KILL"), "strace"),
        Kind("kill -9 at the n-th rename", partial(at_call, RENAMES, "signal=KILL"), "strace"),
        Kind("EIO from the n-th fsync", partial(at_call, SYNCS, "error=EIO"), "strace"),
        Kind("network down from the n-th receive on", partial(at_call, "recvfrom", "error=ECONNRESET", on="+"), "strace"),
        Kind("network cut after a random byte", partial(network_cut, server, "size")),
        Kind("network down from the n-th message on", partial(network_cut, server, "messages")),
        Kind("the server's process killed", partial(backend_killed, server)),
        Kind("the server stopped at once", partial(server_stopped, server)),
        Kind("EIO from the server's n-th fsync", partial(server_call, server, "fdatasync,fsync", "error=EIO", 3), "strace"),
        Kind("ENOSPC from the server's n-th write", partial(server_call, server, "pwrite64,pwritev", "error=ENOSPC", 8), "strace"),
        Kind("clock set back", clock_set_back),
        Kind("restored from yesterday", partial(restored_server, server)),
        Kind("two workers, one batch", two_workers_on_one),
        Kind("two workers, two batches", two_workers_on_two),
    ]  # fmt: skip


@contextmanager
def small_disk(megabytes: int = 24) -> Iterator[Path | None]:
    """A file system of its own, small enough to fill; None where this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="disk") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        mounted = shutil.which("mount") and not subprocess.run(command, check=False, capture_output=True).returncode
        try:
            yield Path(folder) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", folder], check=True)


def disk_full(house: House, chance: random.Random) -> bool:
    """The disk that the house stands on has room for nothing, or for a little; then there is room again."""
    name = house.batch()
    ballast = house.root / "ballast"
    free = shutil.disk_usage(house.root).free
    with ballast.open("wb") as file:
        file.write(bytes(max(0, free - chance.choice([0, 4096, chance.randint(0, 200_000)]))))
    ended = house.suffer(name)
    ballast.unlink()
    return house.survive(ended, name).code != DONE
