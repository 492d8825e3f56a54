"""Read a published ledger's entries as a table: one row an entry, from the folder alone.

    entry, kind, as_of, month, batch, agreement, row, rows, rules, orders, act, filing, order, step, recall, by,
    rehearsal

A hold's entry names its orders, and beside them only rules that were open: `rules` of a hold by an order has the rule
on orders in force (ORDERS_RULE) too, which follows from the orders and is no member of the entry.

An answer's entry names only its batch; its time and agreement are those of the release that follows it. `rules` and
`orders` are joined by ';'. What an entry does not have is null.

Guarantees: no more than the folder holds: commitments stay closed.
Does not: verify the folder; `comity_ledger_verify` does, and comes first.
Basis: docs/spec/ledger.md; C2SP tlog-tiles.
Start at `read_published_entries`, then `count_by_month`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from comity.tlog.merkle import TILE_WIDTH
from comity.tlog.tiles import ENTRIES_LEVEL, read_tile, unpack_bundle

ENTRIES_SCHEMA = pa.schema(
    [
        ("entry", pa.int64()),
        ("kind", pa.string()),
        ("as_of", pa.string()),
        ("month", pa.string()),
        ("batch", pa.string()),
        ("agreement", pa.string()),
        ("row", pa.int64()),
        ("rows", pa.int64()),
        ("rules", pa.string()),
        ("orders", pa.string()),
        ("act", pa.string()),
        ("filing", pa.int64()),
        ("order", pa.string()),
        ("step", pa.string()),
        ("recall", pa.string()),
        ("by", pa.string()),
        ("rehearsal", pa.bool_()),
    ]
)
ORDERS_RULE = "r09_orders_in_force"
"""The rule by which an order holds a batch; the entry of such a hold names the orders and not the rule."""
REASON_COLUMNS = ("month", "agreement", "kind", "reason", "entries", "rows")
_MONTH_LENGTH = len("2025-08")
_ENTRIES_PER_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are meant; '' where it does not matter. An entry may name other rules and orders too."""

    kind: str = ""
    agreement: str = ""
    month: str = ""
    rule: str = ""
    order: str = ""
    batch: str = ""

    def apply(self, entries: pa.Table) -> pa.Table:
        """Return the entries that are meant."""
        for name in ("kind", "agreement", "month", "batch"):
            if value := getattr(self, name):
                entries = entries.filter(pc.equal(entries[name], value))
        if self.rule:
            entries = entries.filter(_names(entries["rules"], self.rule))
        if self.order:
            is_about = pc.fill_null(pc.equal(entries["order"], self.order), fill_value=False)
            entries = entries.filter(pc.or_(is_about, _names(entries["orders"], self.order)))
        return entries


def _names(lists: pa.ChunkedArray, item: str) -> pa.ChunkedArray:
    """Mark the lists, joined by ';', that name an item."""
    enclosed = pc.binary_join_element_wise("", lists, "", ";")
    return pc.fill_null(pc.match_substring(enclosed, f";{item};"), fill_value=False)


def read_published_entries(folder: Path, size: int) -> pa.Table:
    """Return the first `size` entries of a published ledger, in order (`ENTRIES_SCHEMA`)."""
    chunks, rows = [ENTRIES_SCHEMA.empty_table()], []
    for members in _iter_described_entries(folder, size):
        rows.append(members)
        if len(rows) >= _ENTRIES_PER_CHUNK:
            chunks.append(_to_table(rows))
            rows = []
    return pa.concat_tables([*chunks, _to_table(rows)])


def _to_table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({name: [row.get(name) for row in rows] for name in ENTRIES_SCHEMA.names}, schema=ENTRIES_SCHEMA)


def _iter_described_entries(folder: Path, size: int) -> Iterator[dict[str, Any]]:
    """Yield each entry's members as the table has them; answers wait for the release that says their time."""
    waiting: list[dict[str, Any]] = []
    for entry, raw in enumerate(_iter_entries(folder, size)):
        members = json.loads(raw)
        described = _describe(entry, members)
        if members["kind"] == "answer":
            waiting.append(described)
            continue
        shared = {name: described.get(name) for name in ("as_of", "month", "agreement", "rehearsal")}
        is_release = members["kind"] == "release"
        for answer in waiting:
            yield answer | shared if is_release else answer
        waiting = []
        yield described
    yield from waiting


def _iter_entries(folder: Path, size: int) -> Iterator[bytes]:
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        yield from unpack_bundle(read_tile(folder, ENTRIES_LEVEL, index, width))


def _describe(entry: int, members: dict[str, Any]) -> dict[str, Any]:
    described = {name: members[name] for name in ENTRIES_SCHEMA.names if name in members} | {"entry": entry}
    for name in ("rules", "orders"):
        if name in members:
            described[name] = ";".join(members[name])
    if members["kind"] == "hold" and members["orders"]:
        described["rules"] = ";".join(sorted({*members["rules"], ORDERS_RULE}))
    if "as_of" in members:
        described["month"] = members["as_of"][:_MONTH_LENGTH]
    return described


def count_by_month(entries: pa.Table) -> list[dict[str, Any]]:
    """Return how many entries there are of each month, agreement, kind and reason (`REASON_COLUMNS`), and their rows.

    The reasons of a hold are its orders and open rules; of a refusal its faults; of a filing its act and step; of an
    entry about an order the order and the step. An entry with several reasons is counted under each. Rows are those of
    the batches that releases are about.
    """
    counts: dict[tuple[str, str, str, str], list[int]] = {}
    columns = ("month", "agreement", "kind", "rules", "orders", "act", "order", "step", "rows")
    for batch in entries.filter(pc.not_equal(entries["kind"], "answer")).select(columns).to_batches():
        for row in batch.to_pylist():
            for reason in _list_reasons(row):
                key = (row["month"] or "", row["agreement"] or "", row["kind"], reason)
                count = counts.setdefault(key, [0, 0])
                count[0] += 1
                count[1] += row["rows"] or 0
    return [dict(zip(REASON_COLUMNS, (*key, *counts[key]), strict=True)) for key in sorted(counts)]


def _list_reasons(row: dict[str, Any]) -> list[str]:
    if row["kind"] in {"hold", "refusal"}:
        orders, rules = ([item for item in (row[name] or "").split(";") if item] for name in ("orders", "rules"))
        return [*orders, *(rule for rule in rules if not orders or rule != ORDERS_RULE)] or [""]
    return [" ".join(part for part in (row["act"], row["order"], row["step"]) if part)]
