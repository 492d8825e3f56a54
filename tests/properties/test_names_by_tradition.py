"""Whoever bears a name that looks like another's is not confirmed as the other, whatever the names' tradition."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

import pytest

from comity.figures.exact_intervals import clopper_pearson
from tests.support.look_alikes import TRADITIONS, NamePair, make_look_alikes, make_variants
from tests.support.measured_pairs import match_pairs

PAIRS_OF_EACH_KIND, VARIANTS_OF_EACH_KIND = 20, 5
SEEDS = (1, 2)
MOST_CONFIRMED, FEWEST_CONFIRMED_OR_REVIEWED = 0.001, 0.99


def _by_tradition(pairs: Iterable[NamePair], hits: Iterable[bool]) -> dict[str, tuple[int, int]]:
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for pair, is_hit in zip(pairs, hits, strict=True):
        counts[pair.tradition][is_hit] += 1
    return {tradition: (count[True], count.total()) for tradition, count in counts.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_look_alikes_are_not_confirmed_in_any_tradition(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    random = Random(seed)
    pairs = [pair for name in TRADITIONS for pair in make_look_alikes(name, PAIRS_OF_EACH_KIND, random)]
    outcomes = match_pairs(tmp_path_factory.mktemp("look-alikes"), pairs)
    confirmed = [pair for pair, outcome in zip(pairs, outcomes, strict=True) if outcome == "match"]
    assert len(confirmed) <= MOST_CONFIRMED * len(pairs), confirmed
    by_tradition = _by_tradition(pairs, (outcome == "match" for outcome in outcomes))
    intervals = [clopper_pearson(*counts) for counts in by_tradition.values()]
    assert max(low for low, _ in intervals) <= min(high for _, high in intervals), by_tradition


@pytest.mark.parametrize("seed", SEEDS)
def test_forms_of_one_name_are_confirmed_or_reviewed_in_every_tradition(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = Random(seed)
    pairs = [pair for name in TRADITIONS for pair in make_variants(name, VARIANTS_OF_EACH_KIND, random)]
    outcomes = match_pairs(tmp_path_factory.mktemp("variants"), pairs)
    lost = [pair for pair, outcome in zip(pairs, outcomes, strict=True) if outcome == "non_match"]
    assert len(lost) <= (1 - FEWEST_CONFIRMED_OR_REVIEWED) * len(pairs), lost
