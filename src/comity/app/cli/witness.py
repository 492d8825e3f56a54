"""`comity witness`: be a witness (the requester, an inspector), or require some (the custodian)."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, PersonKeyOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.use_cases import log_witnesses
from comity.errors import ComityError
from comity.tlog.witness.http_server import MAX_CONNECTIONS_PER_ADDRESS, ServerLimits


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("witness"))
    group.command("serve")(serve_witness)
    group.command("require")(require_witnesses)
    app.add_typer(group, name="witness")


def serve_witness(
    state: Annotated[Path, typer.Option("--state", help="The witness's folder: its key and what it cosigned.")],
    name: Annotated[str, typer.Option("--name", help="The witness's name, such as witness.agency.example")],
    log: Annotated[list[Path], typer.Option("--log", help="The verifier keys of a log to witness.")],
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 picks a free one.")] = 7380,
    per_address: Annotated[
        int, typer.Option("--per-address", min=1, help="Connections from one address at a time; more behind a proxy.")
    ] = MAX_CONNECTIONS_PER_ADDRESS,
    as_json: JsonOption = False,
) -> None:
    """Cosign a log's checkpoints over HTTP (C2SP tlog-witness), as long as the log only grows. Runs until stopped.

    Never restore the folder from a copy: a witness that forgets would let a log go back.

    Example: comity witness serve --state witness --name witness.agency.example --log public.vkey
    """
    limits = ServerLimits(connections_per_address=per_address)
    opened = log_witnesses.open_witness_server(state, name, log, (host, port), print_notice, limits=limits)
    url = f"http://{host}:{opened.port}"
    lines = [f"witness key: {opened.vkey}", f"listening on {url}"]
    print_result({"vkey": opened.vkey, "url": url}, lines, as_json=as_json)
    with opened.server as server:
        server.serve_forever()


def require_witnesses(
    home: HomeOption,
    key: PersonKeyOption,
    policy: Annotated[Path | None, typer.Argument(metavar="POLICY", help="A C2SP tlog-policy file.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Require no witness any more.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the second person and for the record.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Deliver answers only under a checkpoint that these witnesses cosigned; until then they are held.

    The first requirement counts at once; to change or remove it takes a second person.

    Example: comity witness require witnesses.policy --home home --key jo.key
    """
    if none == (policy is not None):
        raise ComityError("bad_argument", "Which witnesses is said by a policy, or --none.", "Give one of them.")
    print_step(log_witnesses.require_witnesses(home, key, policy, reason), as_json=as_json)
