"""What a rule that is not in force would do to customers: who would have to come, who could not comply, the cost.

Guarantees: what the file says is counted, what it does not say is estimated from published rates with bounds, and every
figure says which; rules are compared on the same draws; the same file, rules and seed give the same bytes.
Does not: read a name, a language, a birthplace or a group, apply national group figures to a bank's file, or apply a
rule.
Start at `assess_rules`.
"""

from collections.abc import Sequence
from pathlib import Path

from comity.assess.assessment import Assessment, assess_cells
from comity.assess.cells import CellLayout, count_cells
from comity.assess.costs import AssessmentInputs
from comity.assess.customers import open_customers
from comity.assess.rates import load_statistics
from comity.law.candidate import Candidate
from comity.law.worth import load_evidence_table
from comity.model.progress import ProgressCallback, no_progress

__all__ = ["Assessment", "AssessmentInputs", "assess_rules"]


def assess_rules(
    customers: Path, rules: Sequence[Candidate], inputs: AssessmentInputs, progress: ProgressCallback = no_progress
) -> Assessment:
    """Return what the rules would do to the customers in a Parquet or CSV file.

    Raises:
        RequestError: `customers_invalid`, with every fault of the file at once and no value from it.
    """
    table = load_evidence_table()
    layout = CellLayout.for_rules([rule.terms(inputs.as_of) for rule in rules], table, inputs.as_of)
    with open_customers(customers, table, inputs.as_of) as source:
        cells = count_cells(source, layout, progress)
    return assess_cells(cells, rules, inputs, load_statistics(), table)
