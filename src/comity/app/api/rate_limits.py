"""Count requests by caller, so that one cannot crowd out the others: a token bucket each.

Guarantees: memory is bounded: of more than `_MAX_BUCKETS` callers those seen longest ago are forgotten, which gives
them a full bucket again.
Does not: hold across processes or restarts.
Start at `RateLimits.take`.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MAX_BUCKETS = 10_000
_BURST_SECONDS = 2.0


class RateLimits:
    """Buckets by caller, each filled with so many requests a second up to two seconds' worth."""

    def __init__(self, per_second: float, read_seconds: Callable[[], float] = time.monotonic) -> None:
        """Start with full buckets; `read_seconds` is a clock that only goes forward."""
        self._per_second = per_second
        self._capacity = max(1.0, per_second * _BURST_SECONDS)
        self._read_seconds = read_seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> bool:
        """Return whether a caller may send one more request now, and count it if so."""
        now = self._read_seconds()
        with self._lock:
            level, seen_at = self._buckets.pop(caller, (self._capacity, now))
            level = min(self._capacity, level + (now - seen_at) * self._per_second)
            is_allowed = level >= 1.0
            self._buckets[caller] = (level - 1.0 if is_allowed else level, now)
            while len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
        return is_allowed
