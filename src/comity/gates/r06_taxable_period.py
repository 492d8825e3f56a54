"""R06: the taxable period. Basis: 26 USC 6103(i)(2)(B)(ii); law.md R06."""

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Outcome

_SAYS = Says("r06_taxable_period", "26 USC 6103(i)(2)(B)(ii)")


def r06_taxable_period(facts: Facts, rows: Rows) -> Int8s:
    """The row names one taxable period: a calendar year that has begun and lies within the agreement's reach.

    MET: four digits of such a year. NOT_MET: missing, "all years", a range or list, something else than a year, a
    year still to come, or one further back than the agreement reaches. UNDETERMINED: a year, but the agreement that
    sets the reach is not on file.
    """
    this_year = facts.today.year
    reach = facts.agreement.caps.years_back.value if facts.agreement else None

    def judge(text: str) -> int:
        if not (len(text) == 4 and text.isascii() and text.isdigit()) or int(text) > this_year:
            return Outcome.NOT_MET
        if reach is None:
            return Outcome.UNDETERMINED
        return Outcome.MET if int(text) >= this_year - reach else Outcome.NOT_MET

    return rows.coded("tax_year").judged(judge)


RULE = Rule(_SAYS.rule, "R06", _SAYS.citation, ("usc26-6103-i-2-B-ii",), rows=r06_taxable_period, whole=True)
