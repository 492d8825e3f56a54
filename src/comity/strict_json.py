"""Parse JSON from outside: no key twice at any depth, however deep it is nested."""

import json
from collections.abc import Set as AbstractSet
from typing import Any


def parse_strict_json(data: bytes | str, *, known_keys: AbstractSet[str] | None = None) -> Any:
    """Return the value of a JSON text; bytes must be UTF-8.

    Two readers may take different values from an object with a key twice, so that what was signed has two meanings.

    Args:
        data: the text.
        known_keys: the keys that may occur, at any depth; None for all.

    Raises ValueError when it is not JSON, holds a key twice or an unknown one, or is nested too deeply.
    """

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) != len(pairs):
            raise ValueError("repeated key")
        if known_keys is not None and not content.keys() <= known_keys:
            raise ValueError("unknown key")
        return content

    try:
        return json.loads(data if isinstance(data, str) else data.decode("utf-8"), object_pairs_hook=to_object)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
