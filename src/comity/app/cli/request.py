"""`comity request`: prepare a batch on the requester's side, and check what was answered."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, BatchArgument, verify_exists
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_result
from comity.app.pages.number_format import count_things
from comity.app.use_cases import batch_build, batch_preparation, batch_template, layout_migration, received_answers
from comity.app.use_cases.batch_build import BuiltRequests, TableChoices
from comity.app.use_cases.layout_migration import ROWS_TO_FILL, MigratedBatch
from comity.app.use_cases.received_answers import AnswersBesideRows
from comity.errors import EXIT_DONE, EXIT_REFUSED, ComityError
from comity.gates import lint_report

_MAX_FAULTS_LISTED, _MAX_REPEATS_LISTED = 20, 5

PrivateKeyOption = Annotated[Path, typer.Option("--key", help="An Ed25519 private key file (PEM).")]
RequesterHomeOption = Annotated[
    Path | None, typer.Option("--home", help="A home whose own agreements and orders count too.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("request"))
    group.command("init")(write_template)
    group.command("build")(build_requests)
    group.command("lint")(lint_request)
    group.command("migrate")(migrate_request)
    group.command("sign")(sign_request)
    group.command("keygen")(create_key)
    group.command("answers")(read_answers)
    app.add_typer(group, name="request")


def write_template(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The id of an agreement on file.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the batch.")],
    home: RequesterHomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a new batch folder to fill in, with a page that explains each field and lists what the agreement takes.

    The page lists the agreement's authorities, offices and attestations, and the codes of elements and proceedings.
    What the signer vouches for is left empty. Fill in batch.json, and your requests in requests.xlsx, a workbook with
    lists to choose from, or in a table of your own. Then build, lint and sign the batch.

    Example: comity request init irs-ice-2025 --out batch
    """
    written = batch_template.write_batch_template(agreement, out, home_path=home, at=clock.now())
    page = written.folder / batch_template.PAGE_NAME
    result = {"folder": str(written.folder), "agreement": written.agreement, "to_fill": list(written.to_fill)}
    lines = [
        f"A batch under {written.agreement} to fill in is in {written.folder}; {page} explains each field.",
        f"Fill in {', '.join(written.to_fill)} of batch.json, and your requests in requests.xlsx or your own table.",
        "Next: comity request build TABLE --batch BATCH, then comity request lint and comity request sign.",
    ]
    print_result(result, lines, as_json=as_json)


def build_requests(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE",
            help="Your table: a workbook (.xlsx), delimited text, or NIEM 6 in JSON.",
            callback=verify_exists,
        ),
    ],
    batch: Annotated[
        Path, typer.Option("--batch", help="The batch folder, as comity request init wrote it.", callback=verify_exists)
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="Which of your columns is which of ours: OURS=YOURS, in quotes where a name has a space. "
            "May be repeated.",
        ),
    ] = None,
    dates: Annotated[
        str,
        typer.Option(
            "--dates",
            help="How days such as 03/04/2025 are meant: month-first or day-first. Of dots: month-first,dots=day-first",
        ),
    ] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="The sheet with the requests, if several have anything.")] = "",
    hidden_rows: Annotated[
        str, typer.Option("--hidden-rows", help="Rows that a filter or you have hidden: take or leave-out.")
    ] = "ask",
    home: RequesterHomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the batch's requests.csv from your own table, or say all that must be corrected in it.

    Columns are found by usual names; columns.csv in the batch folder shows which was taken for which, and can be
    changed. What a spreadsheet program lost is refused with its row: digits of 1.23E+08, a date that could be two days,
    a formula. Every row that is not blank is one request; blank rows are counted. When anything must be corrected, all
    of it is in to-correct.csv, requests.csv is left as it was, and the command ends with 3.

    Example: comity request build cases.xlsx --batch batch --dates month-first --column officer_id=Agent
    """
    choices = TableChoices(_parse_columns(column or []), dates, sheet, hidden_rows)
    built = batch_build.build_requests(table, batch, choices, home_path=home)
    print_result(_built_document(built), _built_lines(built), as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if built.faults else EXIT_DONE)


def _parse_columns(pairs: list[str]) -> dict[str, str]:
    if not all("=" in pair for pair in pairs):
        raise ComityError("bad_argument", "What --column says has no = in it.", "Write --column OURS=YOURS.")
    return {ours.strip(): yours.strip() for ours, _, yours in (pair.partition("=") for pair in pairs)}


def _built_document(built: BuiltRequests) -> dict[str, object]:
    converted = built.converted
    return {
        "folder": str(built.folder),
        "rows": len(built.sheet.rows),
        "requests": 0 if built.faults else converted.requests.num_rows,
        "blank_rows": built.sheet.blank_rows,
        "columns": converted.columns,
        "unused_columns": list(converted.unused_columns),
        "changes": converted.changes,
        "repeats": [list(rows) for rows in converted.repeats],
        "notes": [*built.sheet.notes, *converted.notes],
        "to_correct": [
            {"row": f.row, "letter": f.letter, "column": f.column, "finding": f.message, "to_do": f.to_do}
            for f in built.faults
        ],
    }


def _built_lines(built: BuiltRequests) -> list[str]:
    converted = built.converted
    taken = ", ".join(f"{ours} from {yours}" for ours, yours in converted.columns.items())
    lines = [*built.sheet.notes, *converted.notes, f"Columns: {taken or 'none'}."]
    if converted.unused_columns:
        lines.append(f"Columns that are not used: {', '.join(converted.unused_columns)}.")
    lines += [f"{count:,} {change}." for change, count in converted.changes.items()]
    if not converted.has_own_ids:
        lines.append("There is no column of request ids: each request is named row-N after its row in your table.")
    lines.append(
        f"{len(built.sheet.rows):,} rows with requests; {built.sheet.blank_rows:,} blank rows are not requests."
    )
    for rows in converted.repeats[:_MAX_REPEATS_LISTED]:
        lines.append(
            f"Rows {', '.join(map(str, rows))} ask the same, each as a request of its own. Delete all but one."
        )
    if (left := len(converted.repeats) - _MAX_REPEATS_LISTED) > 0:
        lines.append(f"{left:,} more sets of rows ask the same; --json lists them.")
    if not built.faults:
        lines.append(f"{converted.requests.num_rows:,} requests are in {built.folder / batch_build.REQUESTS_NAME}.")
        again = " The batch was signed before: sign it again." if built.is_signed else ""
        return [*lines, f"Next: comity request lint, then comity request sign.{again}"]
    things = count_things(len(built.faults), "thing")
    lines += ["", f"Nothing was written to requests.csv: {things} must be corrected first."]
    for fault in built.faults[:_MAX_FAULTS_LISTED]:
        where = f"row {fault.row}" if fault.row else "the table"
        where += f", column {fault.letter}" if fault.letter else ""
        where += f" ({fault.column})" if fault.column else ""
        lines.append(f"  {where}: {fault.message} {fault.to_do}")
    return [*lines, f"All of them are in {built.folder / batch_build.FAULTS_NAME}."]


def lint_request(
    batch: BatchArgument,
    as_of: AsOfOption = "",
    home: RequesterHomeOption = None,
    findings: Annotated[
        Path | None,
        typer.Option("--findings", help="A CSV file of every finding: row, request_id, column, rule, what to do."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say all that would be refused or held, by which law, and how to fix it, without any record.

    It also says when the batch is not signed, or was changed after it was signed. Not checked: whose key counts (the
    custodian says), and repetition (only the custodian knows earlier batches). Ends with 3 when something would be
    refused or held.

    Example: comity request lint sim/batch --as-of 2025-08-07
    """
    at = clock.parse_time_or_now(as_of)
    report = batch_preparation.lint_request(batch, home_path=home, at=at, findings_file=findings)
    lines = lint_report.to_lines(report)
    if findings is not None:
        lines += ["", f"Every finding, with its row and what to do, is in {findings}."]
    result = lint_report.to_dict(report) | ({} if findings is None else {"findings": str(findings)})
    print_result(result, lines, as_json=as_json)
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
    lines = [
        f"Signed batch {signed.batch_id} with key {signed.key_thumbprint}. Nothing was judged.",
        f"Before you send it, see what would be refused or held: comity request lint {batch}",
    ]
    result = {"batch_id": signed.batch_id, "sha256": signed.sha256, "key": signed.key_thumbprint}
    print_result(result, lines, as_json=as_json)


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


def read_answers(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The answers as they were delivered.", callback=verify_exists)
    ],
    batch: Annotated[Path, typer.Option("--batch", help="The batch folder as it was sent.", callback=verify_exists)],
    out: Annotated[
        Path | None, typer.Option("--out", help="A new CSV file; default: answered.csv in the batch folder.")
    ] = None,
    keys: Annotated[
        Path, typer.Option("--keys", help="The file that keeps the custodian's keys after the first delivery.")
    ] = Path("custodian-keys.json"),
    answers_key: Annotated[
        str, typer.Option("--answers-key", help="The first time: the thumbprint of the custodian's key for answers.")
    ] = "",
    log_key: Annotated[
        str, typer.Option("--log-key", help="The first time: the verifier key of the custodian's log, or its file.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Check delivered answers, and lay them beside your own rows in one CSV file.

    Checked are the signatures of answers.json and of the letter, the hashes of answers.csv and of the letter's text,
    the receipt with its checkpoint, and that your batch is what was answered. Ends with 5, and writes nothing, when
    anything is wrong.
    The custodian's keys are given once and kept in the file of --keys; a delivery under another key is an error.

    Example: comity request answers answers --batch batch --keys custodian-keys.json
    """
    laid = received_answers.lay_answers_beside(
        folder, batch, out=out or batch / "answered.csv", keys_file=keys, answers_key=answers_key, log_key=log_key
    )
    result = {
        "batch_id": laid.batch_id,
        "rows": laid.row_count,
        "counts": laid.counts,
        "synthetic": laid.is_synthetic,
        "out": str(laid.out),
        "answers_key": laid.keys.answers_key,
        "keys": str(keys),
        "first_use": laid.is_first_use,
    }
    print_result(result, _answers_lines(laid, keys), as_json=as_json)


def _answers_lines(laid: AnswersBesideRows, keys: Path) -> list[str]:
    counts = ", ".join(f"{code} {count:,}" for code, count in laid.counts.items())
    lines = [
        f"The answers to batch {laid.batch_id} are what the custodian released to this batch.",
        f"{laid.row_count:,} rows, each with its answer, in {laid.out}: {counts}.",
    ]
    if laid.is_synthetic:
        lines.append("Synthetic: the batch says that every person in it is made up.")
    if laid.is_first_use:
        lines.append(f"The custodian's keys are kept in {keys}; later deliveries are checked against them alone.")
    return lines
