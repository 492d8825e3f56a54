"""Limit what this process may use and leave behind: memory, time, files, core files, files that others can read.

Guarantees: a limit of `limit_process` can only be lowered, never raised again, and holds for every process that this
one starts; one of `limited_memory` holds for a while.
Basis: setrlimit(2), prctl(2), core(5).
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def forbid_core_files() -> None:
    """Leave no core file, and no way to make one of this process: a core file holds the names that it worked on.

    The limit alone is not enough where the kernel hands core files to a program (core(5)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def keep_private() -> None:
    """Let nobody else read what this process leaves behind: files and folders that it creates, and core files."""
    os.umask(0o077)
    forbid_core_files()


def limit_process(*, data_bytes: int, cpu_seconds: int, file_bytes: int, open_files: int) -> None:
    """Limit this process: what it holds in memory, how long it computes, how far it writes, how many files it opens.

    It ends when the process that started it ends, and leaves no core file.
    """
    forbid_core_files()
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    parent = os.getppid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def limited_memory(data_bytes: int) -> Iterator[None]:
    """Hold this process to some bytes of memory beside what it has; asking for more raises MemoryError.

    Where the kernel does not tell what it has (Linux does), nothing is limited.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    held = _held_data_bytes()
    if held is None:
        yield
        return
    known = [limit for limit in (soft, hard, held + data_bytes) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(known), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _held_data_bytes() -> int | None:
    """Return the bytes of data of this process, as RLIMIT_DATA counts them (proc(5), VmData)."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123  no Path: this module imports little
            lines = [line.split() for line in file if line.startswith("VmData:")]
    except OSError:
        return None
    return int(lines[0][1]) * 1024 if lines else None


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        error_number = ctypes.get_errno()
        raise OSError(error_number, os.strerror(error_number))
