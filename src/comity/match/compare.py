"""Compare a batch of requests with an index: normalize, block, compare, score.

Guarantees: one row of evidence per request, in the order of `row`; a request's evidence depends on that request, the
index and the model alone, not on the batch, its order or the number of threads. Cost follows the batch: of the index,
only what the keys lead to is read.
Start at `compare`.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.asking import Asked, ask
from comity.match.index.opening import Index, Records
from comity.match.index.segment import FEW
from comity.match.levels import COMPARISONS, among
from comity.match.model import Model, load_model
from comity.match.pairs import Levels, levels_of
from comity.match.scoring import Scores, calibrated, score
from comity.model.evidence import EVIDENCE
from comity.model.progress import Progress, silent

GIVEN_AGREES = ("exact", "swapped", "initial", "nickname", "middle", "near", "similar")
SURNAME_AGREES = ("exact", "swapped", "part", "near", "similar")
NUMBER_AGREES = ("exact", "near")
STREET_AGREES = ("exact", "near")
UNIT_AGREES = ("none", "exact", "missing")
PLACE_AGREES = ("zip", "near_zip", "city")
NO_EVIDENCE = -100.0
"""The weight of a request that no record shares an address with."""
_TYPES = {field.name: field.type for field in EVIDENCE}
_KINDS = {name: kind.to_pandas_dtype() for name, kind in _TYPES.items()}
_OF_BEST = set(EVIDENCE.names) - {"row", "request_id", "record_id", "is_crowded", "match_probability"}
"""What `evidence` says of a request's likeliest record."""
SLICE = 200_000
"""Candidate pairs that are compared at a time, more where one request has more."""


def evidence(levels: Levels, scores: Scores, model: Model) -> dict[str, npt.NDArray[Any]]:
    """What the likeliest record of each request says of it."""
    best = {name: levels[name][scores.best] for name in ("row", "record", "address_known", *COMPARISONS)}

    def reaches(comparison: str, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        return among(comparison, *names)[best[comparison]]

    near = reaches("number", ("near",)) & reaches("street", ("near",))
    return {
        "row": best["row"],
        "record": best["record"],
        "match_weight": calibrated(scores.raw_weight, model),
        "candidate_pairs": scores.pairs,
        "address_agrees": reaches("number", NUMBER_AGREES) & reaches("street", STREET_AGREES) & ~near
        & reaches("unit", UNIT_AGREES) & reaches("place", PLACE_AGREES),
        "number_is_exact": reaches("number", ("exact",)),
        "address_known": best["address_known"],
        "given_name_agrees": reaches("given", GIVEN_AGREES),
        "surname_agrees": reaches("surname", SURNAME_AGREES),
        "rival_probability": scores.rival_probability,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meeting:
    """Requests in normal form, in order of address, the records each meets, and which addresses are crowded.

    `positions` in `asked` and `records` are the candidate pairs, in order of request.
    """

    asked: Asked
    positions: npt.NDArray[np.int64]
    records: Records
    crowded: npt.NDArray[np.bool_]

    def slices(self) -> Iterator[slice]:
        """The pairs in slices of about `SLICE`, cut between requests."""
        start = 0
        while start < len(self.positions):
            until = min(start + SLICE, len(self.positions))
            if until < len(self.positions):
                until = int(np.searchsorted(self.positions, self.positions[until - 1], side="right"))
            yield slice(start, until)
            start = until


def meet(index: Index, requests: pa.Table) -> Meeting:
    """Bring the requests to normal form, and find the records that share an address with each."""
    return block(index, ask(index, requests))


def block(index: Index, asked: Asked) -> Meeting:
    """Find the records that share an address with each request."""
    return Meeting(asked, *index.meet(asked.years, asked.parts))


def make_levels(index: Index, requests: pa.Table) -> Levels:
    """The levels of all candidate pairs at once: requests in order of address, records in order of number."""
    meeting = meet(index, requests)
    return levels_of(index, meeting.asked, meeting.positions, meeting.records)


def compare(
    index: Index,
    requests: pa.Table,
    *,
    threads: int | None = None,
    model: Model | None = None,
    progress: Progress = silent,
) -> pa.Table:
    """Evidence for each request: the likeliest record, how likely it is, and what agrees.

    `requests` has the columns of `comity.model.batch.REQUESTS`, or at least row, request_id, tax_year, an address and
    names; a request is compared with the records of its tax year only. The result has the schema `EVIDENCE`.
    """
    meeting = meet(index, requests)
    found = weigh(index, meeting, model or load_model(), threads, progress)
    is_large = len(requests) >= FEW  # it touches gigabytes of the index: of the columns first, then of the record_ids
    if is_large:
        index.let_go()
    made = _complete(index, requests, meeting, found)
    if is_large:
        index.let_go()
    return made


def weigh(
    index: Index, meeting: Meeting, model: Model, threads: int | None = None, progress: Progress = silent
) -> list[dict[str, npt.NDArray[Any]]]:
    """Compare and score every candidate pair, a slice at a time on each thread, so that memory is bounded."""

    def one(part: slice) -> dict[str, npt.NDArray[Any]]:
        levels = levels_of(index, meeting.asked, meeting.positions[part], meeting.records[part])
        return evidence(levels, score(levels, model), model)

    parts = list(meeting.slices())
    found = []
    with ExitStack() as stack:
        each: Callable[..., Iterator[dict[str, npt.NDArray[Any]]]] = (
            map  # starting threads for one slice would take longer than the slice
        )
        if len(parts) > 1:
            each = stack.enter_context(ThreadPoolExecutor(threads or os.cpu_count() or 1)).map
        for part, made in zip(parts, each(one, parts), strict=True):
            found.append(made)
            progress("look up", part.stop / len(meeting.positions))
    return found


def _complete(index: Index, requests: pa.Table, meeting: Meeting, found: list[dict[str, npt.NDArray[Any]]]) -> pa.Table:
    """One row of evidence per request in order of `row`: what was found, or that nothing was."""
    rows = requests.column("row").to_numpy()
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    columns: dict[str, npt.NDArray[Any]] = {"row": rows, "is_crowded": np.zeros(len(rows), dtype=bool)}
    columns["is_crowded"][np.searchsorted(rows, meeting.asked.rows)] = meeting.crowded
    best = {name: np.concatenate([f[name] for f in found]) for name in found[0]} if found else {}
    at = np.searchsorted(rows, best["row"]) if found else np.empty(0, np.int64)
    for name in _OF_BEST:
        none = NO_EVIDENCE if name == "match_weight" else 0
        columns[name] = np.full(len(rows), none, dtype=_KINDS[name])
        if found:
            columns[name][at] = best[name]
    weight = columns["match_weight"]
    columns["match_probability"] = np.where(weight == NO_EVIDENCE, 0.0, 1 / (1 + np.exp2(-weight)))
    columns["record_id"] = np.full(len(rows), None, dtype=object)
    if found:
        columns["record_id"][at] = index.record_ids(best["record"])
    arrays = {name: pa.array(values, _TYPES[name]) for name, values in columns.items()}
    arrays["request_id"] = requests.column("request_id").take(pa.array(order)).cast(pa.string())
    return pa.Table.from_arrays([arrays[name] for name in EVIDENCE.names], schema=EVIDENCE)
