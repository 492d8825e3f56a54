"""YAML from outside: what could grow, hang or crash a reader is refused before anything is built of it."""

import time

import pytest

from comity.errors import PolicyError
from comity.law.seal import seal_yaml
from comity.plain_yaml import MAX_DEPTH, YamlFault, parse_plain_yaml

_LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)), "summary: x"])

HOSTILE = {
    "deep brackets": "[" * 60_000,
    "deep and closed": "a: " + "[" * 900 + "]" * 900,
    "deep mappings": "".join(f"{' ' * n}a:\n" for n in range(MAX_DEPTH + 1)),
    "many nodes": "a: [" + "x, " * 200_001 + "x]",
    "aliases that multiply": _LAUGHS,
    "an alias of what holds it": "a: &a [*a]\nsummary: x",
    "a list as a key": "? [a]\n: b\nsummary: x",
    "a mapping as a key": "{{a: b}: c}",
    "a tag that fails": "a: !!bool maybe",
    "an empty number": "a: !!int ''",
    "a tag of a time": "a: !!timestamp x",
    "a tag of our own": "!order a",
    "an object": "a: !!python/object/apply:os.system [x]",
    "a merge": "<<: {a: 1}\na: 2",
    "a key twice": "a: 1\na: 2",
    "a day that does not exist": "a: 2026-02-31",
    "a number of no digits": "a: 0x_",
    "a number too long": "a: " + "9" * 5000,
    "two documents": "--- a\n--- b",
    "NUL": "a: \0",
    "half a pair": "a: \ud800",
    "not YAML": "a: {",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(YamlFault) as caught:
        parse_plain_yaml(text)
    assert time.process_time() - start < 5
    assert "maybe" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["deep brackets", "aliases that multiply", "an alias of what holds it", "a list as a key"]
)
def test_no_seal_is_computed_in_hostile_yaml(name: str) -> None:
    with pytest.raises(PolicyError, match="is not YAML"):
        seal_yaml(HOSTILE[name], "a file")


def test_a_seal_covers_what_is_nested_without_a_crash() -> None:
    assert "sha256" in seal_yaml("{summary: Ten words or more., conditions: [[a], {b: c}]}", "a file")


def test_plain_yaml_is_read_as_before() -> None:
    assert parse_plain_yaml("") is None
    assert parse_plain_yaml("{a: no, 'b': [1, 2.5, ~], c: \"x\"}") == {"a": False, "b": [1, 2.5, None], "c": "x"}
    assert parse_plain_yaml("a: no\nb: 007\nc: 2020-01-01\n", as_text=True) == {
        "a": "no",
        "b": "007",
        "c": "2020-01-01",
    }
