"""The commands of `comity documents` about rules: what papers prove by law, customer identification, candidate rules.

Start at `add_rules_to`, which adds them to the group.
"""

import json
import math
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app import clock
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.assess import Assessment, AssessmentInputs, assess_rules
from comity.assess.assessment_facts import list_facts
from comity.assess.figure import counted
from comity.assess.page import render_assessment
from comity.assess.synthetic import write_synthetic_customers
from comity.documents.cip import FileReview, Holding, review_customer_file
from comity.documents.customer_file import read_customer_file
from comity.errors import EXIT_DONE, EXIT_REFUSED, ComityError, PolicyError
from comity.law.candidate import (
    MAX_FILE_BYTES,
    NOT_REQUIRED,
    Candidate,
    Status,
    find_candidate,
    read_candidate,
    refuse_to_apply,
)
from comity.law.identification import load_identification_rule
from comity.law.seal import seal_whole_yaml
from comity.law.worth import COUNSEL, DocumentKind, Worth, load_evidence_table
from comity.plain_files import read_plain_file

PAGE, FACTS = "index.html", "assessment.json"

AsOf = Annotated[str, typer.Option("--as-of", help="The day, as 2026-11-28; default: today.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result.")]
Rules = Annotated[
    list[str], typer.Option("--rule", help="A candidate rule on file, or a YAML file of your own; may be given again.")
]


def add_rules_to(commands: typer.Typer) -> None:
    """Add the commands to the group `documents`."""
    commands.command("table")(table)
    commands.command("cip")(cip)
    commands.command("simulate")(simulate)
    commands.command("assess")(assess)
    commands.command("apply")(apply)
    commands.command("seal")(seal)


def table(
    kind: Annotated[str, typer.Option("--kind", help="Only this kind of paper.")] = "",
    as_of: AsOf = "",
    as_json: JsonOption = False,
) -> None:
    """Show what a genuine paper of each kind proves by law, with its conditions and citation.

    Example: comity documents table --kind us-birth-certificate
    """
    day, on_file = _day(as_of), load_evidence_table()
    kinds = [on_file.kind(kind)] if kind else list(on_file)
    facts = {"as_of": str(day), "kinds": [_kind_facts(paper_kind, day) for paper_kind in kinds]}
    lines = [line for paper_kind in kinds for line in _kind_lines(paper_kind, day)]
    print_result(facts, lines, as_json=as_json)


def _kind_facts(kind: DocumentKind, day: date) -> dict[str, Any]:
    rows = [
        {
            "id": row.id, "proposition": row.proposition.value, "if_genuine": row.if_genuine.name, "issuer": row.issuer,
            "issued_from": row.issued_from, "issued_to": row.issued_to, "conditions": list(row.conditions),
            "citation": row.citation, "words": row.text_or_summary, "marks": list(row.marks),
            "last_checked_on": row.last_checked_on,
            "counsel_must_confirm": row.has_unconfirmed_words,
        }
        for row in kind.rows_in_force(day)
    ]  # fmt: skip
    return {"id": kind.id, "name": kind.name, "reach": kind.reach.value, "source": kind.source, "rows": rows}


def _kind_lines(kind: DocumentKind, day: date) -> list[str]:
    forms = f" ({', '.join(kind.forms)})" if kind.forms else ""
    rows = [line for row in kind.rows_in_force(day) for line in _row_lines(row)]
    return [f"{kind.name}{forms} · {kind.id} · {kind.reach}", *(rows or ["  no law on file speaks of that day"]), ""]


def _row_lines(row: Worth) -> list[str]:
    limits = [f"issued by {row.issuer}"] if row.issuer else []
    limits += [f"issued from {row.issued_from}"] if row.issued_from else []
    limits += [f"issued before {row.issued_to}"] if row.issued_to else []
    limits += [f"if {', '.join(row.conditions)}"] if row.conditions else []
    doubt = f" ({', '.join(row.marks)}: {COUNSEL})" if row.has_unconfirmed_words else f" ({', '.join(row.marks)})"
    limited = f" [{'; '.join(limits)}]" if limits else ""
    return [
        f"  {row.proposition:<17}{row.if_genuine.name:<15}{row.citation}{doubt}{limited}",
        f"      {row.text_or_summary}",
    ]


def cip(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the bank holds: names of items, as YAML or JSON.")],
    as_of: AsOf = "",
    as_json: JsonOption = False,
) -> None:
    """Compare a customer's file with 31 CFR 1020.220; ends with 3 where something required is missing.

    FILE names what is held (name, birth_date, tin, ...), never its value. What is held without being required is told
    too.

    Example: comity documents cip customer.yaml
    """
    rule, day = load_identification_rule(), _day(as_of)
    review = review_customer_file(read_customer_file(file, rule, day), rule, day)
    missing = review.items(Holding.REQUIRED_MISSING)
    facts = {
        "rule": rule.citation,
        "as_of": str(day),
        "outside_the_rule": review.excluded_by.citation if review.excluded_by else None,
        "elements": [element.as_facts() for element in review.elements],
    }
    print_result(facts, _cip_lines(review, rule.items), as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if missing else EXIT_DONE)


def _cip_lines(review: FileReview, items: Any) -> list[str]:
    lines = []
    if review.excluded_by:
        lines.append(f"Outside the rule ({review.excluded_by.citation}): {review.excluded_by.text_or_summary}")
    for element in review.elements:
        doubt = f" ({COUNSEL})" if element.needs_counsel else ""
        item_words = "; ".join(items[item] for item in element.items)
        lines += [f"{element.holding:<22}{element.id:<26}{element.citation}{doubt}", f"      {item_words}"]
    return lines


def simulate(
    people: Annotated[int, typer.Option("--people", min=1, help="How many customers.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write: .parquet or .csv")],
    seed: Seed = 0,
    as_of: AsOf = "",
    as_json: JsonOption = False,
) -> None:
    """Make a file of synthetic customers. No person in it exists.

    Example: comity documents simulate --people 100000 --out bank.parquet
    """
    write_synthetic_customers(out, people, seed, _day(as_of))
    print_result(
        {"customers": people, "out": str(out)}, [f"Synthetic: {people:,} customers in {out}."], as_json=as_json
    )


def assess(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The customers: .parquet or .csv")],
    rule: Rules,
    out: Annotated[Path, typer.Option("--out", help="A folder for the page and its figures.")],
    seed: Seed = 0,
    birth_certificate_fee: Annotated[
        float | None,
        typer.Option(
            "--birth-certificate-fee", min=0, help="Dollars; without it, fees are left out where one would do."
        ),
    ] = None,
    as_of: AsOf = "",
    as_json: JsonOption = False,
) -> None:
    """Count and estimate what candidate rules would do to a bank's customers. Nothing is applied.

    Writes OUT/index.html and OUT/assessment.json.

    Example: comity documents assess bank.parquet --rule passport-only-all --rule proof-list-link --out out
    """
    if birth_certificate_fee is not None and not math.isfinite(birth_certificate_fee):
        raise ComityError("bad_argument", "The fee is no number.", "Give dollars, as --birth-certificate-fee 25.")
    rules = [_rule_of(name) for name in dict.fromkeys(rule)]
    _require_free(out)
    with progress_bars() as report:
        assessment = assess_rules(file, rules, AssessmentInputs(_day(as_of), seed, birth_certificate_fee), report)
    facts = list_facts(assessment)
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text(render_assessment(assessment), encoding="utf-8")
    (out / FACTS).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print_result(facts, [*_assessment_lines(assessment), f"Open {out / PAGE}"], as_json=as_json)


def apply(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A candidate rule on file, or a YAML file.")],
    as_of: AsOf = "",
    as_json: JsonOption = False,
) -> None:
    """Refuse: no candidate rule is in force, and nothing here applies one. Ends with 3.

    A baseline, such as `none`, asks for nothing: there is nothing to apply, and the command ends with 0.

    Example: comity documents apply passport-only-all
    """
    _day(as_of)
    candidate = _rule_of(rule)
    if candidate.status is not Status.BASELINE:
        raise refuse_to_apply(candidate)
    message = (
        f"{candidate.id} asks for nothing beyond the law as it is: there is nothing to apply, and nothing was applied."
    )
    print_result({"rule": candidate.id, "applied": False, "asks": "nothing"}, [message], as_json=as_json)


def seal(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A candidate rule or a kind of paper, as YAML.")],
    as_json: JsonOption = False,
) -> None:
    """Fill in the SHA-256 of a rule or a kind of paper, over all that the file says. Who seals it vouches for it.

    Example: comity documents seal branch-visit.yaml
    """
    try:
        data = read_plain_file(file, MAX_FILE_BYTES)
        before = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ComityError(
            "bad_argument", "The file to seal cannot be read as UTF-8 text, or is no plain file.", "Check its name."
        ) from fault
    if len(data) > MAX_FILE_BYTES:
        raise ComityError("bad_argument", f"The file to seal is larger than {MAX_FILE_BYTES:,} bytes.", "Shorten it.")
    try:
        after = seal_whole_yaml(before, file.name)
    except PolicyError as fault:
        raise ComityError("bad_argument", fault.message, fault.hint) from None
    if after != before:
        file.write_text(after, encoding="utf-8")
    message = f"Sealed {file.name}." if after != before else "Every seal is right."
    label = f"A candidate rule is {NOT_REQUIRED}."
    facts = {"file": file.name, "changed": after != before, "label": label}
    print_result(facts, [message, label], as_json=as_json)


def _day(as_of: str) -> date:
    return clock.parse_day(as_of) if as_of else clock.now().date()


def _rule_of(name: str) -> Candidate:
    return read_candidate(Path(name)) if name.endswith((".yaml", ".yml")) else find_candidate(name)


def _require_free(out: Path) -> None:
    """Raise when the folder holds something other than an earlier assessment."""
    if out.exists() and (not out.is_dir() or {entry.name for entry in out.iterdir()} - {PAGE, FACTS}):
        raise ComityError(
            "output_exists", f"{out} holds something else, which is not overwritten.", "Name a new folder."
        )


def _assessment_lines(assessment: Assessment) -> list[str]:
    data = "synthetic" if assessment.is_synthetic else "not marked synthetic: confidential"
    head = f"{counted(assessment.customers, 'customers').text} customers · {data} · {assessment.label}"
    lines = [head, f"{'':<30}{'must act (counted)':>20}{'without a document today':>28}{'no proof at all':>20}"]
    for rule in assessment.rules:
        act = rule.counts["must_act"].text
        for reading in rule.readings:
            name = f"{rule.rule.id} ({reading.family})" if reading.family else rule.rule.id
            without, none = (reading.figures[figure].text for figure in ("without_document", "none_at_all"))
            lines.append(f"{name:<30}{act:>20}{without:>28}{none:>20}")
        unknown = rule.counts["unknown"]
        if unknown.high and not unknown.is_exact:
            settled = rule.counts["settled"].text
            lines.append(f"    a blank leaves it open for {unknown.text} more; {settled} are settled by the file")
    return lines
