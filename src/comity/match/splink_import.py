"""Read a trained Splink model (its settings as JSON) as a starting point for training.

Splink's m probabilities say how often the same person's names and addresses are written alike: that is what training starts
from. A Splink comparison of one column becomes the comparison of the same part here: its exact level, its level for
everything else, and what lies between, divided among the levels between as they are stated. Comity counts u anew on the
custodian's own records, and it weighs rivals that Splink does not know, so neither u nor the prior is taken.

Guarantees: what was taken and what was not is said; a file that is no Splink model is an error, never a silent default.
Does not: take a comparison of several columns (a joint address), or one that was not trained.
Basis: the JSON that Splink's `save_model_to_json` writes (Splink 3 to 5).
Start at `stated_by_splink`.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.errors import ComityError
from comity.match.training import DEFAULT_M, MProbabilities

COLUMN_SYNONYMS = {
    "given": {"first", "first_name", "firstname", "forename", "given", "given_name", "fname"},
    "middle": {"middle", "middle_name", "middle_initial"},
    "surname": {"last", "last_name", "lastname", "surname", "family_name", "lname"},
    "number": {"number", "house_number", "street_number", "housenumber"},
    "street": {"street", "street_name", "sname"},
    "unit": {"unit", "unit_number", "apartment", "apt"},
}
"""What people call the column of each part."""
EXACT_LEVEL = {
    "given": "exact",
    "middle": "agrees",
    "surname": "exact",
    "number": "exact",
    "street": "exact",
    "unit": "exact",
}
_COLUMN_PATTERN = re.compile(r'"?\b([A-Za-z_][A-Za-z0-9_]*)_([lr])\b"?')
_EXACT_MATCH_PATTERN = re.compile(r'^\(?\s*"?(\w+)_l"?\s*=\s*"?(\w+)_r"?\s*\)?$')
MIN_PROBABILITY = 1e-4


@dataclass(frozen=True, slots=True)
class SplinkImport:
    """m as a Splink model has it; `taken` and `ignored` name its comparisons, and why those were ignored."""

    m_probabilities: MProbabilities
    used: tuple[str, ...]
    ignored: tuple[str, ...]


def _invalid_splink_model(what: str) -> ComityError:
    return ComityError(
        "model_invalid",
        f"The Splink model cannot be read: {what}.",
        "Give the JSON that Splink's save_model_to_json writes after training.",
    )


def parse_splink_settings(text: str) -> SplinkImport:
    """The m probabilities of a Splink model, where it has them, and those stated by Comity elsewhere.

    Raises:
        ComityError: `model_invalid`, it is not the JSON of a Splink model, or nothing in it can be used.
    """
    try:
        comparisons = json.loads(text)["comparisons"]
        found = [_parse_comparison(comparison) for comparison in comparisons]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _invalid_splink_model("it is not JSON, or it lacks comparisons and their levels") from e
    stated = {name: dict(levels) for name, levels in DEFAULT_M.items()}
    taken: list[tuple[str, str]] = []
    ignored: list[str] = []
    for name, part, m, why in found:
        if part is None or m is None or part in {p for _, p in taken}:
            ignored.append(f"{name} ({why or 'a second one of the same part'})")
        else:
            stated[part] = _distribute_m(part, *m)
            taken.append((name, part))
    if not taken:
        raise _invalid_splink_model(
            "none of its comparisons is of one column of a name or an address, with trained m probabilities"
        )
    return SplinkImport(stated, tuple(f"{name} as {part}" for name, part in taken), tuple(ignored))


def _parse_comparison(comparison: Mapping[str, Any]) -> tuple[str, str | None, tuple[float, float] | None, str]:
    """Its name, the part it is of, m of its exact level and of everything else; and why it cannot be used."""
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level", False)]
    conditions = [str(level["sql_condition"]) for level in levels]
    columns = {column.lower() for text in conditions for column, _ in _COLUMN_PATTERN.findall(text)}
    name = re.sub(r"[^A-Za-z0-9_ -]", "", str(comparison.get("output_column_name", "")))[:60] or "(unnamed)"
    part = next((part for part, names in COLUMN_SYNONYMS.items() if columns and columns <= names), None)
    if part is None:
        return name, None, None, "not of one known column"
    exact = [i for i, text in enumerate(conditions) if _EXACT_MATCH_PATTERN.match(text.strip())]
    rest = [i for i, text in enumerate(conditions) if text.strip().upper() == "ELSE"]
    if not exact or not rest:
        return name, part, None, "no exact level, or none for everything else"
    m = [levels[i].get("m_probability") for i in (exact[0], rest[-1])]
    if not all(isinstance(p, int | float) and math.isfinite(p) and 0 < p < 1 for p in m):
        return name, part, None, "not trained"
    return name, part, (float(m[0]), float(m[1])), ""


def _distribute_m(part: str, exact: float, rest: float) -> dict[str, float]:
    """M of every level: the exact one, the last, and what is left among the others as they are stated.

    Where a part is missing, Splink says nothing, so that share stays as stated.
    """
    stated, first, last = DEFAULT_M[part], EXACT_LEVEL[part], list(DEFAULT_M[part])[-1]
    kept = {level for level in stated if level in {"missing", "none"}}
    whole = 1 - sum(stated[level] for level in kept)
    between = [level for level in stated if level not in {first, last} | kept]
    left = max(whole * (1 - exact - rest), MIN_PROBABILITY)
    total = sum(stated[level] for level in between)
    spread = {level: left * stated[level] / total for level in between}
    return {
        level: stated[level] if level in kept else whole * exact if level == first else whole * rest if level == last else spread[level]
        for level in stated
    }  # fmt: skip
