"""What labels say of a population: its shares, and what a label stands for in another one."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from comity.evaluate.population_labels import fit_shares, weigh_if_wrong
from comity.match.request_hypotheses import RequestHypotheses
from comity.match.scoring import RIVAL_HYPOTHESES
from comity.model.shares import Shares

OWN = Shares(family=2.0, occupant=0.5, elsewhere=0.25, stranger=4.0, namesake=0.01, namesake_unsuffixed=0.25)
OTHER = replace(OWN, family=16.0, stranger=1.0)
SEEN = 8
"""What can be seen of a request: one of so many things, each with its probability under every hypothesis."""


def draw_requests(shares: Shares, count: int, seed: int) -> tuple[RequestHypotheses, npt.NDArray[np.bool_]]:
    """Return requests of a population, weighed with `OWN`, and whether each is about the person on record."""
    likelihoods = np.random.default_rng(1).dirichlet(np.full(SEEN, 0.4), 1 + len(RIVAL_HYPOTHESES)) + 1e-3
    likelihoods /= likelihoods.sum(axis=1, keepdims=True)
    draw = np.random.default_rng(seed)
    odds = np.array([1.0, *(getattr(shares, name) for name in RIVAL_HYPOTHESES)])
    kind = draw.choice(len(odds), count, p=odds / odds.sum())
    seen = (draw.random(count)[:, None] > np.cumsum(likelihoods[kind], axis=1)).sum(axis=1).clip(max=SEEN - 1)
    bits = np.log2(likelihoods[:, seen]).T
    own = np.array([OWN.weights[name] for name in RIVAL_HYPOTHESES])
    return RequestHypotheses(np.arange(count), bits[:, 0], bits[:, 1:] + own, OWN), kind == 0


@pytest.mark.parametrize("shares", [OWN, OTHER])
def test_labels_give_back_the_shares_of_rivals_together(shares: Shares) -> None:
    """Labels say only who is on record, so it is the odds against that they give back, for whatever was seen."""
    hypotheses, confirmed = draw_requests(shares, 60_000, seed=3)
    fitted = fit_shares(hypotheses, confirmed)
    weight = weigh_if_wrong(hypotheses, fitted, shares)
    assert np.abs(np.log2(weight)).mean() < 0.15
    assert fitted.namesake == pytest.approx(OWN.namesake, rel=1e-3)


def test_a_label_stands_for_itself_in_its_own_population() -> None:
    hypotheses, _ = draw_requests(OWN, 1_000, seed=4)
    assert weigh_if_wrong(hypotheses, OWN, OWN) == pytest.approx(np.ones(1_000))


def test_weighted_labels_count_what_the_other_population_has() -> None:
    """Of whatever was seen, weighted wrong labels are as many to a right one as there are in the other population."""
    labels, confirmed = draw_requests(OWN, 400_000, seed=5)
    there, confirmed_there = draw_requests(OTHER, 400_000, seed=6)
    weight = np.where(confirmed, 1.0, weigh_if_wrong(labels, OWN, OTHER))
    for seen in np.unique(labels.on_record):
        of_labels, of_other = labels.on_record == seen, there.on_record == seen
        weighted = weight[of_labels & ~confirmed].sum() / confirmed.sum()
        counted = (of_other & ~confirmed_there).sum() / confirmed_there.sum()
        assert weighted == pytest.approx(counted, rel=0.1)


def test_weights_do_not_depend_on_labels_and_stay_within_the_ratios_of_shares() -> None:
    hypotheses, _ = draw_requests(OWN, 5_000, seed=7)
    weight = weigh_if_wrong(hypotheses, OWN, OTHER)
    assert weight.min() >= 0.25 * (1 - 1e-3)
    assert weight.max() <= 8.0 * (1 + 1e-3)
