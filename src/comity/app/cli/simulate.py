"""`comity simulate`: a synthetic nation, its records, and a requester's file, with the truth beside them."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from comity import intake, simulate
from comity.app import clock
from comity.app.cli.arguments import Out
from comity.app.cli.output import Json, progress, show
from comity.signing import Key, create_key, load_private_key, public_key


class Shape(StrEnum):
    """What the requester's file looks like."""

    PLAIN = "plain"
    AUGUST_2025 = "august-2025"
    AUGUST_2025_CURED = "august-2025-cured"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(run)


def run(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people live in the nation.")],
    requests: Annotated[int, typer.Option("--requests", min=1, help="How many are asked about.")],
    out: Out,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 0,
    shape: Annotated[Shape, typer.Option("--shape", help="The requester's file.")] = Shape.PLAIN,
    created_at: Annotated[str, typer.Option("--created-at", help="The batch's date.")] = "2025-06-25",
    as_json: Json = False,
) -> None:
    """Make synthetic records, a signed batch, and the truth. No person in them exists.

    Writes OUT/records, OUT/batch, OUT/truth.parquet and the synthetic requester's key, OUT/requester.key.

    Example: comity simulate --people 100000 --requests 2000 --seed 1 --out sim
    """
    moment = clock.parse_time(created_at)
    with progress() as report:
        made = simulate.simulate(
            people=people, requests=requests, seed=seed, out=out, shape=shape.value, created_at=moment, progress=report
        )
    sign_simulated(out)
    facts = {"records": made.records, "requests": made.requests, "out": str(out), "shape": shape.value}
    show(
        facts,
        [f"Synthetic: {made.records:,} records, {made.requests:,} requests ({shape.value}) in {out}."],
        as_json=as_json,
    )


def sign_simulated(out: Path) -> None:
    """Sign the simulated batch as the synthetic requester, whose key is kept beside it for signing it again."""
    key = synthetic_requester_key()
    for name, content in (
        ("requester.key", key.as_pem(private=True)),
        ("requester.key.pub", public_key(key).as_pem(private=False)),
    ):
        path = out / name
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(content)
    intake.sign_batch(out / "batch", key)


def synthetic_requester_key() -> Key:
    """The key of the one synthetic requester on this machine, made at first use.

    All simulated batches are signed with it, so that a home that has seen one knows the signer of the next, and any
    other key is still a stranger's.
    """
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(state) / "comity" / "synthetic-requester.key"
    return load_private_key(path) if path.exists() else create_key(path)
