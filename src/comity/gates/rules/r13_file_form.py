"""R13: the form of the file. Basis: docs/spec/batch.md; failure mode R13."""

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.fault import OLD_LAYOUT_RULE
from comity.model.finding import Finding
from comity.model.request_fields import ADDED_FIELDS

_finding = FindingBuilder("r13_file_form", "26 USC 6103(i)(2)(B)")
_MAX_LISTED = 20


def r13_file_form(facts: Facts, rows: RequestColumns) -> Finding:
    """The requests file could be read whole, as it was meant.

    MET: reading found no fault and at least one row. NOT_MET: an unknown column, a shifted row, a wrong encoding, a
    repeated header, a duplicate request_id, layout 1 where the agreement needs a column that layout 2 added, or no row
    at all. UNDETERMINED: only faults on the custodian's side.
    Every fault that no other rule decides is decided here, so none is lost.
    """
    is_old_layout_enough = not any(map(facts.requires_column, ADDED_FIELDS))
    faults = [
        fault
        for fault in facts.batch.faults
        if fault.rule != "r02_signature" and not (fault.rule == OLD_LAYOUT_RULE and is_old_layout_enough)
    ]
    certain = [fault for fault in faults if not fault.undetermined]
    if certain:
        first = certain[0]
        listed = ", ".join(str(row) for row in first.rows[:_MAX_LISTED])
        total = max(first.rows_total, len(first.rows))
        rows_listed = f" (rows {listed}{', ...' if total > _MAX_LISTED else ''}; {total:,} in all)" if listed else ""
        more = f" and {len(certain) - 1} other fault(s)" if len(certain) > 1 else ""
        return _finding.not_met(
            f"The requests file is not in the agreed form: {first.message.rstrip('.')}{rows_listed}{more}. A row read "
            "amiss would ask about somebody else. Correct the file and send it again."
        )
    if rows.num_rows == 0:
        return _finding.not_met("The requests file has no row, so it asks about nobody. Send the rows.")
    if faults:
        return _finding.undetermined(f"Whether the file was read as meant is not certain: {faults[0].message}")
    return _finding.met("The requests file was read whole.")


RULE = Rule(_finding.rule, "R13", _finding.citation, ("usc26-6103-i-2-B",), batch=r13_file_form)
