"""What the zone of each kind of paper must be like, so that a paper of one kind is not taken for another.

Does not: say what a kind proves; that is law (the evidence table), under the same ids.
Start at `find_zone_rule`. To add a kind with a zone, add a line to `zone_rules.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """What a kind's zone may be. Without a layout the kind has no zone; another empty tuple limits nothing.

    `marks` says how the rule is known: S specimens, GK general knowledge, INF inference.
    """

    layouts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    other_issuers: tuple[str, ...] = ()
    other_nationalities: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def find_zone_rule(kind: str) -> ZoneRule:
    """Return the rule for a kind of the evidence table; one without layouts when the kind has no zone."""
    return load_zone_rules().get(kind, ZoneRule())


@cache
def load_zone_rules() -> Mapping[str, ZoneRule]:
    """Return the rules by kind."""
    text = resources.files("comity.documents").joinpath("zone_rules.yaml").read_text(encoding="utf-8")
    return {
        kind: ZoneRule(**{name: tuple(values) for name, values in row.items()})
        for kind, row in yaml.safe_load(text).items()
    }
