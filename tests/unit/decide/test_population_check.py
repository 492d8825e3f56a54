"""What a batch is mixed of is estimated without labels, and a departure is found on the dangerous side alone."""

import numpy as np
import numpy.typing as npt
import pytest

from comity.decide.mixture import estimate_mixture
from comity.decide.population_check import MIN_VALID_REQUESTS, MixtureRange, find_departure
from comity.model.likelihoods import HYPOTHESES, NO_CANDIDATE, Codes, decode_likelihoods, encode_likelihoods

ALLOWED = MixtureRange(most_family=6.0, most_others=36.0)
AGREED = (0.033, 0.14, 0.827)
"""Shares inside the range: people on record, relatives on no record, others."""
_LEVELS = np.array(
    [
        # on record, family, occupant, elsewhere, stranger: how often each outcome of a comparison is seen
        [0.90, 0.010, 0.0001, 0.0100, 0.00001],
        [0.06, 0.120, 0.0010, 0.0100, 0.00010],
        [0.03, 0.800, 0.0400, 0.0100, 0.00500],
        [0.01, 0.060, 0.9000, 0.0200, 0.05000],
        [0.00001, 0.010, 0.0589, 0.9500, 0.94489],
    ]
)
_CODES = encode_likelihoods(np.log2(_LEVELS))


def draw_batch(rng: np.random.Generator, shares: tuple[float, float, float], size: int) -> Codes:
    """Return the codes of a batch: of the others one in three meets no record, and the rest are strangers."""
    counts = rng.multinomial(size, shares)
    columns = (0, 1, HYPOTHESES.index("stranger"))
    parts = [
        rng.choice(_CODES, count, p=_LEVELS[:, column] / _LEVELS[:, column].sum())
        for count, column in zip(counts, columns, strict=True)
    ]
    parts[2][rng.random(len(parts[2])) < 1 / 3] = NO_CANDIDATE
    codes: npt.NDArray[np.int32] = np.concatenate(parts)
    return codes


def count_departures(shares: tuple[float, float, float], size: int, batches: int = 200) -> int:
    rng = np.random.default_rng(53)
    return sum(find_departure(draw_batch(rng, shares, size), ALLOWED) is not None for _ in range(batches))


def test_a_code_keeps_likelihoods_to_a_quarter_of_a_bit_and_no_prior() -> None:
    weights = np.random.default_rng(1).uniform(-15, 15, (500, len(HYPOTHESES)))
    codes = encode_likelihoods(weights)
    assert np.array_equal(codes, encode_likelihoods(weights + 7))
    assert (codes >= 0).all()
    decoded = np.log2(decode_likelihoods(codes))
    assert np.abs(decoded - (weights - weights.max(axis=1, keepdims=True))).max() <= 0.25 + 1e-9
    assert not decode_likelihoods(np.array([NO_CANDIDATE], np.int32)).any()


def test_the_limits_of_the_estimate_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(200):
        low, high = estimate_mixture(draw_batch(rng, AGREED, 3_000)).limits_of_valid(1.96)
        covered += low <= AGREED[0] <= high
    assert covered >= 183  # 190 are expected of limits of 95 %; 182 or fewer come by chance once in 400


@pytest.mark.parametrize(
    ("shares", "is_dangerous"),
    [
        (AGREED, False),
        ((0.30, 0.30, 0.40), False),  # more about people on record than agreed is safe
        ((0.0077, 0.15, 0.8423), True),
        ((0.033, 0.40, 0.567), True),
        ((0.0, 0.15, 0.85), True),
    ],
)
def test_a_departure_is_found_on_the_dangerous_side_alone(
    shares: tuple[float, float, float], is_dangerous: bool
) -> None:
    found = count_departures(shares, 2_000)
    assert found >= 180 if is_dangerous else found <= 10


def test_at_the_end_of_the_range_few_batches_depart() -> None:
    least = ALLOWED.least_valid
    shares = (least, ALLOWED.most_family * least, ALLOWED.most_others * least)
    assert count_departures(shares, 3_000) <= 20  # two tests of 2.5 % each; 21 or more come by chance once in 800


def test_a_batch_too_small_to_tell_is_no_departure() -> None:
    nobody = draw_batch(np.random.default_rng(3), (0.0, 0.2, 0.8), int(MIN_VALID_REQUESTS / ALLOWED.least_valid) - 1)
    assert find_departure(nobody, ALLOWED) is None
    assert find_departure(np.repeat(nobody, 2), ALLOWED) is not None
    assert find_departure(nobody[:0], ALLOWED) is None


def test_the_estimate_does_not_depend_on_the_order_of_the_requests() -> None:
    rng = np.random.default_rng(4)
    codes = draw_batch(rng, (0.01, 0.2, 0.79), 2_000)
    texts = set()
    for _ in range(5):
        departure = find_departure(rng.permutation(codes), ALLOWED)
        assert departure is not None
        texts.add(departure.to_text())
    assert len(texts) == 1
