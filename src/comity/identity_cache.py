"""Keep what a function made of the very same objects, so that it is not made again.

Guarantees: a result is given again only for arguments that are the same objects as before, so that it is what the
function would return, if they never change and the function reads nothing else. An error is not kept.
Does not: notice that an argument was changed. Use it for functions of values that nobody changes.
Basis: ADR 0054.
Start at `keep_results`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_MAX_RESULTS = 8


def keep_results(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Return a function that returns its last results again for the same arguments, compared by identity.

    >>> @keep_results
    ... def sort(words):
    ...     return sorted(words)
    >>> words = ("b", "a")
    >>> sort(words) is sort(words), sort(words) is sort(tuple("ba"))
    (True, False)
    """
    kept: tuple[tuple[tuple[Any, ...], _Result], ...] = ()

    @wraps(function)
    def find_or_make(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        nonlocal kept
        given = (*args, *kwargs, *kwargs.values())
        for known, result in kept:
            if len(known) == len(given) and all(one is other for one, other in zip(known, given, strict=True)):
                return result
        result = function(*args, **kwargs)
        kept = ((given, result), *kept[: _MAX_RESULTS - 1])  # replaced whole: other threads read it
        return result

    return find_or_make
