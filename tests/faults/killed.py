"""Run one verification in a process of its own and kill it (SIGKILL) at a named point. Started by test_killed.py.

Arguments: batch, index, home, out, and the point: `report:N` (the N-th progress report), `before:NAME` or `after:NAME`
(a function of the release transaction or the delivery), or `never`.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comity.app import bootstrap
from comity.app.home import Home
from comity.pipeline import verify_batch
from tests.world import AUGUST_2025

POINTS = {
    "file": ("comity.store.batches", "insert"),
    "append": ("comity.ledger.log", "append"),
    "answers": ("comity.store.answers", "insert"),
    "mark": ("comity.store.batches", "mark_answered"),
    "checkpoint": ("comity.ledger.log", "sign_checkpoint"),
    "receipt": ("comity.ledger.log", "make_receipt"),
    "write": ("comity.release.folder", "_write_whole"),
}


def die(*_: object) -> None:
    """Stop as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> Callable[[str, float], None]:
    """Put the kill in its place; the progress callback to use."""
    kind, _, name = point.partition(":")
    if kind == "report":
        left = iter(range(int(name)))
        return lambda _stage, _done: None if next(left, None) is not None else die()
    if kind in {"before", "after"}:
        module, function = POINTS[name]
        real = getattr(importlib.import_module(module), function)

        def armed(*args: Any, **kwargs: Any) -> Any:
            if kind == "before":
                die()
            real(*args, **kwargs)
            die()

        setattr(importlib.import_module(module), function, armed)
    return lambda _stage, _done: None


def main(batch: str, index: str, home: str, out: str, point: str) -> None:
    """Verify, or die trying."""
    report = arm(point)
    with bootstrap.open_gateway(Home.open(Path(home)), as_of=AUGUST_2025) as gateway:
        verify_batch(Path(batch), gateway, index=Path(index), out=Path(out), report=report)


if __name__ == "__main__":
    main(*sys.argv[1:])
