"""Wait for a process of ours, and end it when it hangs.

A process hangs when it waits for something that never comes: it sleeps, and its processor time does not grow. Arrow's
reader of CSV does so when one of its threads runs out of memory: the block that the others wait for never comes. A
process that can run and gets no processor does not hang.

Guarantees: the process never outlives the call.
Does not: see a hang where there is no /proc; there the time alone ends the process.
Basis: proc(5), /proc/pid/stat.
"""

import subprocess
import time
from pathlib import Path
from typing import NamedTuple

_POLL_SECONDS = 0.5
_HUNG = 1
"""The exit code of a process that was ended."""


class _Activity(NamedTuple):
    is_runnable: bool
    ticks: int


def wait_or_kill(process: subprocess.Popen[bytes], *, seconds: float, idle_seconds: float) -> int:
    """Wait for a process, and return its exit code; 1 if it took too long or hung, and was ended.

    Args:
        process: the process, which waits for nothing that this one does.
        seconds: how long it may take in all.
        idle_seconds: how long it may sleep without using any processor time.
    """
    started = idle_since = time.monotonic()
    last = _read_activity(process.pid)
    try:
        while (now := time.monotonic()) - started < seconds and now - idle_since < idle_seconds:
            try:
                return process.wait(timeout=min(_POLL_SECONDS, seconds, idle_seconds))
            except subprocess.TimeoutExpired:
                activity = _read_activity(process.pid)
            if activity is None or activity.is_runnable or activity != last:
                last, idle_since = activity, time.monotonic()
        return _HUNG
    finally:
        process.kill()
        process.wait()


def _read_activity(pid: int) -> _Activity | None:
    """Return whether a process can run, and its processor time in clock ticks; None if the kernel does not say."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may have blanks and brackets
    return _Activity(fields[0] == "R", int(fields[11]) + int(fields[12]))
