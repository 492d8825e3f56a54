"""`comity demo`: run the whole job on synthetic data, ending in one self-contained page."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.pages.demo_page import DemoResult
from comity.app.use_cases.demonstration import run_demo
from comity.assess.assessment_facts import list_facts


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(show_demo)


def show_demo(
    out: Annotated[Path, typer.Option("--out", help="Where to write; OUT/index.html is the page.")] = Path("out/demo"),
    people: Annotated[int, typer.Option("--people", min=1000, help="A state's population.")] = 1_000_000,
    requests: Annotated[int, typer.Option("--requests", min=1000, help="Rows in the requester's file.")] = 50_000,
    customers: Annotated[
        int, typer.Option("--customers", min=1000, help="Customers of the bank that candidate rules are assessed on.")
    ] = 1_000_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 2025,
    as_json: JsonOption = False,
) -> None:
    """Simulate a state and the file of August 2025, answer it lawfully, and write a page that shows it.

    Example: comity demo --out out/demo
    """
    with progress_bars() as progress:
        demo = run_demo(out, people=people, requests=requests, customers=customers, seed=seed, progress=progress)
    page = out / "index.html"
    facts = _demo_to_dict(demo, page)
    print_result(facts, [*_format_demo(facts), f"Open {page}"], as_json=as_json)


def _demo_to_dict(demo: DemoResult, page: Path) -> dict[str, Any]:
    comparison = demo.comparison
    return {
        "page": str(page),
        "seconds": {step: round(seconds, 1) for step, seconds in demo.seconds.items()},
        **{name: getattr(comparison, name) for name in comparison.__slots__},
        "claims": demo.claims.sentence,
        "papers": [
            {
                "paper": paper.title,
                "outcomes": {c.proposition.value: c.outcome.name for c in paper.report.conclusions},
            }
            for paper in demo.papers.papers
        ],
        "candidate_rules": list_facts(demo.papers.assessment)["rules"],
        "candidate_rules_are": demo.papers.assessment.label,
    }


def _format_demo(facts: dict[str, Any]) -> list[str]:
    return [
        "All data are synthetic.",
        (
            f"2025 process: would have answered {facts['disclosed_2025']:,}; "
            f"{facts['right_2025']:,} of them at the right address."
        ),
        (
            f"Comity: confirmed {facts['confirmed']:,}, of which {facts['confirmed_wrong']:,} wrong; "
            f"refused {facts['refused']:,}."
        ),
        facts["claims"],
        f"Valid requests missed: {facts['missed']:,} of {facts['valid']:,}.",
        f"Papers inspected: {len(facts['papers'])}. Candidate rules are {facts['candidate_rules_are']}:",
        *(
            f"  {rule['rule']}: {rule['counts']['must_act']['low']:,.0f} of "
            f"{rule['counts']['customers']['low']:,.0f} customers would have to act."
            for rule in facts["candidate_rules"]
        ),
    ]
