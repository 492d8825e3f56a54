"""`comity verify`: a batch goes in; signed answers come out, or the reason why not."""

from typing import Any

import typer

from comity.app import clock
from comity.app.cli.arguments import (
    AsOfOption,
    BatchArgument,
    IndexOption,
    KnownAsOfOption,
    ModelOption,
    NewHomeOption,
    OutOption,
)
from comity.app.cli.output import JsonOption, announcing_new_home, print_notice, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases.batch_verification import (
    BatchPaths,
    RehearsalTimes,
    register_first_signer,
    verify_batch_folder,
)
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_REFUSED
from comity.model.finding import Finding
from comity.pipeline import GATES_ONLY, NOT_LOOKED_UP, BatchResult
from comity.store.batches import HELD

_KEY_ID_LENGTH = 16  # of a thumbprint's 43 characters: short enough to read aloud


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_batch)


def verify_batch(
    batch: BatchArgument,
    index: IndexOption,
    home: NewHomeOption,
    out: OutOption,
    as_of: AsOfOption = "",
    known_as_of: KnownAsOfOption = "",
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> int:
    """Judge, compare and answer a batch; run it again after any interruption.

    Ends with 0 when answered, 3 when refused whole, 4 when held. With --as-of it is a rehearsal (ADR 0005): marked so
    in every file, apart from the home's ledger, and answered only if every record is synthetic; of other records it
    says what the gates say, and looks nothing up. The batch can still be answered in earnest.

    Example: comity verify sim/batch --index idx --home home --as-of 2025-08-07 --out answers
    """
    applies_at, known_at = clock.parse_replay_times(as_of, known_as_of)
    rehearsal = None if applies_at is None else RehearsalTimes(applies_at, known_at)
    paths = BatchPaths(batch, index, out)
    with announcing_new_home(home):
        thumbprint = register_first_signer(home, paths)
    if thumbprint is not None:
        key_id = thumbprint[:_KEY_ID_LENGTH]
        print_notice(f"Synthetic data: the signer's key {key_id} was registered at first use.")
    if rehearsal is not None:
        known_time = "now" if rehearsal.known_as_of is None else f"on {rehearsal.known_as_of.isoformat()}"
        print_notice(
            f"A rehearsal: judged by the law as of {rehearsal.as_of.isoformat()} as known {known_time}, "
            "marked so in every file, and not for use."
        )
    with progress_bars() as progress:
        result = verify_batch_folder(home, paths, rehearsal=rehearsal, model_file=model, progress=progress)
    print_result(_result_to_dict(result), _format_result(result), as_json=as_json)
    raise typer.Exit(_exit_code(result))


def _exit_code(result: BatchResult) -> int:
    if result.status == HELD:
        return EXIT_HELD
    return EXIT_REFUSED if result.is_batch_refused else EXIT_DONE


def _result_to_dict(result: BatchResult) -> dict[str, Any]:
    return {
        "batch_id": result.batch_id,
        "status": "refused" if result.is_batch_refused and result.status != HELD else result.status,
        "rows": result.row_count,
        "counts": dict(result.counts_by_code),
        "uncertain_not_confirmed": result.review_count,
        "orders": list(result.blocking_order_ids),
        "findings": [finding.to_dict() for finding in result.findings],
        "was_answered_before": result.was_answered_before,
        "rehearsal": result.is_rehearsal,
    }


def _format_result(result: BatchResult) -> list[str]:
    if result.status == GATES_ONLY:
        refused, eligible = (result.counts_by_code[name] for name in ("REFUSED", NOT_LOOKED_UP))
        return [
            f"Batch {result.batch_id}: {refused:,} requests would be refused, and {eligible:,} looked up.",
            "  Nothing was looked up or written: the records are not marked synthetic, and this is a rehearsal.",
            *_format_findings(result.findings),
        ]
    if result.status == HELD:
        orders = ", ".join(result.blocking_order_ids)
        cause = f"court order {orders}" if orders else "an open question"
        done = "nothing was determined" if result.was_compared else "nothing was looked up"
        head = (
            f"Batch {result.batch_id}: HELD by {cause}. "
            f"{result.row_count:,} requests wait; {done}, and no answers were written."
        )
        flags = ["  Rows that their own words flag, if any: comity flags list BATCH --home HOME"]
        hint = [] if orders or result.was_compared else flags
        told = "  Tell the requester: it learns of a hold from you alone."
        told += "" if result.was_compared else " Run this again when the hold is over."
        return [head, *_format_findings(result.findings), *hint, told]
    counts = ", ".join(f"{code} {count:,}" for code, count in result.counts_by_code.items())
    status = "refused whole" if result.is_batch_refused else "answered"
    status += " in a rehearsal" if result.is_rehearsal else ""
    repeated = " before; the stored answers were written again" if result.was_answered_before else ""
    lines = [f"Batch {result.batch_id}: {status}{repeated}. {result.row_count:,} requests: {counts}."]
    if result.review_count:
        lines.append(f"  {result.review_count:,} were uncertain and so not confirmed.")
    return lines + _format_findings(result.findings)


def _format_findings(findings: tuple[Finding, ...]) -> list[str]:
    return [f"  {f.rule} {f.outcome.name}: {f.message} [{f.citation}]" for f in findings if f.is_blocking]
