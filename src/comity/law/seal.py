"""Fills in the seals of a law file, so that a person who writes one need not compute a hash.

Guarantees: nothing but `sha256` values changes; comments, order and wrapping stay. A file that is not YAML is refused.
Does not: say that the words are right. Whoever seals them vouches for them.
Start at `seal`.
"""

import yaml

from comity.errors import PolicyError
from comity.law.provisions import compute_seal


def seal_yaml(text: str, source: str) -> str:
    """The file with the right SHA-256 in every mapping that has `text` or `summary`; `source` names it in errors.

    Raises:
        PolicyError: `law_invalid` when it is not YAML.

    >>> seal("summary: Nobody asks.", "a file").splitlines()[0][:20]
    'sha256: 74346b36fd7b'
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as fault:
        raise PolicyError("law_invalid", f"{source} is not YAML, so it cannot be sealed.", "Mend the file.") from fault
    edits: list[tuple[int, int, str]] = []
    _collect_edits(root, edits)
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


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
            figure = f" = {fields['value'][1].value}" if "value" in fields else ""
            digest = compute_seal(words[1].value.strip() + figure)
            if "sha256" in fields:
                old = fields["sha256"][1]
                edits.append((old.start_mark.index, old.end_mark.index, digest))
            else:
                at = words[0].start_mark
                between = ", " if node.flow_style else "\n" + " " * at.column
                edits.append((at.index, at.index, f"sha256: {digest}{between}"))
