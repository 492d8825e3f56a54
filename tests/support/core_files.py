"""Crash a child of this process, to see whether it leaves a core file; run as a command, do so in workers of an index.

    python -m tests.support.core_files guarded|unguarded

prints for each worker whether its child left one. `unguarded` workers are started without the initializer that the
build gives them.
"""

import os
import resource
import sys
from pathlib import Path

from comity.match.index import writer


def child_leaves_core(*_: object) -> bool:
    """Fork a child that aborts; return whether the kernel made a core file of it. It has this process's limits."""
    if (child := os.fork()) == 0:
        os.abort()
    return os.WCOREDUMP(os.waitpid(child, 0)[1])


def do_nothing() -> None:
    """Stand in for the workers' initializer."""


def main() -> None:
    """Print whether the children of two workers leave core files."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    setattr(writer, "encode_chunk", child_leaves_core)  # noqa: B010  not an attribute that the module exports
    if sys.argv[1] == "unguarded":
        setattr(writer, "forbid_core_files", do_nothing)  # noqa: B010  as above
    sources = [("a", writer.CHUNK_ROWS), ("b", writer.CHUNK_ROWS)]
    sys.stdout.write(" ".join(str(left) for left in writer._encode_chunks(sources, Path(), 1, b"", 2)))


if __name__ == "__main__":
    main()
