"""Write docs/results/mutants.md from the results of all modules that were run.

Guarantees: a survivor without a reason on file is named as such, and so is a module that was not run.
Start at `write_report`.
"""

from collections import Counter
from typing import Any

from tools.mutation.module_plan import ROOT, load_plans, survivor_key
from tools.mutation.runner import load_result

RESULTS_PAGE = ROOT / "docs" / "results" / "mutants.md"


def write_report() -> None:
    """Write the page, and print how many survivors have no reason."""
    plans = load_plans()
    results = [result for plan in plans.values() if (result := load_result(plan))]
    survivor_rows, unexplained = [], 0
    for result in results:
        module = result["module"]
        for survivor in result["survivors"]:
            reason = plans[module].reasons.get(survivor_key(**survivor), "")
            unexplained += not reason
            cells = (module, survivor["function"], survivor["original"], survivor["replacement"])
            survivor_rows.append([*map(_code_cell, cells), reason or "**not explained**"])
    missing = [f"`{name}`" for name in plans if name not in {result["module"] for result in results}]
    lines = [
        "# Mutation testing",
        "",
        "Written by `make mutants` (tools/mutation): mutants by mutmut 3.8.1's operators, each run in a fork of one",
        "collected test session, or if it is in a class, in a fork that imports the changed module. *Wording*: the",
        "mutant changes the words of a message and no outcome. *Same code*: it compiles to the original. Neither is",
        "run.",
        "",
        _summary(results, len(plans)),
        "",
        *_table(
            "module | tests | mutants run | killed | survive | wording | same code", [_module_row(r) for r in results]
        ),
        *(["", f"Not run: {', '.join(missing)}."] if missing else []),
        "",
        "## Survivors",
        "",
        *_table("module | function | original | replacement | why no outcome changes", survivor_rows),
        "",
        f"{unexplained} without an explanation.",
    ]
    RESULTS_PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{RESULTS_PAGE}: {len(survivor_rows)} survivors, {unexplained} not explained")


def _summary(results: list[dict[str, Any]], module_count: int) -> str:
    excluded: Counter[str] = Counter()
    for result in results:
        excluded.update(result["excluded"])
    killed, cpu_seconds = (sum(result[key] for result in results) for key in ("killed", "cpu"))
    survivors = sum(len(result["survivors"]) for result in results)
    same_code = excluded["same code"] + excluded["no code"]
    return (
        f"{len(results)} of {module_count} modules run: {killed + survivors:,} mutants, {killed:,} killed, "
        f"{survivors} survive; {excluded['wording']:,} wording, {same_code:,} same code; {cpu_seconds:,} s of CPU."
    )


def _module_row(result: dict[str, Any]) -> list[object]:
    survivors, excluded = len(result["survivors"]), result["excluded"]
    same_code = excluded.get("same code", 0) + excluded.get("no code", 0)
    counts = (result["killed"] + survivors, result["killed"], survivors, excluded.get("wording", 0), same_code)
    return [_code_cell(result["module"]), result["tests"], *counts]


def _table(header: str, rows: list[list[Any]]) -> list[str]:
    columns = header.count("|") + 1
    return [
        f"| {header} |",
        "| " + " | ".join(["---"] * columns) + " |",
        *(f"| {' | '.join(map(str, r))} |" for r in rows),
    ]


def _code_cell(text: str) -> str:
    return "`" + " ".join(text.replace("|", "\\|").split()).replace("`", "'") + "`"
