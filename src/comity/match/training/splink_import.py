"""Read a trained Splink model (its settings as JSON) as a starting point for training.

Splink's m probabilities say how often the same person's names and addresses are written alike, which is where training
starts. A Splink comparison of one column becomes the comparison of the same part here: its exact level, its level for
everything else, and the rest divided among the levels between in proportion to their stated m. u is counted on the
custodian's own records, and Comity weighs rivals that Splink does not know, so neither u nor the prior is taken.

Guarantees: the result names what was used and what was not, and why; a file that is not a Splink model is an error.
Does not: use a comparison of several columns (a joint address), or one that was not trained.
Basis: the JSON that Splink's `save_model_to_json` writes (Splink 3 to 5).
Start at `parse_splink_settings`.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.errors import ComityError
from comity.match.comparisons import COMPARISONS
from comity.match.training.priors import DEFAULT_M, MProbabilities

COLUMN_SYNONYMS = {
    "given": {"first", "first_name", "firstname", "forename", "given", "given_name", "fname"},
    "middle": {"middle", "middle_name", "middle_initial"},
    "surname": {"last", "last_name", "lastname", "surname", "family_name", "lname"},
    "number": {"number", "house_number", "street_number", "housenumber"},
    "street": {"street", "street_name", "sname"},
    "unit": {"unit", "unit_number", "apartment", "apt"},
}
"""Usual names of the column of each part."""
_COLUMN_PATTERN = re.compile(r'"?\b([A-Za-z_][A-Za-z0-9_]*)_([lr])\b"?')
_EXACT_MATCH_PATTERN = re.compile(r'^\(?\s*"?(\w+)_l"?\s*=\s*"?(\w+)_r"?\s*\)?$')
MIN_PROBABILITY = 1e-4
"""The smallest m that is left for the levels between the exact one and the last."""


@dataclass(frozen=True, slots=True)
class SplinkImport:
    """m of a Splink model, the names of its comparisons that were used, and of those that were not, with the reason."""

    m_probabilities: MProbabilities
    used: tuple[str, ...]
    ignored: tuple[str, ...]


def _invalid_splink_model(reason: str) -> ComityError:
    return ComityError(
        "model_invalid",
        f"The Splink model cannot be read: {reason}.",
        "Use the JSON that Splink's save_model_to_json writes after training.",
    )


def parse_splink_settings(text: str) -> SplinkImport:
    """Return m of a Splink model where it has them, and Comity's stated m elsewhere.

    Raises:
        ComityError: `model_invalid`, it is not the JSON of a Splink model, or nothing in it can be used.
    """
    try:
        comparisons = json.loads(text)["comparisons"]
        parsed = [_parse_comparison(comparison) for comparison in comparisons]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _invalid_splink_model("it is not JSON, or it lacks comparisons and their levels") from e
    m_probabilities = {name: dict(levels) for name, levels in DEFAULT_M.items()}
    used: dict[str, str] = {}
    ignored: list[str] = []
    for splink_name, part, m, reason in parsed:
        if part is None or m is None or part in used:
            ignored.append(f"{splink_name} ({reason or 'a second one of the same part'})")
        else:
            m_probabilities[part] = _distribute_m(part, *m)
            used[part] = splink_name
    if not used:
        raise _invalid_splink_model(
            "none of its comparisons is of one column of a name or an address, with trained m probabilities"
        )
    return SplinkImport(
        m_probabilities, tuple(f"{splink_name} as {part}" for part, splink_name in used.items()), tuple(ignored)
    )


def _parse_comparison(comparison: Mapping[str, Any]) -> tuple[str, str | None, tuple[float, float] | None, str]:
    """Return its name, the part it compares, m of its exact level and of everything else; and why it cannot be used."""
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level", False)]
    conditions = [str(level["sql_condition"]) for level in levels]
    columns = {column.lower() for condition in conditions for column, _ in _COLUMN_PATTERN.findall(condition)}
    name = re.sub(r"[^A-Za-z0-9_ -]", "", str(comparison.get("output_column_name", "")))[:60] or "(unnamed)"
    part = next((part for part, synonyms in COLUMN_SYNONYMS.items() if columns and columns <= synonyms), None)
    if part is None:
        return name, None, None, "not of one known column"
    exact = [i for i, condition in enumerate(conditions) if _EXACT_MATCH_PATTERN.match(condition.strip())]
    otherwise = [i for i, condition in enumerate(conditions) if condition.strip().upper() == "ELSE"]
    if not exact or not otherwise:
        return name, part, None, "no exact level, or none for everything else"
    m = [levels[i].get("m_probability") for i in (exact[0], otherwise[-1])]
    if not all(isinstance(p, int | float) and math.isfinite(p) and 0 < p < 1 for p in m):
        return name, part, None, "not trained"
    return name, part, (float(m[0]), float(m[1])), ""


def _distribute_m(part: str, exact_m: float, otherwise_m: float) -> dict[str, float]:
    """Return m of every level: of the exact one and the last from Splink, and the rest divided among those between.

    Splink has no m for missing values, so theirs stays as stated and the others share what is left.
    """
    levels, stated = COMPARISONS[part].levels, DEFAULT_M[part]
    not_null = 1 - sum(stated[level.label] for level in levels if level.is_null)
    between = [level.label for level in levels[:-1] if not level.is_null and not level.is_exact]
    between_m = max(not_null * (1 - exact_m - otherwise_m), MIN_PROBABILITY)
    between_total = sum(stated[label] for label in between)
    m = {level.label: stated[level.label] for level in levels if level.is_null}
    m |= {level.label: not_null * exact_m for level in levels if level.is_exact}
    m |= {label: between_m * stated[label] / between_total for label in between}
    m[levels[-1].label] = not_null * otherwise_m
    return {level.label: m[level.label] for level in levels}
