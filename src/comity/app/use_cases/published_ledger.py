"""Read a published ledger without a home: verify it, then list, count or export its entries.

Guarantees: nothing is listed from a ledger that does not verify, and nothing is read but the folder and the keys beside
it (or those that the caller names).
Start at `list_entries`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

import comity_ledger_verify as checker
from comity.app.use_cases.ledger_operations import load_log_keys, verify_folders_exist
from comity.app.use_cases.ocsf_events import format_events
from comity.errors import ComityError, LedgerError
from comity.ledger.leaf_grammar import LEAF_GRAMMAR
from comity.ledger.published_entries import EntryFilter, count_by_month, read_published_entries

OCSF_SUFFIX = ".ocsf.jsonl"
EXPORT_SUFFIXES = (".csv", ".parquet", ".json", OCSF_SUFFIX)
_MONTH_PATTERN = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class PublishedEntries:
    """Entries of a published ledger that verified, the checker's sentence about it, and what occurs nowhere in it.

    `remarks` say what the entries that are wanted cannot show.
    """

    table: pa.Table
    summary: str
    absent: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def list_entries(
    folder: Path, wanted: EntryFilter, *, vkey_file: Path | None = None, checkpoint_files: Sequence[Path] = ()
) -> PublishedEntries:
    """Return the entries of a published ledger that are wanted, once the whole ledger is verified.

    Args:
        folder: the published ledger.
        wanted: which entries.
        vkey_file: the log's verifier keys; None: those beside the folder.
        checkpoint_files: checkpoints that the caller kept: nothing below them may have been left out.

    Raises:
        ComityError: `bad_argument` when a key or a checkpoint cannot be read, or no ledger can have what is wanted.
        LedgerError: `ledger_damaged` when anything is wrong with the ledger.
    """
    verify_folders_exist(folder)
    trust = checker.TrustPolicy(load_log_keys(folder, vkey_file))
    try:
        earlier = {str(path): checker.load_file(path) for path in checkpoint_files}
    except checker.VerificationError as error:
        message = "A checkpoint that you kept could not be read."
        raise ComityError("bad_argument", message, "Name it with --checkpoint.") from error
    report = checker.check_log(folder, trust, earlier=earlier)
    if report.findings:
        message = f"The published ledger does not verify, so nothing is listed from it. First: {report.findings[0]}"
        raise LedgerError("ledger_damaged", message, "Run: comity ledger verify")
    entries = read_published_entries(folder, report.entry_count)
    _verify_filter(entries, wanted)
    return PublishedEntries(
        wanted.apply(entries),
        checker.format_summary(report),
        tuple(_find_absent(entries, wanted)),
        tuple(_find_remarks(wanted)),
    )


def _verify_filter(entries: pa.Table, wanted: EntryFilter) -> None:
    """Raise ComityError `bad_argument` with every choice that no ledger can have, and what is known."""
    causes, hints = [], []
    if wanted.kind and wanted.kind not in LEAF_GRAMMAR:
        causes.append("--kind is no kind of entry")
        hints.append(f"Kinds: {', '.join(LEAF_GRAMMAR)}.")
    if wanted.month and not _MONTH_PATTERN.fullmatch(wanted.month):
        causes.append("--month is no month of the form YYYY-MM")
        hints.append("Write a month as 2025-08.")
    if wanted.rule and wanted.rule not in (rules := _list_known_rules(entries)):
        causes.append("--rule is no rule")
        hints.append(f"Rules: {', '.join(rules)}.")
    if causes:
        message = f"{'; '.join(causes)}: no entry could be chosen so, and nothing is listed."
        raise ComityError("bad_argument", message, " ".join(hints))


def _list_known_rules(entries: pa.Table) -> list[str]:
    """Return the rules of the register, then what else entries name: why no batch could be read, and earlier rules."""
    from comity.gates.register import REGISTER  # noqa: PLC0415  takes seconds to import; only a choice by rule needs it

    named = {rule for rules in pc.unique(entries["rules"]).to_pylist() if rules for rule in rules.split(";")}
    register = [rule.id for rule in REGISTER]
    return [*register, *sorted(named - set(register))]


def _find_absent(entries: pa.Table, wanted: EntryFilter) -> Iterator[str]:
    """Yield a sentence for each agreement or order that is wanted and occurs nowhere in the ledger."""
    for name in ("agreement", "order"):
        if (value := getattr(wanted, name)) and not EntryFilter(**{name: value}).apply(entries).num_rows:
            yield f"No entry of this ledger names the {name} {value}: look for a slip in it."


def _find_remarks(wanted: EntryFilter) -> Iterator[str]:
    """Yield a sentence for each choice that a reader may take to be about single requests; no entry names their rules.

    A rule that held or refused a whole batch is named.
    """
    if wanted.rule or wanted.kind == "refusal":
        yield (
            "No entry of a ledger names the rules that refuse single requests; only holds, and refusals of whole "
            "batches, name theirs. Why a request was refused is in the column reasons of answers.csv, to whose row its "
            "entry commits."
        )


def count_entries(entries: PublishedEntries) -> list[dict[str, Any]]:
    """Return how many entries there are of each month, agreement, kind and reason."""
    return count_by_month(entries.table)


def has_several_reasons(entries: PublishedEntries, figures: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an entry is counted under more than one reason in the figures of `count_entries`."""
    counted: int = entries.table.filter(pc.not_equal(entries.table["kind"], "answer")).num_rows
    total: int = sum(figure["entries"] for figure in figures)
    return total > counted


def describe_entries(entries: PublishedEntries, *, with_answers: bool, limit: int) -> list[dict[str, Any]]:
    """Return the first entries as plain data, without what each of them does not have; answers only if wanted.

    A hold's orders are named as `held_by`, those of any other entry, which were read and stopped nothing, as
    `orders_read`.
    """
    table = entries.table
    if not with_answers:
        table = table.filter(pc.not_equal(table["kind"], "answer"))
    rows = table.slice(0, limit).drop(["month"]).to_pylist()
    return [
        {
            ({"hold": "held_by"}.get(row["kind"], "orders_read") if name == "orders" else name): value
            for name, value in row.items()
            if not (value is None or value is False or value == "")
        }
        for row in rows
    ]


def verify_is_new(out: Path) -> None:
    """Raise ComityError `output_exists` when there is a file of that name, which may be somebody's evidence."""
    if out.exists():
        raise ComityError("output_exists", "There is a file of that name, and it was left as it is.", "Name another.")


def export_entries(entries: PublishedEntries, out: Path) -> None:
    """Write entries as CSV, Parquet or JSON, or as events (OCSF), as the file's name says.

    Raises:
        ComityError: `output_exists` when there is such a file, `bad_argument` for another ending, or when the file
            cannot be written.
    """
    verify_is_new(out)
    try:
        if out.suffix == ".csv":
            pa_csv.write_csv(entries.table, out)
        elif out.suffix == ".parquet":
            pq.write_table(entries.table, out)
        elif out.suffix == ".json":
            lines = (json.dumps(row, ensure_ascii=False) for row in entries.table.to_pylist())
            out.write_text("[" + ",\n".join(lines) + "]\n", encoding="utf-8")
        elif out.name.endswith(OCSF_SUFFIX):
            with out.open("w", encoding="utf-8") as file:
                file.writelines(format_events(entries.table))
        else:
            message = f"Entries are exported as {', '.join(EXPORT_SUFFIXES)}, by the ending of the file's name."
            raise ComityError("bad_argument", message, "Name it with --out.")
    except OSError as error:
        raise ComityError("bad_argument", "The file could not be written.", "Name another with --out.") from error
