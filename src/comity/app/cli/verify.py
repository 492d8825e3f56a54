"""`comity verify`: a batch goes in; signed answers come out, or the reason why not."""

from typing import Any

import typer

from comity.app import bootstrap, clock
from comity.app.cli.arguments import AsOf, Batch, HomeFolder, IndexFolder, KnownAsOf, Model, Out
from comity.app.cli.output import Json, notice, progress, show
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_REFUSED
from comity.match import read_model
from comity.model.finding import Finding
from comity.pipeline import HELD, Verified, verify_batch


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    batch: Batch,
    index: IndexFolder,
    home: HomeFolder,
    out: Out,
    as_of: AsOf = "",
    known_as_of: KnownAsOf = "",
    model: Model = None,
    as_json: Json = False,
) -> int:
    """Judge, compare and answer a batch; run it again after any interruption.

    Ends with 0 when answered, 3 when refused whole, 4 when held.

    Example: comity verify sim/batch --index idx --home home --as-of 2025-08-07 --out answers
    """
    moment, knew = clock.parse_replay(as_of, known_as_of)
    chosen = read_model(model) if model else None
    opened = Home.open(home)
    key = bootstrap.register_synthetic_signer(opened, batch, index)
    if key is not None:
        notice(f"Synthetic data: the signer's key {bootstrap.describe_key(key)} was registered at first use.")
    if moment is not None:
        known = "now" if knew is None else f"on {knew.isoformat()}"
        notice(
            f"A rehearsal: judged by the law as of {moment.isoformat()} as known {known}, and marked so in every answer."
        )
    with (
        bootstrap.open_gateway(opened, as_of=moment, known_as_of=knew, model=chosen) as gateway,
        progress() as report,
    ):
        verified = verify_batch(batch, gateway, index=index, out=out, report=report)
    show(_result(verified), _lines(verified), as_json=as_json)
    raise typer.Exit(_exit_code(verified))


def _exit_code(verified: Verified) -> int:
    if verified.status == HELD:
        return EXIT_HELD
    return EXIT_REFUSED if verified.is_refused_whole else EXIT_DONE


def _result(verified: Verified) -> dict[str, Any]:
    return {
        "batch_id": verified.batch_id,
        "status": "refused" if verified.is_refused_whole and verified.status != HELD else verified.status,
        "rows": verified.rows,
        "counts": dict(verified.counts),
        "uncertain_not_confirmed": verified.uncertain,
        "orders": list(verified.orders),
        "findings": [finding.as_facts() for finding in verified.findings],
        "was_answered_before": verified.was_answered_before,
    }


def _lines(verified: Verified) -> list[str]:
    if verified.status == HELD:
        by = "court order " + ", ".join(verified.orders) if verified.orders else "an open question"
        head = f"Batch {verified.batch_id}: HELD by {by}. {verified.rows:,} requests wait; nothing was looked up or released."
        return [head, *_reasons(verified.findings)]
    counts = ", ".join(f"{code} {count:,}" for code, count in verified.counts.items())
    how = "refused whole" if verified.is_refused_whole else "answered"
    again = " before; the stored answers were written again" if verified.was_answered_before else ""
    lines = [f"Batch {verified.batch_id}: {how}{again}. {verified.rows:,} requests: {counts}."]
    if verified.uncertain:
        lines.append(f"  {verified.uncertain:,} were uncertain and so not confirmed.")
    return lines + _reasons(verified.findings)


def _reasons(findings: tuple[Finding, ...]) -> list[str]:
    return [f"  {f.rule} {f.outcome.name}: {f.message} [{f.citation}]" for f in findings if f.stands_open]
