"""A process that hangs is ended; one that works, or ends by itself, is not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from comity.requests_file import parsing
from comity.requests_file.child_watch import wait_or_kill
from tests.support.requests_files import parse_file

SLEEPS = "import time; time.sleep(600)"
WAITS_FOR_A_LOCK = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"
WAITS_FOR_A_THREAD = "import threading, time; t = threading.Thread(target=time.sleep, args=(600,)); t.start(); t.join()"
STOPS = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
WORKS = "import time\nend = time.process_time() + 3\nwhile time.process_time() < end: pass"


def start(program: str) -> subprocess.Popen[bytes]:
    """Start a Python program."""
    return subprocess.Popen([sys.executable, "-I", "-c", program])


def is_gone(pid: int) -> bool:
    """Return whether no process has a number any more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("program", [SLEEPS, WAITS_FOR_A_LOCK, WAITS_FOR_A_THREAD, STOPS])
def test_a_process_that_hangs_is_ended(program: str) -> None:
    process, started = start(program), time.monotonic()
    assert wait_or_kill(process, seconds=500, idle_seconds=1) == 1
    assert is_gone(process.pid)
    assert time.monotonic() - started < 400, "it was ended long before its time was over"


def test_a_process_that_works_longer_than_one_may_sleep_is_left_alone() -> None:
    assert wait_or_kill(start(WORKS), seconds=500, idle_seconds=1) == 0


def test_a_process_that_takes_too_long_is_ended() -> None:
    process = start("while True: pass")
    assert wait_or_kill(process, seconds=1, idle_seconds=500) == 1
    assert is_gone(process.pid)


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_is_that_of_the_process(code: int) -> None:
    assert wait_or_kill(start(f"raise SystemExit({code})"), seconds=500, idle_seconds=500) == code


def test_a_parser_that_hangs_is_a_fault_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs where Arrow once did: in the process, after its limits are set."""
    hangs = "import sys; sys.path.insert(0, sys.argv[1]); from comity.process_limits import forbid_core_files; "
    monkeypatch.setattr(parsing, "_PROGRAM", f"{hangs} forbid_core_files(); {WAITS_FOR_A_LOCK}")
    monkeypatch.setattr(parsing, "PARSER_IDLE_SECONDS", 1)
    path = tmp_path / "requests.csv"
    path.write_text("request_id\nQ1\n", encoding="utf-8")
    rows, faults = parse_file(path)
    assert rows.num_rows == 0
    assert any("within the limits of memory and time" in fault.message for fault in faults)
