"""A process that has imported everything and forks a child for each job, so that a fault costs no imports.

It reads one JSON job a line on standard input and writes one JSON result a line on standard output; the test
is the other end. A job names an act of `tests.support.faults.child_actions`, its arguments, and at most one fault:

    inject    a strace expression (`fdatasync:error=EIO:when=3`), injected into the child
    server    the same, injected into the child's PostgreSQL backend
    kill      SIGKILL to the child after so many seconds
    backend   SIGKILL to the child's PostgreSQL backend after so many seconds
    quit      SIGQUIT to this process, the server's first, after so many seconds: [process, seconds]
    count     no fault: only say which of these system calls happen (`call NAME`, for each)

`environment` is the child's; a second job may run beside it (`beside`), without a fault. Nothing here opens DuckDB, or
holds a database open when it forks.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]
TIMEOUT_SECONDS = 600
"""A child that runs longer hangs, and that is a finding; on a machine with other work to do, a child takes its time."""


@dataclass(frozen=True)
class ChildResult:
    """How a child ended: its exit code (negative: the signal), what it said, and whether the fault took place."""

    exit_code: int
    messages: tuple[str, ...]
    was_injected: bool
    companion_messages: tuple[str, ...] = ()

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.exit_code == -signal.SIGKILL


class ForkServer:
    """The fork server, seen from a test or a benchmark."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.fork_server"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, act: str, *arguments: str, **fault: Any) -> ChildResult:
        """Run one job to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"act": act, "arguments": arguments, **fault}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the fork server ended")
        found = json.loads(line)
        return ChildResult(found["code"], tuple(found["said"]), found["injected"], tuple(found["besides"]))

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


class ForkedChild:
    """One forked job."""

    def __init__(
        self, act: str, arguments: list[str], *, wait_for: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        """Fork. `wait_for`: begin only when this process (`self`), or the database's backend, is traced."""
        from tests.support.faults import child_actions

        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.environ.update(environment or {})
            code = child_actions.perform_action(
                act, arguments, say=lambda text: _send_message(writing, text), wait_for=wait_for
            )
            os._exit(code)
        os.close(writing)
        self.messages: list[str] = []
        self._thread = threading.Thread(target=self._read_messages, args=(reading,))
        self._thread.start()

    def _read_messages(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                self.messages.append(line.rstrip("\n"))

    def find_backend(self) -> int | None:
        """The process of its PostgreSQL backend, once it says so."""
        for _ in range(TIMEOUT_SECONDS * 100):
            if found := [text for text in self.messages if text.startswith("backend ")]:
                return int(found[0].split()[1])
            if not self._thread.is_alive():
                return None
            time.sleep(0.01)
        return None

    def wait(self) -> int:
        """Wait for its end; the exit code, or the signal as a negative number."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._thread.join(TIMEOUT_SECONDS)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.001)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return 99  # it hung


def _send_message(writing: int, text: str) -> None:
    os.write(writing, (text + "\n").encode())


def _attach_strace(pid: int, injection: str, log: Path, *, count: bool = False) -> "subprocess.Popen[bytes]":
    calls = injection.partition(":")[0]
    command = ["strace", "-f", "-qq", "-p", str(pid), "-e", f"trace={calls}", "-o", str(log)]
    command += [] if count else ["-e", f"inject={injection}"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _was_injected(log: Path) -> bool:
    text = log.read_text(errors="replace") if log.exists() else ""
    return "(INJECTED" in text or "killed by SIGKILL" in text


def run_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run a job with its fault."""
    wait_for = (
        "self"
        if "inject" in job or "count" in job
        else "backend"
        if "server" in job
        else "say"
        if "backend" in job
        else ""
    )
    beside = ForkedChild(*job["beside"]) if "beside" in job else None
    child = ForkedChild(job["act"], job["arguments"], wait_for=wait_for, environment=job.get("environment"))
    injected = False
    with tempfile.TemporaryDirectory(prefix="fault") as folder:
        log, tracer = Path(folder) / "log", None
        if "inject" in job:
            tracer = _attach_strace(child.pid, job["inject"], log)
        elif "count" in job:
            tracer = _attach_strace(child.pid, job["count"], log, count=True)
        elif "quit" in job:
            time.sleep(job["quit"][1])
            os.kill(job["quit"][0], signal.SIGQUIT)
            injected = True
        elif "kill" in job:
            time.sleep(job["kill"])
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
        elif (backend := child.find_backend() if wait_for else None) is not None:
            if "server" in job:
                tracer = _attach_strace(backend, job["server"], log)
            else:
                time.sleep(job["backend"])
                with contextlib.suppress(ProcessLookupError):
                    os.kill(backend, signal.SIGKILL)
                    injected = True
        code = child.wait()
        if beside is not None:
            beside.wait()
        if tracer is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                tracer.wait(0.2)  # it ends with the process it traces
            tracer.terminate()
            tracer.wait()
        if "count" in job:
            child.messages += [
                f"call {name}" for name in re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE)
            ]
        injected = injected or _was_injected(log) or code == -signal.SIGKILL
    return {"code": code, "said": child.messages, "injected": injected, "besides": beside.messages if beside else []}


def main() -> None:
    """Serve until standard input ends."""
    from tests.support.faults import child_actions

    child_actions.warm_up()
    for line in sys.stdin:
        print(json.dumps(run_job(json.loads(line))), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
