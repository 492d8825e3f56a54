"""Fill in the seals of a law file, so that its author need not compute a hash.

Guarantees: nothing but `sha256` values changes; comments, order and wrapping stay. A file that is not YAML is refused.
Does not: say that the words are right. Whoever seals them vouches for them.
Start at `seal_yaml`, and `seal_whole_yaml` for files on papers and population profiles, which are sealed as a whole.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from comity.errors import PolicyError
from comity.law.provisions import compute_file_seal, compute_seal
from comity.plain_yaml import YamlFault, check_plain_yaml, parse_plain_yaml

SEALED_FIELDS = (
    *("value", "if_genuine", "issuer", "issued_from", "issued_to", "conditions"),
    *("code", "offenses", "case_numbers", "keywords", "patterns", "other_meanings"),
)
"""What a seal covers beside the words, in this order: a limit's figure; what a genuine paper proves, and when;
the codes of a row, and the words that flag one."""


WHOLE_FILES = frozenset({"rows", "items", "status", "shows", "odds"})
"""Fields by which files that are sealed whole are known: those on papers (kinds of paper, the rule on identification,
candidate rules), and population profiles."""


def seal_yaml(text: str, source: str) -> str:
    """Return the file with the right SHA-256 in every mapping with `text` or `summary`; `source` names it in errors.

    Raises:
        PolicyError: `law_invalid` when it is not YAML.

    >>> seal_yaml("summary: Nobody asks.", "a file").splitlines()[0][:20]
    'sha256: d22b0851e632'
    """
    edits: list[tuple[int, int, str]] = []
    _collect_edits(_compose(text, source), edits)
    return _apply(edits, text)


def seal_whole_yaml(text: str, source: str) -> str:
    """Return the file with its words sealed, as by `seal_yaml`, and at its top the seal of all that it says.

    Raises:
        PolicyError: `law_invalid` when it is not YAML, or not a mapping.
    """
    root = _compose(text, source)
    if not isinstance(root, yaml.MappingNode) or not WHOLE_FILES & {key.value for key, _ in root.value}:
        message = f"{source} is neither a candidate rule nor a kind of paper, so it is not sealed as one."
        raise PolicyError("law_invalid", message, "Statutes, agreements and agencies: comity law seal FOLDER.")
    edits: list[tuple[int, int, str]] = []
    for _, value in root.value:
        _collect_edits(value, edits)
    text = _apply(edits, text)
    root = _compose(text, source)
    assert isinstance(root, yaml.MappingNode)
    fields = {key.value: (key, value) for key, value in root.value}
    first = next((fields[name][0] for name in ("summary", "rows", "items") if name in fields), root.value[0][0])
    return _apply([_make_edit(fields, first, compute_file_seal(_parse(text, source)), root)], text)


def _compose(text: str, source: str) -> yaml.Node | None:
    try:
        check_plain_yaml(text)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, YamlFault) as fault:
        raise PolicyError("law_invalid", f"{source} is not YAML, so it cannot be sealed.", "Fix the file.") from fault


def _parse(text: str, source: str) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = parse_plain_yaml(text)
    except YamlFault as fault:
        message = f"{source} cannot be sealed: {fault}."
        raise PolicyError("law_invalid", message, "Fix the file.") from fault
    return content


def _apply(edits: list[tuple[int, int, str]], text: str) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _make_edit(
    fields: Mapping[str, tuple[yaml.Node, yaml.Node]], before: yaml.Node, digest: str, mapping: yaml.MappingNode
) -> tuple[int, int, str]:
    """Return the edit that writes a mapping's `sha256`: over the old one, or as a new field before a key."""
    if "sha256" in fields:
        old = fields["sha256"][1]
        return old.start_mark.index, old.end_mark.index, digest
    start = before.start_mark
    between = ", " if mapping.flow_style else "\n" + " " * start.column
    return start.index, start.index, f"sha256: {digest}{between}"


def _collect_edits(node: yaml.Node | None, edits: list[tuple[int, int, str]]) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _collect_edits(item, edits)
    if isinstance(node, yaml.MappingNode):
        fields = {key.value: (key, value) for key, value in node.value}
        for _, value in node.value:
            _collect_edits(value, edits)
        words = fields.get("text") or fields.get("summary")
        if words and isinstance(words[1], yaml.ScalarNode):
            figure = "".join(f" = {_scalars(fields[name][1])}" for name in SEALED_FIELDS if name in fields)
            digest = compute_seal(words[1].value.strip() + figure)
            edits.append(_make_edit(fields, words[0], digest, node))


def _scalars(node: yaml.Node) -> str:
    """Return a scalar as it is written, or the scalars of a list with commas between them."""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return ", ".join(str(item.value) for item in items)
