"""`comity witness`: be one (the requester, an inspector), or ask for some (the custodian)."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.app import clock
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder
from comity.app.cli.output import Json, notice, show
from comity.app.home import Home
from comity.errors import ComityError, LedgerError
from comity.ledger.cosignature import Cosigner, verifier_from_text
from comity.ledger.note import Verifier
from comity.ledger.witness.judging import Witness
from comity.ledger.witness.policy import Policy
from comity.ledger.witness.serving import make_server
from comity.signing import create_key, load_private_key


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Witnesses: somebody else remembers the ledger, so that nobody can be shown another.")
    commands.command("serve")(serve)
    commands.command("require")(require)
    app.add_typer(commands, name="witness")


def serve(
    state: Annotated[Path, typer.Option("--state", help="The witness's folder: its key and its memory.")],
    name: Annotated[str, typer.Option("--name", help="The witness's name, such as witness.agency.example")],
    log: Annotated[list[Path], typer.Option("--log", help="The verifier keys of a log to witness.")],
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 picks a free one.")] = 7380,
    as_json: Json = False,
) -> None:
    """Cosign a log's checkpoints over HTTP (C2SP tlog-witness), as long as the log only grows. Runs until stopped.

    Never restore the folder from a copy: a witness that forgets would let a log go back.

    Example: comity witness serve --state witness --name witness.agency.example --log public.vkey
    """
    key_file = state / "witness.key"
    key = (load_private_key(key_file) if key_file.exists() else create_key(key_file)).private_key
    if not isinstance(key, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The witness's key is not an Ed25519 key.")
    try:
        cosigner = Cosigner(name, key)
        witness = Witness([cosigner], _logs(log), state, clock.now)
        server = make_server(witness, host, port, notice)
    except LedgerError as error:
        raise ComityError("bad_argument", error.message, "Check --name and --log.") from error
    except (OSError, OverflowError) as error:
        raise ComityError("bad_argument", "The witness cannot listen there.", "Check --host and --port.") from error
    vkey, url = cosigner.verifier.to_text(), f"http://{host}:{server.server_address[1]}"
    show({"vkey": vkey, "url": url}, [f"witness key: {vkey}", f"listening on {url}"], as_json=as_json)
    with server:
        server.serve_forever()


def _logs(files: list[Path]) -> dict[str, list[Verifier]]:
    logs: dict[str, list[Verifier]] = {}
    try:
        lines = [line for path in files for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "A file of verifier keys could not be read.", "Check --log.") from error
    for line in lines:
        key = verifier_from_text(line)
        logs.setdefault(key.name, []).append(key)
    return logs


def require(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A C2SP tlog-policy file.")],
    home: HomeFolder,
    as_json: Json = False,
) -> None:
    """From now on deliver answers only under a checkpoint that these witnesses cosigned; until then they are held.

    Example: comity witness require witnesses.policy --home home
    """
    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The policy could not be read.", "Name a text file.") from error
    parsed = Policy.parse(text)
    Home.open(home).require_witnesses(text)
    names = [witness.name for witness in parsed.witnesses]
    show(
        {"witnesses": names, "quorum": parsed.quorum},
        [f"Quorum: {parsed.quorum}, of {', '.join(names)}."],
        as_json=as_json,
    )
