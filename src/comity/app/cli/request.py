"""`comity request`: prepare a batch on the requester's side."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, BatchArgument
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import batch_preparation, layout_migration
from comity.app.use_cases.layout_migration import ROWS_TO_FILL, MigratedBatch
from comity.errors import EXIT_DONE, EXIT_REFUSED
from comity.gates import lint_report

PrivateKeyOption = Annotated[Path, typer.Option("--key", help="An Ed25519 private key file (PEM).")]
RequesterHomeOption = Annotated[
    Path | None, typer.Option("--home", help="A home whose own agreements and orders count too.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("request"))
    group.command("lint")(lint_request)
    group.command("migrate")(migrate_request)
    group.command("sign")(sign_request)
    group.command("keygen")(create_key)
    app.add_typer(group, name="request")


def lint_request(
    batch: BatchArgument, as_of: AsOfOption = "", home: RequesterHomeOption = None, as_json: JsonOption = False
) -> None:
    """Say what would be refused or held, by which law, and how to fix it, without any record.

    Not checked: the signature (whose key counts is the custodian's to say), and repetition (only the custodian knows
    earlier batches). Ends with 3 when something would be refused or held.

    Example: comity request lint sim/batch --as-of 2025-08-07
    """
    report = batch_preparation.lint_request(batch, home_path=home, at=clock.parse_time_or_now(as_of))
    print_result(lint_report.to_dict(report), lint_report.to_lines(report), as_json=as_json)
    raise typer.Exit(EXIT_DONE if report.is_clean else EXIT_REFUSED)


def migrate_request(
    batch: BatchArgument,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the migrated batch.")],
    home: RequesterHomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a batch in layout 1 as one in layout 2, with the columns element and proceeding.

    A code is filled in only where it can be no other: an offense with one element on file, a case number of a form
    that one kind of proceeding has. The rows left to fill in are listed in rows-to-fill.csv. Then lint and sign
    the batch, under a batch_id of its own if the old one was sent. Ends with 3 while rows are left.

    Example: comity request migrate batch --out batch-2
    """
    migrated = layout_migration.migrate_batch(batch, out, home_path=home, at=clock.now())
    result = {
        "folder": str(migrated.folder),
        "rows": migrated.row_count,
        "derived": migrated.derived_counts,
        "rows_to_fill": migrated.rows_to_fill,
        "first_rows": list(migrated.first_rows),
    }
    print_result(result, _migration_lines(migrated), as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if migrated.rows_to_fill else EXIT_DONE)


def _migration_lines(migrated: MigratedBatch) -> list[str]:
    derived = ", ".join(f"{name} in {count:,}" for name, count in migrated.derived_counts.items())
    lines = [f"{migrated.row_count:,} requests, in layout 2 in {migrated.folder}. Filled in: {derived} row(s)."]
    if not migrated.rows_to_fill:
        return [*lines, "Nothing is left to fill in. Next: comity request lint, then comity request sign."]
    first = ", ".join(map(str, migrated.first_rows)) + (
        ", ..." if migrated.rows_to_fill > len(migrated.first_rows) else ""
    )
    return [*lines, f"{migrated.rows_to_fill:,} row(s) are left to fill in: {first}; all are in {ROWS_TO_FILL}."]


def sign_request(batch: BatchArgument, key: PrivateKeyOption, as_json: JsonOption = False) -> None:
    """Write the requests file's hash into batch.json and sign it into batch.json.jws.

    Example: comity request sign batch --key requester.key
    """
    signed = batch_preparation.sign_request(batch, key)
    result = {"batch_id": signed.batch_id, "sha256": signed.sha256, "key": signed.key_thumbprint}
    print_result(result, [f"Signed batch {signed.batch_id} with key {signed.key_thumbprint}."], as_json=as_json)


def create_key(key: PrivateKeyOption, as_json: JsonOption = False) -> None:
    """Create a private key file, and its public half beside it (.pub).

    Example: comity request keygen --key requester.key
    """
    created = batch_preparation.create_key(key)
    print_result(
        {"key": created.thumbprint, "public": str(created.public_file)},
        [f"Made key {created.thumbprint}; public half in {created.public_file}."],
        as_json=as_json,
    )
