"""`comity client`: send a batch to a custodian's service, follow or withdraw it, fetch and verify answers, and more."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import BatchArgument, OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.service_client import ServiceClient
from comity.app.use_cases import client_batches
from comity.app.use_cases.received_answers import choose_custodian_keys
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_REFUSED
from comity.signing import load_private_key

UrlOption = Annotated[str, typer.Option("--url", help="The service's URL, such as https://comity.agency.example")]
ClientKeyOption = Annotated[
    Path, typer.Option("--key", help="The system's private key, which the custodian has on file.")
]
CaOption = Annotated[Path | None, typer.Option("--ca", help="Certificates (PEM) to trust in place of the machine's.")]
BatchIdArgument = Annotated[str, typer.Argument(metavar="BATCH_ID", help="The batch's id, as in batch.json.")]

_EXIT_CODES = {"answered": EXIT_DONE, "refused": EXIT_REFUSED}


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("client"))
    group.command("submit")(submit_batch)
    group.command("follow")(follow_batch)
    group.command("fetch")(fetch_answers)
    group.command("verify")(verify_answers)
    group.command("withdraw")(withdraw_batch)
    group.command("acknowledge")(acknowledge_recall)
    app.add_typer(group, name="client")


def submit_batch(
    batch: BatchArgument, url: UrlOption, key: ClientKeyOption, ca: CaOption = None, as_json: JsonOption = False
) -> None:
    """Send a signed batch to a service and submit it; run again after an interruption, it sends what is missing.

    Example: comity client submit batch --url https://comity.agency.example --key system.key
    """
    submitted = client_batches.submit_folder(_open_client(url, key, ca), batch)
    result = {"batch_id": submitted.batch_id, "operation": submitted.operation}
    line = f"Batch {submitted.batch_id} is submitted; {submitted.sent_parts} of {submitted.part_count} parts were sent."
    print_result(result, [line, f"Next: comity client follow {submitted.batch_id}"], as_json=as_json)


def follow_batch(
    batch_id: BatchIdArgument,
    url: UrlOption,
    key: ClientKeyOption,
    ca: CaOption = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0, help="How long to wait for the end.")] = 3600.0,
    as_json: JsonOption = False,
) -> None:
    """Follow a batch until the service is done with it. Ends with 0 when answered, 3 when refused, 4 otherwise.

    Example: comity client follow B-2026-001 --url https://comity.agency.example --key system.key
    """
    client = _open_client(url, key, ca)
    batch = client_batches.follow_batch(client, batch_id, seconds=seconds, report=print_notice)
    print_result(batch, [f"Batch {batch_id}: {batch['state']}."], as_json=as_json)
    raise typer.Exit(_EXIT_CODES.get(str(batch["state"]), EXIT_HELD))


def fetch_answers(
    batch_id: BatchIdArgument,
    url: UrlOption,
    key: ClientKeyOption,
    out: OutOption,
    ca: CaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the answers of a batch into a new folder. Verify them before you use them.

    Example: comity client fetch B-2026-001 --url https://comity.agency.example --key system.key --out answers
    """
    fetched = client_batches.fetch_answers(_open_client(url, key, ca), batch_id, out)
    lines = [f"{len(fetched.sha256_by_name)} files are in {out}.", f"Next: comity client verify {out}"]
    print_result({"folder": str(out), "files": fetched.sha256_by_name}, lines, as_json=as_json)


def verify_answers(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="The folder that was fetched.")],
    url: UrlOption,
    key: ClientKeyOption,
    ledger: Annotated[Path, typer.Option("--ledger", help="A new folder for a copy of the published ledger.")],
    keys: Annotated[
        Path, typer.Option("--keys", help="The file that keeps the custodian's keys after the first delivery.")
    ] = Path("custodian-keys.json"),
    answers_key: Annotated[
        str, typer.Option("--answers-key", help="The thumbprint of the custodian's key for answers, the first time.")
    ] = "",
    log_key: Annotated[
        str, typer.Option("--log-key", help="The log's verifier key, or a file of it, the first time.")
    ] = "",
    ca: CaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the published ledger and verify all of it, and that these answers are in it. Ends with 5 when they are not.

    Example: comity client verify answers --url https://comity.agency.example --key system.key --ledger ledger
    """
    custodian = choose_custodian_keys(answers, keys, answers_key=answers_key, log_key=log_key)
    checked = client_batches.verify_answers(_open_client(url, key, ca), answers, custodian, ledger=ledger)
    result = {"findings": checked.findings, "rehearsals": checked.rehearsals, "summary": checked.summary}
    print_result(result, checked.lines, as_json=as_json)
    raise typer.Exit(checked.exit_code)


def withdraw_batch(
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="The operation, as submit printed it.")],
    url: UrlOption,
    key: ClientKeyOption,
    ca: CaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a batch that is not answered yet, by its operation: nothing of it is released afterwards.

    Example: comity client withdraw OPERATION --url https://comity.agency.example --key system.key
    """
    _open_client(url, key, ca).request("DELETE", f"/v1/operations/{operation}")
    print_result({"operation": operation}, ["The batch is withdrawn; the custodian's ledger says so."], as_json=as_json)


def acknowledge_recall(
    recall_id: Annotated[str, typer.Argument(metavar="RECALL", help="The recall's id, as its notice has it.")],
    url: UrlOption,
    key: ClientKeyOption,
    office_key: Annotated[
        Path, typer.Option("--office-key", help="The private key of an office of the agency, which signs.")
    ],
    ca: CaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send word that the notice of a recall came, signed by an office of the agency.

    Example: comity client acknowledge recall-0123456789abcdef --url URL --key system.key --office-key office.key
    """
    entry = client_batches.acknowledge_recall(_open_client(url, key, ca), recall_id, load_private_key(office_key))
    line = f"The acknowledgment of {recall_id} is entry {entry:,} of the custodian's ledger."
    print_result({"recall": recall_id, "entry": entry}, [line], as_json=as_json)


def _open_client(url: str, key: Path, ca: Path | None) -> ServiceClient:
    return ServiceClient(url, load_private_key(key), ca_file=ca)
