"""Parse YAML from outside: within limits of size, before anything is built of it.

Guarantees: what is built is a tree of at most `MAX_DEPTH` levels and `MAX_NODES` nodes: an alias, by which a short text
becomes a large one or contains itself, a tag and a merge are refused; so are a key that is no scalar and a key that is
given twice. Parsing takes time and memory in proportion to the text.
Does not: read files; whoever does limits their size.
Basis: YAML 1.1 as PyYAML reads it.
Start at `parse_plain_yaml`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

MAX_DEPTH = 32
MAX_NODES = 200_000


class YamlFault(ValueError):  # noqa: N818  the house's word
    """A text that is not YAML, or not of the plain kind that is read here. Quotes nothing of it."""


class _PlainLoader(yaml.CSafeLoader):
    """libyaml's SafeLoader that refuses a repeated key, whose second value would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [self.construct_object(key) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise YamlFault(f"a key is given twice{_say_line(node)}")
        return super().construct_mapping(node, deep)


class _PlainTextLoader(_PlainLoader):
    """The same, of texts alone: `no` is the text no, and a date is a text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  the library's way


def parse_plain_yaml(text: str, *, as_text: bool = False) -> Any:
    """Return the value of one YAML document, None for an empty text; `as_text` keeps every scalar as its text.

    Raises:
        YamlFault: it is not YAML, or not plain.
    """
    check_plain_yaml(text)
    try:
        return yaml.load(text, Loader=_PlainTextLoader if as_text else _PlainLoader)  # noqa: S506  SafeLoaders
    except YamlFault:
        raise
    except Exception as fault:  # a date that does not exist, a number too long: the library raises many
        raise YamlFault("a value cannot be read") from fault


def find_key_lines(text: str) -> Mapping[tuple[str, ...], int]:
    r"""Return the line, counted from 1, of every key of a plain document's mappings; a key within another by its path.

    Mappings in a list are passed over.

    Raises:
        YamlFault: as `parse_plain_yaml`.

    >>> find_key_lines("kind: x\ntyped: {born_on: y}")[("typed", "born_on")]
    2
    """
    check_plain_yaml(text)
    return dict(_key_lines(yaml.compose(text, Loader=yaml.CSafeLoader), ()))


def _key_lines(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*path, str(key.value))
            yield place, key.start_mark.line + 1
            yield from _key_lines(value, place)


def check_plain_yaml(text: str) -> None:
    """Return when a text is one YAML document within the limits, having built nothing of it.

    Raises:
        YamlFault: it is not YAML, or not plain.
    """
    try:
        _check_events(text)
    except YamlFault:
        raise
    except yaml.MarkedYAMLError as fault:
        lines = [mark.line + 1 for mark in (fault.context_mark, fault.problem_mark) if mark is not None]
        where = f" at line {lines[-1]}" if lines else ""
        begun = f", in what begins at line {lines[0]}" if lines and lines[0] != lines[-1] else ""
        raise YamlFault(f"it is not YAML{where}{begun}") from None
    except (yaml.YAMLError, ValueError):
        raise YamlFault("it is not YAML") from None


def _check_events(text: str) -> None:
    open_mappings: list[bool | None] = []  # for each open collection: whether a key comes next; None in a sequence
    nodes = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise YamlFault(f"it has an alias{_say_line(event)}")
        if isinstance(event, yaml.CollectionEndEvent):
            open_mappings.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlFault("it has more than one document")
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            _check_node(event, is_key=bool(open_mappings and open_mappings[-1]))
            if open_mappings and open_mappings[-1] is not None:
                open_mappings[-1] = not open_mappings[-1]
            if isinstance(event, yaml.CollectionStartEvent):
                open_mappings.append(True if isinstance(event, yaml.MappingStartEvent) else None)
        if nodes > MAX_NODES or len(open_mappings) > MAX_DEPTH:
            raise YamlFault("it is too large or too deep")


def _check_node(event: yaml.NodeEvent, *, is_key: bool) -> None:
    if getattr(event, "tag", None) is not None:  # a scalar or a collection
        raise YamlFault(f"it has a tag{_say_line(event)}")
    if is_key and (not isinstance(event, yaml.ScalarEvent) or event.value == "<<"):
        raise YamlFault(f"a key is no scalar{_say_line(event)}")


def _say_line(place: yaml.Node | yaml.Event) -> str:
    """Return at which line, counted from 1, something stands, as the end of a sentence."""
    return "" if place.start_mark is None else f" at line {place.start_mark.line + 1}"
