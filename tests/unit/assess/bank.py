"""Small files of customers for tests."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from comity.assess import Assessment, AssessmentInputs, assess_rules
from comity.assess.cells import CellLayout, Cells, count_cells
from comity.assess.customers import COLUMNS, open_customers
from comity.law import compute_seal
from comity.law.candidate import Candidate, load_candidates, parse_candidate
from comity.law.provisions import compute_file_seal
from comity.law.worth import load_evidence_table
from comity.model.progress import no_progress

AS_OF = date(2026, 11, 28)
INPUTS = AssessmentInputs(AS_OF)
SETTLED = {
    "customer_id": "settled", "opened_on": "2019-05-02", "kind": "individual", "birth_year": "1980", "state": "OH",
    "number_kind": "ssn", "former_name_on_file": "no", "document_kind": "us-passport-book",
    "document_expires_on": "2030-01-01", "details_kept": "yes", "verified": "yes",
}  # fmt: skip
"""A customer whose file shows what every shipped rule asks for."""


def customer(name: str = "someone", **changes: str) -> dict[str, str]:
    """One customer who has a license on file, with changes."""
    return {**SETTLED, "document_kind": "driver-license", "customer_id": name, **changes}


def write_csv(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> Path:
    """Write customers as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write customers as Parquet, all columns as text."""
    pq.write_table(
        pa.table({name: pa.array([row[name] or None for row in rows], pa.string()) for name in COLUMNS}), path
    )
    return path


def rule(**changes: Any) -> Candidate:
    """A candidate that asks every natural person for a passport, with changes."""
    base = load_candidates()["passport-only-all"].model_dump(mode="json", exclude_none=True)
    data = {**yaml.safe_load(yaml.safe_dump(base)), **changes}
    for piece in data.get("exceptions", ()):
        piece["sha256"] = compute_seal(piece["summary"])
    data["sha256"] = compute_file_seal(data)
    return parse_candidate(yaml.safe_dump(data), "a file", load_evidence_table())


def cells_of(path: Path, *rules: Candidate) -> Cells:
    """The cells of a file."""
    table = load_evidence_table()
    layout = CellLayout.for_rules([one.terms(AS_OF) for one in rules], table, AS_OF)
    with open_customers(path, table, AS_OF) as source:
        return count_cells(source, layout, no_progress)


def counts_of(path: Path, candidate: Candidate) -> dict[str, int]:
    """How many customers fall under each duty, and so on."""
    assessment: Assessment = assess_rules(path, [candidate], INPUTS)
    return {name: int(figure.low) for name, figure in assessment.rules[0].counts.items()}
