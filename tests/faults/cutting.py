"""A network that can be cut: forwards a PostgreSQL server's Unix socket, and cuts after so many bytes, both ways.

A process of its own; each number on standard input arms it anew, and is echoed when it has been. Started by `Network`.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

NAME = ".s.PGSQL.5432"
ROOT = Path(__file__).parents[2]


class Network:
    """The other end: `folder` is where clients find the server."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Start forwarding from `folder` to the server's own."""
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.cutting", str(folder), str(server)], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.cut_after(0)

    def cut_after(self, count: int) -> int:
        """Cut the connections to come after so many bytes (0: never); how many bytes went over it since the last call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.kill()
        self._process.wait(10)


class _Line:
    """What went over the network since it was armed, and after how many bytes it is cut."""

    def __init__(self) -> None:
        self.limit = self.passed = 0
        self.lock = threading.Lock()

    def arm(self, limit: int) -> int:
        with self.lock:
            before, self.limit, self.passed = self.passed, limit, 0
        return before

    def forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                with self.lock:
                    left = len(data) if not self.limit else max(0, self.limit - self.passed)
                    self.passed += len(data)
                target.sendall(data[:left])
                if left < len(data):
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def main(folder: str, server: str) -> None:
    """Forward until standard input ends."""
    line = _Line()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{folder}/{NAME}")
    listening.listen(16)

    def accept() -> None:
        while True:
            near, _ = listening.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(f"{server}/{NAME}")
            for ends in ((near, far), (far, near)):
                threading.Thread(target=line.forward, args=ends, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for text in sys.stdin:
        print(line.arm(int(text)), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
