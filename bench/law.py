"""Judge the file of August 2025 by the law of four days, and say which gate decided; writes docs/results/law.md.

    make bench-law

The file is synthetic, of the shape of 2025: as it was sent, and with its defects cured.
Start at `main`.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity import gates, intake, law, simulate
from comity.model.batch import Batch
from comity.model.finding import Findings
from comity.model.history import History
from comity.signing import create_signing_key, key_thumbprint, to_public_key

RESULTS = Path(__file__).parents[1] / "docs/results/law.md"
PEOPLE, REQUESTS, SEED = 20_000, 3_000, 2025
CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)
DAYS = [datetime(*day, 12, tzinfo=UTC) for day in ((2025, 8, 7), (2025, 11, 22), (2026, 2, 6), (2026, 2, 25))]


def main() -> None:
    """Judge both files on each day and write the page."""
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for shape, title in (("august-2025", "as sent"), ("august-2025-cured", "cured")):
            batch = _simulate_batch(Path(folder) / shape, shape)
            for day in DAYS:
                findings = gates.evaluate_gates(batch, law=law.load_law(), at=day, history=History())
                rows.append((f"{day:%-d %b %Y}", title, *_describe_decision(findings)))
    rows.sort(key=lambda row: [f"{day:%-d %b %Y}" for day in DAYS].index(row[0]))
    header = ("as of", "file", "decision", "decided by", "rows that no row rule refuses")
    lines = [
        "# The file of August 2025, by the law of four days",
        "",
        f"Written by `make bench-law`: a synthetic file of the shape of 2025 ({REQUESTS:,} requests, seed {SEED}), as",
        "it was sent, and with the defects of the request cured (officers, case numbers, reasons, attestations).",
        f"Law on file: fingerprint {law.load_law().fingerprint[:16]}.",
        "",
        *(_markdown_row(row) for row in (header, ("---",) * len(header), *rows)),
        "",
        "An order in force holds a batch before anything else is done with it (ADR 0004); what would refuse the file",
        "as it was sent is named after it. The denial affirmed on 24 February 2026 (O4) opened nothing the day after.",
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _simulate_batch(out: Path, shape: str) -> Batch:
    """Simulate a file and sign it as the requester would."""
    simulation = simulate.run_simulation(
        people=PEOPLE, requests=REQUESTS, seed=SEED, out=out, shape=shape, created_at=CREATED_AT
    )
    key = create_signing_key(out / "requester.key")
    intake.sign_batch(simulation.batch_folder, key)
    return intake.read_batch(simulation.batch_folder, lambda _manifest: {key_thumbprint(key): to_public_key(key)})


def _describe_decision(findings: Findings) -> tuple[str, ...]:
    """Return the decision, the rules that made it, and the number of rows that no row rule refuses."""
    passing_rows = str(int((findings.row_findings.not_met == 0).sum()))
    refusing_rules = ", ".join(f"`{finding.rule}`" for finding in findings.refusals)
    if findings.blocking_order_ids:
        refusal = f"; refused without it by {refusing_rules}" if refusing_rules else ""
        return "held", f"`r09_orders_in_force`: {', '.join(findings.blocking_order_ids)}{refusal}", passing_rows
    if refusing_rules:
        return "refused as a whole", refusing_rules, passing_rows
    return "answered, row by row", "the row rules", passing_rows


def _markdown_row(cells: tuple[Any, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
