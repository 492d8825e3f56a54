"""Compare a batch of requests with an index: normalize, block, compare, score.

Guarantees: one row of evidence per request, in the order of `row`; a request's evidence depends on that request, the
index and the model alone, not on the batch, its order or the number of threads. Cost follows the batch: of the index,
only what the keys lead to is read.
Start at `compare`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.levels import COMPARISONS, TYPICAL_INITIAL, numbers_of
from comity.match.duckdb.normalize import normalize
from comity.match.duckdb.text import IS_FOREIGN, TEXT
from comity.match.index.frequencies import RAREST
from comity.match.index.lexicons import ALL_PARTS, part_hash
from comity.match.index.opening import Index, Records
from comity.match.index.tins import tin_hashes, tin_number
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
SLICE = 400_000
"""Candidate pairs that are compared at a time, more where one request has more."""


def raw_requests(requests: str, columns: frozenset[str]) -> str:
    """The columns of the requests that matching reads, tax year and taxpayer number as numbers."""
    text = ", ".join(c if c in columns else f"NULL::VARCHAR AS {c}" for c in TEXT)
    tin = tin_number("tin") if "tin" in columns else "NULL::UINTEGER"
    return f"""
        SELECT *, {IS_FOREIGN} AS is_foreign
        FROM (SELECT row, request_id, try_cast(tax_year AS USMALLINT) AS tax_year, {tin} AS tin, {text} FROM {requests})"""


def asked(people: str, first_names: str, surnames: str, initials: str) -> str:
    """The requests in normal form, in order of address, as records lie, with how frequent their names are and the hashes of their keys' parts.

    A name that nobody is known to bear is as rare as the rarest.
    """
    return f"""
        SELECT p.*, coalesce(f.frequency, {RAREST})::FLOAT AS first_frequency,
            coalesce(s.frequency, {RAREST})::FLOAT AS surname_frequency,
            coalesce(m.frequency, -{TYPICAL_INITIAL})::FLOAT AS middle_frequency, {", ".join(map(part_hash, ALL_PARTS))}
        FROM {people} p LEFT JOIN {first_names} f ON f.name = p.first LEFT JOIN {surnames} s ON s.name = p.surname
        LEFT JOIN {initials} m ON m.name = left(p.middle, 1) ORDER BY zip, street, number, row"""


def evidence(levels: Levels, scores: Scores, model: Model) -> dict[str, npt.NDArray[Any]]:
    """What the likeliest record of each request says of it."""
    best = {name: levels[name][scores.best] for name in ("row", "record", "address_known", *COMPARISONS)}

    def reaches(comparison: str, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        return np.isin(best[comparison], numbers_of(comparison, names))

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

    asked: pa.Table
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


def meet(db: DuckDB, index: Index, requests: pa.Table) -> Meeting:
    """Bring the requests to normal form, and find the records that share an address with each."""
    db.register("requests", requests)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE raw_requests AS {raw_requests('requests', frozenset(requests.column_names))}"
    )
    db.unregister("requests")
    normalize(db, "raw_requests")
    table = db.sql(asked("people", "first_names", "surnames", "initials")).to_arrow_table().combine_chunks()
    db.execute("DROP TABLE temp.people")
    tins = tin_hashes(index.tin_key, table.column("tin").fill_null(0).to_numpy())
    table = table.set_column(table.column_names.index("tin"), "tin", pa.array(tins, mask=tins == 0))
    hashed = {part: table.column(f"h_{part}").to_numpy() for part in ALL_PARTS}
    years = table.column("tax_year").fill_null(0).to_numpy().astype(np.uint64)
    return Meeting(table, *index.meet(years, hashed))


def make_levels(db: DuckDB, index: Index, requests: pa.Table) -> Levels:
    """The levels of all candidate pairs at once, in order of request and record."""
    meeting = meet(db, index, requests)
    return levels_of(db, index, meeting.asked, meeting.positions, meeting.records)


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
    chosen = model or load_model()
    db = index.db.cursor()
    try:
        if threads is not None:
            db.execute(f"SET threads = {int(threads)}")
        meeting = meet(db, index, requests)
        found = weigh(index, db, meeting, chosen, progress)
        return _complete(index, requests, meeting, found)
    finally:
        db.close()


def weigh(
    index: Index, db: DuckDB, meeting: Meeting, model: Model, progress: Progress = silent
) -> list[dict[str, npt.NDArray[Any]]]:
    """Compare and score every candidate pair, a slice at a time, so that memory is bounded."""
    found = []
    for part in meeting.slices():
        levels = levels_of(db, index, meeting.asked, meeting.positions[part], meeting.records[part])
        found.append(evidence(levels, score(levels, model), model))
        progress("look up", part.stop / len(meeting.positions))
    return found


def _complete(index: Index, requests: pa.Table, meeting: Meeting, found: list[dict[str, npt.NDArray[Any]]]) -> pa.Table:
    """One row of evidence per request in order of `row`: what was found, or that nothing was."""
    rows = requests.column("row").to_numpy()
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    columns: dict[str, npt.NDArray[Any]] = {"row": rows, "is_crowded": np.zeros(len(rows), dtype=bool)}
    columns["is_crowded"][np.searchsorted(rows, meeting.asked.column("row").to_numpy())] = meeting.crowded
    best = {name: np.concatenate([f[name] for f in found]) for name in found[0]} if found else {}
    at = np.searchsorted(rows, best["row"]) if found else np.empty(0, np.int64)
    for name in set(EVIDENCE.names) - {"row", "request_id", "record_id", "is_crowded", "match_probability"}:
        none = NO_EVIDENCE if name == "match_weight" else 0
        columns[name] = np.full(len(rows), none, dtype=EVIDENCE.field(name).type.to_pandas_dtype())
        if found:
            columns[name][at] = best[name]
    weight = columns["match_weight"]
    columns["match_probability"] = np.where(weight == NO_EVIDENCE, 0.0, 1 / (1 + np.exp2(-weight)))
    columns["record_id"] = np.full(len(rows), None, dtype=object)
    if found:
        columns["record_id"][at] = index.record_ids(best["record"]).to_numpy(zero_copy_only=False)
    arrays = {name: pa.array(columns[name], EVIDENCE.field(name).type) for name in columns}
    arrays["request_id"] = requests.column("request_id").take(pa.array(order))
    return pa.table({name: arrays[name] for name in EVIDENCE.names}).cast(EVIDENCE)
