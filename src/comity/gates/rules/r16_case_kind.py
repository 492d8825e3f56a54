"""R16: the kind of investigation or proceeding, in code. Basis: 26 USC 6103(i)(2)(A)(i) to (iii); failure mode R16."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law import ElementKind
from comity.model.finding import Outcome

_finding = FindingBuilder("r16_case_kind", "26 USC 6103(i)(2)(A)(i) to (iii)")


def r16_case_kind(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row says in code what kind of investigation or proceeding its case number is of: one that the statute serves.

    MET: `proceeding` is one of the codes on file, such as criminal-investigation, criminal-proceeding or grand-jury.
    NOT_MET: it is missing, no code on file, or the code of a proceeding that is not served: civil, tax. NOT_APPLICABLE:
    the agreement does not ask for the column. UNDETERMINED: the agreement is not on file.
    """
    if facts.batch.has_old_layout or not facts.requires_column("proceeding"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    proceedings = facts.law.list_proceedings(facts.agreement, facts.today)
    served = {one.code for one in proceedings if one.kind is not ElementKind.BAR}
    served -= {one.code for one in proceedings if one.kind is ElementKind.BAR}
    column = rows.dictionary_column("proceeding")
    return column.map_to_int8(lambda code: Outcome.MET if code.lower() in served else Outcome.NOT_MET)


RULE = Rule(
    _finding.rule,
    "R16",
    _finding.citation,
    ("usc26-6103-i-2-A-proceeding",),
    rows=r16_case_kind,
    columns=("proceeding",),
    refuses_batch_if_no_row_passes=True,
)
