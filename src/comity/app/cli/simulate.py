"""`comity simulate`: a synthetic nation, its records, and a requester's file, with the truth beside them."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from comity import intake, simulate
from comity.app import clock
from comity.app.cli.arguments import OutOption
from comity.app.cli.output import JsonOption, print_result, progress_bars
from comity.signing import Ed25519Key, create_signing_key, load_private_key, to_public_key


class ShapeChoice(StrEnum):
    """What the requester's file looks like."""

    PLAIN = "plain"
    AUGUST_2025 = "august-2025"
    AUGUST_2025_CURED = "august-2025-cured"


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(run)


def run(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people live in the nation.")],
    requests: Annotated[int, typer.Option("--requests", min=1, help="How many are asked about.")],
    out: OutOption,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 0,
    shape: Annotated[ShapeChoice, typer.Option("--shape", help="The requester's file.")] = ShapeChoice.PLAIN,
    created_at: Annotated[str, typer.Option("--created-at", help="The batch's date.")] = "2025-06-25",
    as_json: JsonOption = False,
) -> None:
    """Make synthetic records, a signed batch, and the truth. No person in them exists.

    Writes OUT/records, OUT/batch, OUT/truth.parquet and the synthetic requester's key, OUT/requester.key.

    Example: comity simulate --people 100000 --requests 2000 --seed 1 --out sim
    """
    moment = clock.parse_time(created_at)
    with progress_bars() as report:
        made = simulate.run_simulation(
            people=people, requests=requests, seed=seed, out=out, shape=shape.value, created_at=moment, progress=report
        )
    sign_simulated_batch(out)
    facts = {"records": made.record_count, "requests": made.request_count, "out": str(out), "shape": shape.value}
    print_result(
        facts,
        [f"Synthetic: {made.record_count:,} records, {made.request_count:,} requests ({shape.value}) in {out}."],
        as_json=as_json,
    )


def sign_simulated_batch(out: Path) -> None:
    """Sign the simulated batch as the synthetic requester, whose key is kept beside it for signing it again."""
    key = load_synthetic_requester_key()
    for name, content in (
        ("requester.key", key.as_pem(private=True)),
        ("requester.key.pub", to_public_key(key).as_pem(private=False)),
    ):
        path = out / name
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(content)
    intake.sign_batch(out / "batch", key)


def load_synthetic_requester_key() -> Ed25519Key:
    """The key of the one synthetic requester on this machine, made at first use.

    All simulated batches are signed with it, so that a home that has seen one knows the signer of the next, and any
    other key is still a stranger's.
    """
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(state) / "comity" / "synthetic-requester.key"
    return load_private_key(path) if path.exists() else create_signing_key(path)
