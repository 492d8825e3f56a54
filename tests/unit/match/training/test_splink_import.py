"""Splink's m as a starting point: what is used, what is not, and that m still sums to one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.errors import ComityError
from comity.match.training.priors import DEFAULT_M
from comity.match.training.splink_import import parse_splink_settings

TEXT = (Path(__file__).parents[3] / "cases/splink_model.json").read_text(encoding="utf-8")
"""Written by Splink 5's save_model_to_json after training on simulated people."""


def test_parse_splink_settings_reads_what_splink_wrote() -> None:
    read = parse_splink_settings(TEXT)
    assert set(read.used) == {"first as given", "middle as middle", "last as surname"}
    assert len(read.ignored) == 2
    levels = {c["output_column_name"]: c["comparison_levels"] for c in json.loads(TEXT)["comparisons"]}
    exact = levels["last"][1]["m_probability"]
    assert read.m_probabilities["surname"]["exact"] == pytest.approx(exact * (1 - DEFAULT_M["surname"]["missing"]))
    assert read.m_probabilities["number"] == DEFAULT_M["number"]


def test_parse_splink_settings_returns_m_that_sums_to_one() -> None:
    for part, levels in parse_splink_settings(TEXT).m_probabilities.items():
        assert sum(levels.values()) == pytest.approx(sum(DEFAULT_M[part].values()), abs=0.01), part
        assert all(share > 0 for share in levels.values())


def change_model(change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(TEXT)
    change(data)
    return json.dumps(data)


def change_levels(change: Callable[[dict[str, Any]], object]) -> str:
    return change_model(lambda d: [change(level) for c in d["comparisons"] for level in c["comparison_levels"]])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        '{"comparisons": 3}',
        '{"comparisons": []}',
        '{"comparisons": [{"comparison_levels": [{}]}]}',
        change_levels(lambda level: level.pop("m_probability", None)),
        change_levels(lambda level: level.update(m_probability=float("inf"))),
    ],
)
def test_parse_splink_settings_refuses_what_is_not_a_trained_model(text: str) -> None:
    with pytest.raises(ComityError, match="The Splink model cannot be read"):
        parse_splink_settings(text)


def test_parse_splink_settings_shows_only_letters_of_names_in_the_file() -> None:
    read = parse_splink_settings(
        change_model(lambda d: d["comparisons"][-1].update(output_column_name="\x1b[31m<b>=cmd|' /C calc'"))
    )
    assert all(
        set(name.partition(" (")[0]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-")
        for name in read.ignored
    )
