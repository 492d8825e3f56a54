"""Splink's m as a starting point: what is taken, what is not, and that a level's share stays a share."""

import json
from pathlib import Path

import pytest

from comity.errors import ComityError
from comity.match.training.priors import DEFAULT_M
from comity.match.training.splink_import import parse_splink_settings

TEXT = (Path(__file__).parents[3] / "cases/splink_model.json").read_text(encoding="utf-8")
"""Written by Splink 5's save_model_to_json after training on simulated people."""


def test_a_model_that_splink_wrote_is_read() -> None:
    read = parse_splink_settings(TEXT)
    assert set(read.used) == {"first as given", "middle as middle", "last as surname"}
    assert len(read.ignored) == 2
    levels = {c["output_column_name"]: c["comparison_levels"] for c in json.loads(TEXT)["comparisons"]}
    exact = levels["last"][1]["m_probability"]
    assert read.m_probabilities["surname"]["exact"] == pytest.approx(exact * (1 - DEFAULT_M["surname"]["missing"]))
    assert read.m_probabilities["number"] == DEFAULT_M["number"]


def test_the_shares_of_a_comparison_still_add_up() -> None:
    for part, levels in parse_splink_settings(TEXT).m_probabilities.items():
        assert sum(levels.values()) == pytest.approx(sum(DEFAULT_M[part].values()), abs=0.01), part
        assert all(share > 0 for share in levels.values())


def spoiled(change: object) -> str:
    data = json.loads(TEXT)
    change(data)  # type: ignore[operator]
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "{}", '{"comparisons": 3}', '{"comparisons": []}', '{"comparisons": [{"comparison_levels": [{}]}]}',
        spoiled(lambda d: [level.pop("m_probability", None) for c in d["comparisons"] for level in c["comparison_levels"]]),
        spoiled(lambda d: [level.update(m_probability=float("inf")) for c in d["comparisons"] for level in c["comparison_levels"]]),
    ],
)  # fmt: skip
def test_what_is_no_trained_splink_model_is_an_error(text: str) -> None:
    with pytest.raises(ComityError, match="The Splink model cannot be read"):
        parse_splink_settings(text)


def test_a_name_in_the_file_is_shown_as_letters_only() -> None:
    read = parse_splink_settings(
        spoiled(lambda d: d["comparisons"][-1].update(output_column_name="\x1b[31m<b>=cmd|' /C calc'"))
    )
    assert all(
        set(said.partition(" (")[0]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-")
        for said in read.ignored
    )
