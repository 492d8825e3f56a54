"""What the zone and the barcode of each kind of paper are like, so that one kind is not taken for another.

Does not: say what a kind proves; that is law (the evidence table), under the same ids.
Start at `find_zone_rule`. To add a kind with a zone or a barcode, add a line to `zone_rules.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """What a kind's zone may be. Without a layout the kind has no zone; another empty tuple limits nothing.

    `has_barcode`: papers of the kind have the barcode of a license.
    `marks` says how the rule is known: S specimens, GK general knowledge, INF inference.
    """

    layouts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()
    other_issuers: tuple[str, ...] = ()
    other_nationalities: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    has_barcode: bool = False


def find_zone_rule(kind: str) -> ZoneRule:
    """Return the rule for a kind of the evidence table; one without layouts when the kind has no zone."""
    return load_zone_rules().get(kind, ZoneRule())


@cache
def load_zone_rules() -> Mapping[str, ZoneRule]:
    """Return the rules by kind."""
    text = resources.files("comity.documents").joinpath("zone_rules.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {kind: _build_rule(row) for kind, row in rows.items()}


def _build_rule(row: Mapping[str, Any]) -> ZoneRule:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return ZoneRule(**values)
