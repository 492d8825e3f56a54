"""Python's search for cycles among objects, put off while millions of small values are made.

Start at `without_collector`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_gc() -> Iterator[None]:
    """No search for cycles meanwhile: among plain values there are none, and looking takes up to a third of the time.

    What is no longer used is freed all the same, as it is counted.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
