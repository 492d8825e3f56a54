"""A network that can be cut: forwards a PostgreSQL server's Unix socket, and cuts it, both ways, after so many bytes
or messages of the client.

A process of its own; each line on standard input arms it again, and is answered once that is done.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
REPOSITORY = Path(__file__).parents[3]


class NetworkProxy:
    """The other end: `folder` is where clients find the server."""

    def __init__(self, folder: Path, server: Path) -> None:
        """Start forwarding from `folder` to the server's own."""
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.network_proxy", str(folder), str(server)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cut_after()

    def cut_after(self, *, size: int = 0, messages: int = 0) -> tuple[int, int]:
        """Cut the connections to come after so many bytes, or messages to the server (0: never).

        How many bytes and messages came since the last call.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{size} {messages}\n")
        self._process.stdin.flush()
        came = self._process.stdout.readline().split()
        return int(came[0]), int(came[1])

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.kill()
        self._process.wait(10)


class _Forwarder:
    """What came since the network was armed, and after how much of it it is cut; sizes in bytes."""

    def __init__(self) -> None:
        self.limit = self.passed = (0, 0)
        self.lock = threading.Lock()

    def arm(self, size: int, messages: int) -> tuple[int, int]:
        with self.lock:
            came, self.limit, self.passed = self.passed, (size, messages), (0, 0)
        return came

    def pass_on(self, data: bytes, *, is_message: bool) -> bytes:
        """As much of it as still gets through."""
        with self.lock:
            (size, messages), (most_size, most_messages) = self.passed, self.limit
            self.passed = (size + len(data), messages + is_message)
        left = max(0, most_size - size) if most_size else len(data)
        return b"" if most_messages and messages + is_message > most_messages else data[:left]

    def forward(self, source: socket.socket, target: socket.socket, *, is_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                passed = self.pass_on(data, is_message=is_client)
                target.sendall(passed)
                if len(passed) < len(data):
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def main(folder: str, server: str) -> None:
    """Forward until standard input ends."""
    line = _Forwarder()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{folder}/{SOCKET_NAME}")
    listening.listen(16)

    def accept() -> None:
        while True:
            near, _ = listening.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(f"{server}/{SOCKET_NAME}")
            for source, target, is_client in ((near, far, True), (far, near, False)):
                kept = {"is_client": is_client}
                threading.Thread(target=line.forward, args=(source, target), kwargs=kept, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for text in sys.stdin:
        print(*line.arm(*map(int, text.split())), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
