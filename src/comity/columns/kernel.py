"""Compile a Python function over arrays and bytes to machine code.

Guarantees: compiled code holds no interpreter lock, so that columns can be worked on in several threads at once; it is
kept beside the source (`*.nbi`, `*.nbc`), so that only the first process that runs it waits for the compiler.
Does not: notice a change in a function that a kernel calls, if it is in another file; `comity.app.kernel_cache` does.
Basis: ADR 0018.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

GOLDEN_RATIO_64 = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, an odd number: multiplying by it spreads a value over all bits (Fibonacci hashing)."""


def kernel(function: F) -> F:
    """Compile a function that runs without the interpreter's lock, and keep the machine code for other processes."""
    return cast("F", njit(cache=True, nogil=True)(function))


def inline_kernel(function: F) -> F:
    """Compile a function into the kernels that call it, where passing its arrays would cost more than its work."""
    return cast("F", njit(inline="always")(function))
