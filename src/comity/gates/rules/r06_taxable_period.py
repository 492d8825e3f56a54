"""R06: the taxable period. Basis: 26 USC 6103(i)(2)(B)(ii); failure mode R06."""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.model.finding import Outcome

_finding = FindingBuilder("r06_taxable_period", "26 USC 6103(i)(2)(B)(ii)")


def r06_taxable_period(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row names one taxable period: a calendar year that has begun and lies within the agreement's reach.

    MET: four digits of such a year. NOT_MET: missing, "all years", a range or list, something else than a year, a
    year still to come, or one further back than the agreement reaches. UNDETERMINED: a year, but the agreement that
    sets the reach is not on file.
    """
    this_year = facts.today.year
    reach = facts.agreement.caps.years_back.value if facts.agreement else None

    def decide(text: str) -> int:
        if not (len(text) == 4 and text.isascii() and text.isdigit()) or int(text) > this_year:
            return Outcome.NOT_MET
        if reach is None:
            return Outcome.UNDETERMINED
        return Outcome.MET if int(text) >= this_year - reach else Outcome.NOT_MET

    return rows.dictionary_column("tax_year").map_to_int8(decide)


RULE = Rule(
    _finding.rule,
    "R06",
    _finding.citation,
    ("usc26-6103-i-2-B-ii",),
    rows=r06_taxable_period,
    columns=("tax_year",),
    refuses_batch_if_no_row_passes=True,
)
