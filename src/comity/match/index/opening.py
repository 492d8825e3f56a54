"""An index opened for reading: its segments, and one database connection that works beside them, in memory.

Guarantees: nothing is written to the index; an index of another format, or whose key parts were hashed otherwise, is
refused; what is opened stays one state, whatever happens to the index meanwhile.
Start at `Index.open`.
"""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.duckdb.connection import DuckDB, connect
from comity.match.index.columns import read_arrow
from comity.match.index.keys import Hashes
from comity.match.index.layout import DESCRIPTION, STATES, State, other_version, read_state, unavailable
from comity.match.index.segment import SegmentReader, open_segment
from comity.match.index.tins import read_key
from comity.reference.nicknames import nickname_pairs, surname_pairs

NAMES = ("first_names", "surnames", "initials")
Records = npt.NDArray[np.uint64]
"""Records by number: the segment's place in the state in the upper 32 bits, the record's in the segment in the lower."""
_NUMBER = np.uint64(0xFFFFFFFF)


def hash_check(db: DuckDB) -> str:
    """A known value's hash: key parts are DuckDB hashes, whose function may change from one version to another."""
    return str(db.execute("SELECT hash('COMITY')::VARCHAR").fetchall()[0][0])


def names_that_are_one() -> dict[str, pa.Table]:
    """Pairs of names that are one name, as the tables that the levels look into."""
    pairs = {"nicknames": nickname_pairs(), "surname_spellings": surname_pairs()}
    return {name: pa.table({"one": [a for a, _ in two], "other": [b for _, b in two]}) for name, two in pairs.items()}


class Index:
    """The custodian's records, in normal form, with their blocking keys. A context manager; close it when done."""

    def __init__(self, db: DuckDB, state: State, segments: tuple[SegmentReader, ...], tin_key: bytes) -> None:
        """Use `Index.open`."""
        self.db, self.state, self.segments, self.tin_key = db, state, segments, tin_key

    @classmethod
    def open(
        cls, path: Path, *, fingerprint: str | None = None, threads: int | None = None, memory_limit: str = "4GB"
    ) -> "Index":
        """Open the index in the folder `path`, in its newest state or in the one of this fingerprint.

        Raises:
            IndexUnavailable: `index_unavailable`, it is missing or damaged, or has no such state; `index_version`,
                another version made it.
        """
        state = cls.describe(path, fingerprint=fingerprint)
        if fingerprint is not None and state.fingerprint != fingerprint:
            raise unavailable()
        segments = tuple(open_segment(path, segment) for segment in state.segments)
        key = read_key(path)
        db = connect(threads=threads, memory_limit=memory_limit)
        try:
            is_same = hash_check(db) == state.hash_check
            tables = {name: read_arrow(segments[0].folder / f"{name}.arrow") for name in NAMES}
            for name, table in (tables | names_that_are_one()).items():
                db.register("given", table)
                db.execute(f"CREATE TABLE {name} AS FROM given")
                db.unregister("given")
        except OSError as e:
            db.close()
            raise unavailable() from e
        if not is_same:
            db.close()
            raise other_version()
        return cls(db, state, segments, key)

    @staticmethod
    def describe(path: Path, *, fingerprint: str | None = None) -> State:
        """The newest state of the index in the folder `path`, or the one of this fingerprint, if there is; its records stay closed.

        Raises:
            IndexUnavailable: as `open` does.
        """
        newest = read_state(path / DESCRIPTION)
        if fingerprint is None or newest.fingerprint == fingerprint:
            return newest
        past = (read_state(file) for file in sorted((path / STATES).glob("*.json"), reverse=True))
        return next((state for state in past if state.fingerprint == fingerprint), newest)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the normalized records and the index's parameters, in hex."""
        return self.state.fingerprint

    def meet(
        self, years: Hashes, parts: dict[str, Hashes]
    ) -> tuple[npt.NDArray[np.int64], Records, npt.NDArray[np.bool_]]:
        """The candidate pairs of requests, given by tax year and the hashes of their keys' parts.

        Returns:
            The pairs' request positions, in order; their records, in order within a request; and which requests'
            address leads to more records than are followed, even with a name.
        """
        positions, records = [], []
        crowded = np.zeros(len(years), dtype=bool)
        for number, segment in enumerate(self.segments):
            pairs, hot = segment.meet(years, parts)
            positions.append((pairs >> np.uint64(32)).astype(np.int64))
            records.append((pairs & _NUMBER) | np.uint64(number << 32))
            crowded |= hot["address"] & (hot["address_surname"] | hot["address_first"])
        at, found = np.concatenate(positions), np.concatenate(records)
        if len(self.segments) > 1:
            order = np.argsort(at, kind="stable")
            at, found = at[order], found[order]
        return at, found, crowded

    def fetch(self, records: Records) -> dict[str, pa.Array]:
        """The normal form of these records, in their order (`SegmentReader.fetch`), by column."""
        return self._gathered(records, lambda segment, numbers: segment.fetch(numbers))

    def record_ids(self, records: Records) -> pa.Array:
        """The record_ids of these records."""
        made = self._gathered(
            records, lambda segment, numbers: {"record_id": pa.array(segment.record_ids(numbers), pa.string())}
        )
        return made["record_id"]

    def _gathered(
        self, records: Records, get: Callable[[SegmentReader, npt.NDArray[np.uint32]], dict[str, pa.Array]]
    ) -> dict[str, pa.Array]:
        """What `get` says of the records, segment by segment, in their order."""
        numbers = (records & _NUMBER).astype(np.uint32)
        if len(self.segments) == 1:
            return get(self.segments[0], numbers)
        at = (records >> np.uint64(32)).astype(np.int64)
        found = [get(segment, numbers[at == i]) for i, segment in enumerate(self.segments)]
        order = pa.array(np.argsort(np.argsort(at, kind="stable"), kind="stable"))
        return {name: pa.concat_arrays([f[name] for f in found]).take(order) for name in found[0]}

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
