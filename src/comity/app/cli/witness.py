"""`comity witness`: be one (the requester, an inspector), or ask for some (the custodian)."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.app import clock
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.home import Home
from comity.errors import ComityError, LedgerError
from comity.signing import create_signing_key, load_private_key
from comity.tlog.cosignature import Cosigner, parse_vkey
from comity.tlog.note import Verifier
from comity.tlog.witness.http_server import make_server
from comity.tlog.witness.witness import Witness
from comity.tlog.witness.witness_policy import WitnessPolicy


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Witnesses: somebody else remembers the ledger, so that nobody can be shown another.")
    commands.command("serve")(serve_witness)
    commands.command("require")(require_witnesses)
    app.add_typer(commands, name="witness")


def serve_witness(
    state: Annotated[Path, typer.Option("--state", help="The witness's folder: its key and its memory.")],
    name: Annotated[str, typer.Option("--name", help="The witness's name, such as witness.agency.example")],
    log: Annotated[list[Path], typer.Option("--log", help="The verifier keys of a log to witness.")],
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 picks a free one.")] = 7380,
    as_json: JsonOption = False,
) -> None:
    """Cosign a log's checkpoints over HTTP (C2SP tlog-witness), as long as the log only grows. Runs until stopped.

    Never restore the folder from a copy: a witness that forgets would let a log go back.

    Example: comity witness serve --state witness --name witness.agency.example --log public.vkey
    """
    key_file = state / "witness.key"
    key = (load_private_key(key_file) if key_file.exists() else create_signing_key(key_file)).private_key
    if not isinstance(key, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The witness's key is not an Ed25519 key.")
    try:
        cosigner = Cosigner(name, key)
        witness = Witness([cosigner], _read_log_keys(log), state, clock.now)
        server = make_server(witness, host, port, print_notice)
    except LedgerError as error:
        raise ComityError("bad_argument", error.message, "Check --name and --log.") from error
    except (OSError, OverflowError) as error:
        raise ComityError("bad_argument", "The witness cannot listen there.", "Check --host and --port.") from error
    vkey, url = cosigner.verifier.to_text(), f"http://{host}:{server.server_address[1]}"
    print_result({"vkey": vkey, "url": url}, [f"witness key: {vkey}", f"listening on {url}"], as_json=as_json)
    with server:
        server.serve_forever()


def _read_log_keys(files: list[Path]) -> dict[str, list[Verifier]]:
    logs: dict[str, list[Verifier]] = {}
    try:
        lines = [line for path in files for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "A file of verifier keys could not be read.", "Check --log.") from error
    for line in lines:
        key = parse_vkey(line)
        logs.setdefault(key.name, []).append(key)
    return logs


def require_witnesses(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A C2SP tlog-policy file.")],
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """From now on deliver answers only under a checkpoint that these witnesses cosigned; until then they are held.

    Example: comity witness require witnesses.policy --home home
    """
    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The policy could not be read.", "Name a text file.") from error
    parsed = WitnessPolicy.parse(text)
    Home.open(home).write_witness_policy(text)
    names = [witness.name for witness in parsed.witnesses]
    print_result(
        {"witnesses": names, "quorum": parsed.quorum},
        [f"Quorum: {parsed.quorum}, of {', '.join(names)}."],
        as_json=as_json,
    )
