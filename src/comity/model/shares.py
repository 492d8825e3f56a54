"""Shares: how many requests there are of each kind, for each request that is about the person on record.

A probability of a match needs two things: what the evidence says (the weights of a model, which are likelihood ratios),
and how many requests of each kind there are before any evidence (these shares, which belong to a population).

Guarantees: every share is a positive number; its weight in bits is rounded to 4 decimals, like the weights of a model,
and is the same on every processor (ADR 0046).
Does not: say where the numbers are from (`comity.law.population_profile` does), or weigh pairs (`match.scoring` does).
Basis: Fellegi and Sunter 1969 (the prior); Saerens, Latinne and Decaestecker 2002 (evidence and prior apart); ADR 0044.
Start at `Shares`.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

_SHARE_DIGITS, _WEIGHT_DECIMALS = 6, 4


@dataclass(frozen=True, slots=True)
class Shares:
    """How likely each rival of the person on record is, before any evidence.

    The first four are odds: requests of that kind for one about the person on a record, at that record's address.
    The matching scales them by what the index knows: `family` by the records of that family there, `occupant` by the
    square of the records there, `stranger` by the records of the ZIP code.

    Attributes:
        family: about a member of the household who is on no record.
        occupant: about an unrelated person at that address who is on no record.
        elsewhere: about the person on record, at another address.
        stranger: about a person on no candidate record at all.
        namesake: the share of household members with the same given name.
        namesake_unsuffixed: the same, where one side has a suffix such as Jr and the other has none.
    """

    family: float
    occupant: float
    elsewhere: float
    stranger: float
    namesake: float
    namesake_unsuffixed: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(share) and share > 0 for share in self.to_tuple()):
            raise RuntimeError("shares are positive numbers")

    def to_tuple(self) -> tuple[float, ...]:
        """Return the shares in the order of `SHARE_NAMES`."""
        return tuple(getattr(self, name) for name in SHARE_NAMES)

    @property
    def weights(self) -> dict[str, float]:
        """Return the prior weight of each hypothesis in bits (log2), by name."""
        from comity.columns.binary_powers import compute_log2  # noqa: PLC0415  imports numba, which few commands need

        bits = np.round(compute_log2(np.array(self.to_tuple())), _WEIGHT_DECIMALS)
        return dict(zip(SHARE_NAMES, bits.tolist(), strict=True))

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, over the JSON of the shares in the order of `SHARE_NAMES`."""
        return hashlib.sha256(json.dumps(self.to_tuple()).encode()).hexdigest()

    @classmethod
    def from_weights(cls, weights: Iterable[float]) -> Self:
        """Return the shares, to 6 digits, that have these weights in bits, in the order of `SHARE_NAMES`."""
        return cls(*(float(f"{2.0 ** float(bits):.{_SHARE_DIGITS}g}") for bits in weights))


SHARE_NAMES = tuple(field.name for field in fields(Shares))
