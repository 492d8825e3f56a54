"""Compile the kernels once per machine, on two processors, and say so.

numba compiles a kernel when it first runs and keeps the machine code beside the source. Left alone, that takes a
command some 40 seconds, in silence and on one processor. Here two processes compile (`kernel_tasks`), and a stamp
beside the source says that it is done. The stamp is a hash of the files that define kernels: numba notices a change in
a kernel's own file only, so when any of them changes, all machine code is discarded and compiled again.

Machine code is run as it is found, so whoever can change the files can run what they like as the next user. They are
kept where their owner alone can change them; what others could have changed is discarded and compiled again, and what
belongs to somebody else is refused.

Guarantees: nothing is compiled twice for one state of the files, and no machine code is run that another user than root
and this one could have written, beside the source or in numba's own folders. Where the package's folder cannot be
written to, each command compiles what it needs, as numba does anyway.
Does not: import numba.
Basis: ADR 0018.
Start at `ensure_kernels`; `make setup` calls it as `python -m comity.app.kernel_cache`.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from comity.errors import ComityError

PACKAGE = Path(__file__).parents[1]
KERNEL_PACKAGES = ("columns", "gates", "match", "normalize")
KERNEL_DATA = ("reference/address_words.csv", "reference/address_vocabulary.py")
"""Files whose words are compiled into kernels."""
STAMP = PACKAGE / "columns" / "__pycache__" / "kernels.stamp"
NOTICE = "Compiling kernels for this machine, once: about 20 seconds on two idle processors, minutes on busy ones."
EXPOSED = "Others than its owner could change the compiled kernels. They are discarded, and their folders closed."
UNWRITABLE = "The compiled kernels cannot be kept beside the package, so each command compiles what it needs."
STAGES = (("names", "addresses"), ("pairs",))
"""Tasks of `kernel_tasks`. Those of one stage run at the same time; what two tasks need is in an earlier stage."""


def ensure_kernels(notify: Callable[[str], object]) -> None:
    """Compile every kernel unless that was done for these files, and tell `notify` before and after.

    Raises ComityError `folder_exposed` when machine code is there that somebody else owns.
    """
    stamp, is_trusted = hash_kernel_sources(), close_machine_code()
    if not is_trusted:
        discard_machine_code()
        notify(EXPOSED)
    if is_trusted and STAMP.is_file() and STAMP.read_text(encoding="ascii") == stamp:
        return
    if not os.access(STAMP.parents[1], os.W_OK):
        notify(UNWRITABLE)
        return
    notify(NOTICE)
    started_at = time.monotonic()
    discard_machine_code()
    for stage in STAGES:
        run_tasks(stage)
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(stamp, encoding="ascii")
    notify(f"Compiled in {time.monotonic() - started_at:.0f} seconds.")


def hash_kernel_sources() -> str:
    """Return a hash of the files that define kernels, of the interpreter and of numba's and NumPy's versions."""
    digest = hashlib.sha256(f"{sys.version} {version('numba')} {version('numpy')}".encode())
    for path, content in sorted(_read_kernel_sources().items()):
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()


def _read_kernel_sources() -> dict[str, bytes]:
    """Return path and content of each file that names the decorator, a kernel or their packages, and of their data."""
    paths = (path for package in KERNEL_PACKAGES for path in (PACKAGE / package).rglob("*.py"))
    contents = {path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in paths}
    sources = {name: content for name, content in contents.items() if b"kernel" in content}
    return sources | {name: (PACKAGE / name).read_bytes() for name in KERNEL_DATA}


def close_machine_code() -> bool:
    """Take from others the permission to change machine code; return whether nobody but root and this user had it.

    Raises ComityError `folder_exposed` when somebody else owns a file or folder of it, or it cannot be closed.
    """
    is_trusted = True
    for path in _list_machine_code():
        status = path.lstat()
        is_closed = not status.st_mode & 0o022 and not path.is_symlink()
        try:
            if status.st_uid not in {0, os.geteuid()}:
                raise PermissionError
            if not is_closed:
                path.unlink() if path.is_symlink() else path.chmod(status.st_mode & 0o755)
        except OSError:
            raise ComityError(
                "folder_exposed",
                "Somebody else can change the compiled kernels, which are run as they are found.",
                f"Delete them and install Comity again as root or as this user: {path.parent}",
            ) from None
        is_trusted = is_trusted and is_closed
    return is_trusted


def _list_machine_code() -> list[Path]:
    """Return numba's files beside the source and in its own folders, each after the folder that it is in."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"
    places = [PACKAGE / package for package in KERNEL_PACKAGES]
    places += [Path(os.environ.get("NUMBA_CACHE_DIR") or cache), cache]
    files = [path for place in places for path in place.rglob("*.nb[ci]")]
    folders = {path.parent for path in files} | {path for place in places[:-2] for path in place.rglob("__pycache__")}
    return [*sorted(folders), *files]


def discard_machine_code() -> None:
    """Delete numba's files (`*.nbi`, `*.nbc`) below the packages with kernels, and in its own folders."""
    for path in _list_machine_code():
        if not path.is_dir():
            path.unlink(missing_ok=True)


def run_tasks(names: Sequence[str]) -> None:
    """Run tasks at the same time, each in a process of its own, and wait for all of them.

    A task that fails is left to the command that needs its kernels, which then reports the fault: compiling early is
    never a reason to stop.
    """
    command = [sys.executable, "-m", "comity.app.kernel_tasks"]
    processes = [
        subprocess.Popen(  # noqa: S603  this interpreter
            [*command, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for name in names
    ]
    for process in processes:
        process.wait()


if __name__ == "__main__":
    ensure_kernels(lambda text: print(text, file=sys.stderr))  # noqa: T201  a program of its own
