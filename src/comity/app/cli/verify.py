"""`comity verify`: a batch goes in; signed answers come out, or the reason why not."""

from typing import Any

import typer

from comity.app import bootstrap, clock
from comity.app.cli.arguments import (
    AsOfOption,
    BatchArgument,
    HomeOption,
    IndexOption,
    KnownAsOfOption,
    ModelOption,
    OutOption,
)
from comity.app.cli.output import JsonOption, print_notice, print_result, progress_bars
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_REFUSED
from comity.match import read_model
from comity.model.finding import Finding
from comity.pipeline import BatchResult, verify_batch
from comity.store.batches import HELD


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(run)


def run(
    batch: BatchArgument,
    index: IndexOption,
    home: HomeOption,
    out: OutOption,
    as_of: AsOfOption = "",
    known_as_of: KnownAsOfOption = "",
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> int:
    """Judge, compare and answer a batch; run it again after any interruption.

    Ends with 0 when answered, 3 when refused whole, 4 when held.

    Example: comity verify sim/batch --index idx --home home --as-of 2025-08-07 --out answers
    """
    moment, knew = clock.parse_replay_times(as_of, known_as_of)
    chosen = read_model(model) if model else None
    opened = Home.open(home)
    key = bootstrap.register_synthetic_signer(opened, batch, index)
    if key is not None:
        print_notice(f"Synthetic data: the signer's key {bootstrap.short_key_id(key)} was registered at first use.")
    if moment is not None:
        known = "now" if knew is None else f"on {knew.isoformat()}"
        print_notice(
            f"A rehearsal: judged by the law as of {moment.isoformat()} as known {known}, and marked so in every answer."
        )
    with (
        bootstrap.open_gateway(opened, as_of=moment, known_as_of=knew, model=chosen) as gateway,
        progress_bars() as report,
    ):
        verified = verify_batch(batch, gateway, index=index, out=out, progress=report)
    print_result(_verification_to_dict(verified), _format_verification(verified), as_json=as_json)
    raise typer.Exit(_exit_code(verified))


def _exit_code(verified: BatchResult) -> int:
    if verified.status == HELD:
        return EXIT_HELD
    return EXIT_REFUSED if verified.is_batch_refused else EXIT_DONE


def _verification_to_dict(verified: BatchResult) -> dict[str, Any]:
    return {
        "batch_id": verified.batch_id,
        "status": "refused" if verified.is_batch_refused and verified.status != HELD else verified.status,
        "rows": verified.row_count,
        "counts": dict(verified.counts_by_code),
        "uncertain_not_confirmed": verified.review_count,
        "orders": list(verified.blocking_order_ids),
        "findings": [finding.to_dict() for finding in verified.findings],
        "was_answered_before": verified.was_answered_before,
    }


def _format_verification(verified: BatchResult) -> list[str]:
    if verified.status == HELD:
        by = (
            "court order " + ", ".join(verified.blocking_order_ids)
            if verified.blocking_order_ids
            else "an open question"
        )
        head = f"Batch {verified.batch_id}: HELD by {by}. {verified.row_count:,} requests wait; nothing was looked up or released."
        return [head, *_format_findings(verified.findings)]
    counts = ", ".join(f"{code} {count:,}" for code, count in verified.counts_by_code.items())
    how = "refused whole" if verified.is_batch_refused else "answered"
    again = " before; the stored answers were written again" if verified.was_answered_before else ""
    lines = [f"Batch {verified.batch_id}: {how}{again}. {verified.row_count:,} requests: {counts}."]
    if verified.review_count:
        lines.append(f"  {verified.review_count:,} were uncertain and so not confirmed.")
    return lines + _format_findings(verified.findings)


def _format_findings(findings: tuple[Finding, ...]) -> list[str]:
    return [f"  {f.rule} {f.outcome.name}: {f.message} [{f.citation}]" for f in findings if f.is_blocking]
