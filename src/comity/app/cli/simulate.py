"""`comity simulate`: make a synthetic nation, its records, and a requester's file, with the truth beside them."""

from enum import StrEnum
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases.synthetic_nation import SimulationPlan, simulate_nation
from comity.errors import RequestError
from comity.simulate import LookAlikeRates, RequestMix


class ShapeChoice(StrEnum):
    """The shapes of a requester's file: `comity.simulate.SHAPES`."""

    PLAIN = "plain"
    AUGUST_2025 = "august-2025"
    AUGUST_2025_CURED = "august-2025-cured"


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate)


def simulate(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people live in the nation.")],
    requests: Annotated[int, typer.Option("--requests", min=1, help="How many are asked about.")],
    out: OutOption,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 0,
    shape: Annotated[ShapeChoice, typer.Option("--shape", help="The requester's file.")] = ShapeChoice.PLAIN,
    created_at: Annotated[str, typer.Option("--created-at", help="The batch's date.")] = "2025-06-25",
    look_alike_names: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests with the name of somebody else that looks alike.")
    ] = 0,
    look_alike_addresses: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests at another address that looks alike.")
    ] = 0,
    valid: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of requests about a person on record, at that address.")
    ] = None,
    relatives: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share about household members who are on no record.")
    ] = None,
    relative_kinds: Annotated[
        str | None, typer.Option(help="Weights among those: child=4,junior=2,sibling=1,namesake=1.")
    ] = None,
    with_number: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of requests with a taxpayer number.")
    ] = None,
    wrong_numbers: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of those numbers that are not the person's.")
    ] = None,
    wrong_number_kinds: Annotated[
        str | None, typer.Option(help="Weights among those: digit=1,neighbors=1,household=1,borrowed=1,random=1.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make synthetic records, a signed batch, and the truth. No person in them exists.

    Writes OUT/records, OUT/batch, OUT/truth.parquet and the synthetic requester's key, OUT/requester.key. Shares that
    are not given are those of the shape.

    Example: comity simulate --people 100000 --requests 2000 --seed 1 --out sim
    """
    plan = SimulationPlan(
        people=people,
        requests=requests,
        seed=seed,
        shape=shape.value,
        created_at=clock.parse_time(created_at),
        look_alikes=LookAlikeRates(look_alike_names, look_alike_addresses),
        mix=RequestMix(
            valid=valid,
            relatives=relatives,
            relative_kinds=parse_weights(relative_kinds),
            with_number=with_number,
            wrong_numbers=wrong_numbers,
            wrong_number_kinds=parse_weights(wrong_number_kinds),
        ),
    )
    with progress_bars() as progress:
        simulation = simulate_nation(plan, out, progress=progress)
    records, requested = simulation.record_count, simulation.request_count
    line = f"Synthetic: {records:,} records, {requested:,} requests ({shape.value}) in {out}."
    facts = {"records": records, "requests": requested, "out": str(out), "shape": shape.value}
    print_result(facts, [line], as_json=as_json)


def parse_weights(text: str | None) -> dict[str, float]:
    """Return the weights written as name=number,name=number; none for None.

    Raises:
        RequestError: `bad_argument`, the text is not of that form, or names something twice.
    """
    if text is None:
        return {}
    try:
        pairs = [(name.strip(), float(weight)) for name, weight in (part.split("=") for part in text.split(","))]
    except ValueError:
        pairs = []
    if not pairs or len({name for name, _ in pairs}) < len(pairs):
        raise RequestError("bad_argument", "Weights cannot be read.", "Write each kind once, as in child=2,junior=1.")
    return dict(pairs)
