"""`comity request`: the requester's side. Lint a batch before it is sent, make a key, sign."""

from pathlib import Path
from typing import Annotated

import typer

from comity import gates, intake, law
from comity.app import clock
from comity.app.cli import group
from comity.app.cli.arguments import AsOf, Batch
from comity.app.cli.output import Json, show
from comity.errors import EXIT_DONE, EXIT_REFUSED
from comity.model.history import History
from comity.signing import create_key, key_id, load_private_key, public_key

KeyFile = Annotated[Path, typer.Option("--key", help="An Ed25519 private key file (PEM).")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Prepare a batch: lint it, sign it.")
    commands.command("lint")(lint)
    commands.command("sign")(sign)
    commands.command("keygen")(keygen)
    app.add_typer(commands, name="request")


def lint(batch: Batch, as_of: AsOf = "", as_json: Json = False) -> None:
    """Say what would be refused, and why, without any record.

    The signature is not checked: whose key counts is the custodian's to say. Ends with 3 when something would be refused.

    Example: comity request lint sim/batch --as-of 2025-08-07
    """
    at = clock.parse_time(as_of) if as_of else clock.now()
    read = intake.read_batch(batch, lambda _manifest: {})
    findings = gates.judge(read, law=law.load(), at=at, history=History())
    shown = [f for f in findings.batch if f.rule != "r02_signature" and f.stands_open]
    by_rule = {rule: int(((findings.rows.not_met >> bit) & 1).sum()) for bit, rule in enumerate(findings.rows.rules)}
    by_rule = {rule: count for rule, count in by_rule.items() if count}
    result = {
        "rows": read.rows,
        "batch": [finding.as_facts() for finding in shown],
        "rows_refused_by_rule": by_rule,
    }
    lines = [f"  whole batch  {f.rule} {f.outcome.name}: {f.message} [{f.citation}]" for f in shown]
    lines += [f"  {count:>11,}  {rule}: {gates.explain(rule)}" for rule, count in by_rule.items()]
    show(
        result,
        [f"{read.rows:,} requests." + (" Nothing would be refused." if not lines else ""), *lines],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_REFUSED if lines else EXIT_DONE)


def sign(batch: Batch, key: KeyFile, as_json: Json = False) -> None:
    """Write the requests file's hash into batch.json and sign it into batch.json.jws.

    Example: comity request sign batch --key requester.key
    """
    private = load_private_key(key)
    manifest = intake.sign_batch(batch, private)
    result = {"batch_id": manifest.batch_id, "sha256": manifest.sha256, "key": key_id(private)}
    show(result, [f"Signed batch {manifest.batch_id} with key {key_id(private)}."], as_json=as_json)


def keygen(key: KeyFile, as_json: Json = False) -> None:
    """Make a new private key file, and its public half beside it (.pub).

    Example: comity request keygen --key requester.key
    """
    private = create_key(key)
    public = key.with_name(key.name + ".pub")
    public.write_bytes(public_key(private).as_pem(private=False))
    show(
        {"key": key_id(private), "public": str(public)},
        [f"Made key {key_id(private)}; public half in {public}."],
        as_json=as_json,
    )
