"""A comparison is declared once: everything else is derived from its table."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from comity.columns.strings import prefixes_equal
from comity.errors import ComityError
from comity.match.comparisons import (
    COMPARISONS,
    GIVEN_NAME,
    HOUSE_NUMBER,
    SURNAME,
    Comparison,
    Level,
    TermFrequency,
    level_labels,
)
from comity.match.index.reader import build_equivalent_names
from comity.match.kernels.name_relations import NameView
from comity.match.match_model import dump_model, load_default_model, parse_model
from comity.match.training.model_dict import to_model_dict
from comity.match.training.priors import FITTED_COMPARISONS, initial_weights, prior_m, stated_m
from tests.support.string_views import StringViews

NO_NAMES = build_equivalent_names((("CHEN", "TAN"),))


def _has_same_initial(left: NameView, right: NameView) -> bool:
    return prefixes_equal(left.surname, right.surname, 1)


NEW_LEVEL = Level(
    "SAME_INITIAL",
    "same_initial",
    _has_same_initial,
    m=0.004,
    family_m=0.01,
    agrees=True,
    term_frequency=TermFrequency.PARTIAL,
)


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparison]:
    """The comparison of surnames with one more level before the last, in place of the shipped one."""
    comparison = replace(SURNAME, levels=(*SURNAME.levels[:-1], NEW_LEVEL, SURNAME.levels[-1]))
    monkeypatch.setitem(COMPARISONS, "surname", comparison)
    level_labels.cache_clear()
    yield comparison
    level_labels.cache_clear()


def surname_level(kernel: Callable[..., int], left: str, right: str) -> int:
    views = StringViews()
    values = {"left": views.name("ANN", "", left), "right": views.name("ANN", "", right), "is_reversed": False}
    return kernel(*((values | {"spellings": NO_NAMES})[name] for name in SURNAME.parameters))


def test_a_level_added_to_a_table_is_compiled_and_reached(extended: Comparison) -> None:
    shipped, kernel = SURNAME.compile(), extended.compile()
    assert extended.levels[surname_level(kernel, "BAKER", "BROWNLOW") - 1] is NEW_LEVEL
    assert SURNAME.levels[surname_level(shipped, "BAKER", "BROWNLOW") - 1].name == "DIFFERENT"
    for pair in (("BAKER", "BAKER"), ("BAKER", ""), ("BAKER", "BAKRE"), ("BAKER", "QUILL")):
        level = extended.levels[surname_level(kernel, *pair) - 1]
        assert level is SURNAME.levels[surname_level(shipped, *pair) - 1], pair


def test_everything_that_is_derived_from_a_table_has_the_added_level(extended: Comparison) -> None:
    assert level_labels("surname")[-2:] == ("same_initial", "differs")
    assert extended.code("SAME_INITIAL") == len(SURNAME.levels)
    assert extended.mask(lambda level: level.agrees).tolist()[-2:] == [True, False]
    assert extended.mask(lambda level: level.term_frequency is TermFrequency.PARTIAL).tolist()[-2:] == [True, False]
    assert prior_m("surname", stated_m())[-2:].tolist() == [0.004, 0.009]
    assert prior_m("family_surname").tolist()[-2:] == [0.01, 0.15]
    u = {name: np.full(len(level_labels(name)), 1 / len(level_labels(name))) for name in FITTED_COMPARISONS}
    data = to_model_dict(initial_weights(u, stated_m()), ((-1.0, -1.0), (1.0, 1.0)))
    assert data["this"]["surname"]["same_initial"] == pytest.approx(np.log2(0.004 * len(extended.levels)), abs=1e-4)
    assert len(parse_model(dump_model(data)).same_person["surname"]) == len(extended.levels)


def test_a_model_without_a_weight_for_the_added_level_is_refused(extended: Comparison) -> None:
    text = (files("comity.match") / "model.json").read_text(encoding="utf-8")
    with pytest.raises(ComityError, match="a weight is missing"):
        parse_model(text)


def test_the_labels_are_the_keys_of_the_shipped_model() -> None:
    data = json.loads((files("comity.match") / "model.json").read_text(encoding="utf-8"))
    for name, weights in (data["this"] | data["family"]).items():
        assert tuple(weights) == level_labels(name)
    assert set(load_default_model().same_person) == set(data["this"])


def test_stated_probabilities_of_a_comparison_sum_to_one() -> None:
    for name, levels in stated_m().items():
        assert sum(levels.values()) == pytest.approx(1, abs=0.01), name
    assert prior_m("family_surname").sum() == pytest.approx(1, abs=0.07)


@pytest.mark.parametrize(
    "levels",
    [
        HOUSE_NUMBER.levels[:-1],
        (*HOUSE_NUMBER.levels, HOUSE_NUMBER.levels[-1]),
        (replace(HOUSE_NUMBER.levels[0], label="differs"), *HOUSE_NUMBER.levels[1:]),
    ],
)
def test_a_table_without_exactly_one_last_level_or_with_a_repeated_label_is_refused(levels: tuple[Level, ...]) -> None:
    with pytest.raises(RuntimeError):
        replace(HOUSE_NUMBER, levels=levels)


def test_a_condition_that_takes_an_unknown_value_is_refused() -> None:
    def takes_weather(left: NameView, weather: int) -> bool:
        return weather > left.first.length

    levels = (Level("SUNNY", "sunny", takes_weather), GIVEN_NAME.levels[-1])
    with pytest.raises(RuntimeError, match="weather"):
        replace(GIVEN_NAME, levels=levels).compile()
