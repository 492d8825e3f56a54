"""Draw at random by a key: nobody without the key can foresee a draw, and whoever has it can repeat each one.

Guarantees: the same key and parts give the same draw; parts are length-prefixed, so that no two lists of parts collide.
Basis: HMAC-SHA256 (RFC 2104) as a pseudorandom function.
Start at `draw_share`.
"""

import hmac
from collections.abc import Iterable

_DRAW_BITS = 53
"""As many as a double has, so that a share is below 1."""


def draw_share(key: bytes, *parts: str | int) -> float:
    """Return a number in [0, 1) for these parts."""
    share: float = (int.from_bytes(_digest(key, parts)[:8], "big") >> (64 - _DRAW_BITS)) / 2**_DRAW_BITS
    return share


def order_by_key(key: bytes, items: Iterable[str], *parts: str | int) -> list[str]:
    """Return the items in a random order for these parts; it does not depend on the order in which they are given."""
    return sorted(items, key=lambda item: _digest(key, (*parts, item)))


def _digest(key: bytes, parts: tuple[str | int, ...]) -> bytes:
    texts = [str(part).encode("utf-8", "surrogatepass") for part in parts]
    return hmac.digest(key, b"".join(len(text).to_bytes(4, "big") + text for text in texts), "sha256")
