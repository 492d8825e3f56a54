"""Fill in the seals of a law file, so that its author need not compute a hash.

Guarantees: nothing but `sha256` values changes; comments, order and wrapping stay. A file that is not YAML is refused.
Does not: say that the words are right. Whoever seals them vouches for them.
Start at `seal_yaml`.
"""

import yaml

from comity.errors import PolicyError
from comity.law.provisions import compute_seal
from comity.plain_yaml import YamlFault, check_plain_yaml

SEALED_FIELDS = ("value", "if_genuine", "issuer", "issued_from", "issued_to", "conditions")
"""What a seal covers beside the words, in this order: a limit's figure; what a genuine paper proves, and when."""


def seal_yaml(text: str, source: str) -> str:
    """Return the file with the right SHA-256 in every mapping with `text` or `summary`; `source` names it in errors.

    Raises:
        PolicyError: `law_invalid` when it is not YAML.

    >>> seal_yaml("summary: Nobody asks.", "a file").splitlines()[0][:20]
    'sha256: d22b0851e632'
    """
    try:
        check_plain_yaml(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, YamlFault) as fault:
        raise PolicyError("law_invalid", f"{source} is not YAML, so it cannot be sealed.", "Fix the file.") from fault
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
            figure = "".join(f" = {_scalars(fields[name][1])}" for name in SEALED_FIELDS if name in fields)
            digest = compute_seal(words[1].value.strip() + figure)
            if "sha256" in fields:
                old = fields["sha256"][1]
                edits.append((old.start_mark.index, old.end_mark.index, digest))
            else:
                start = words[0].start_mark
                between = ", " if node.flow_style else "\n" + " " * start.column
                edits.append((start.index, start.index, f"sha256: {digest}{between}"))


def _scalars(node: yaml.Node) -> str:
    """Return a scalar as it is written, or the scalars of a list with commas between them."""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return ", ".join(str(item.value) for item in items)
