"""What a rule would cost: the bank's hours and dollars, customers' fees, letters a day, a share of a year's passports.

Guarantees: each cost is a range from the least to the most that its statistics allow; a fee that was not given is not
made up.
Does not: value the time of customers, or what an account that is closed costs.
Start at `estimate_costs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from comity.assess.draws import Interval
from comity.assess.figure import Figure, derived
from comity.assess.rates import StatisticsFile
from comity.law.candidate import Terms

PASSPORTS = frozenset({"us-passport-book", "us-passport-card"})
CERTIFICATES = frozenset({"certificate-of-naturalization", "certificate-of-citizenship"})
BIRTH_CERTIFICATE = "us-birth-certificate"


@dataclass(frozen=True, slots=True)
class AssessmentInputs:
    """The day of the assessment, the seed of its draws, and what a bank knows better than any statistic.

    `birth_certificate_fee` is in dollars; fees differ by state, so none is on file.
    """

    as_of: date
    seed: int = 0
    birth_certificate_fee: float | None = None


def estimate_costs(
    act: Interval, obtain: Interval, terms: Terms, statistics: StatisticsFile, inputs: AssessmentInputs
) -> Mapping[str, Figure]:
    """Return the costs by name.

    `act` is how many customers must act, and `obtain` how many of them would have to get a paper first.
    """
    papers, deadline_days = terms.shows, terms.deadline_days
    value = statistics.value
    most_minutes = value("press-hours-high") * 60 / value("bank-customers")
    hours = Interval(act.low * value("cip-minutes") / 60, act.high * most_minutes / 60)
    time = ("count:must_act", "count:may_act", "cip-minutes", "press-hours-high", "bank-customers")
    costs = {
        "bank_hours": derived(hours, time, "hours"),
        "bank_dollars": derived(
            Interval(hours.low * value("wage"), hours.high * value("wage")), (*time, "wage"), "usd"
        ),
    }
    fees = _fees(papers, statistics, inputs)
    if fees is not None:
        low, high, based_on = fees
        costs["customer_fees"] = derived(
            Interval(obtain.low * low, obtain.high * high), ("count:must_act", "no-proof-at-all", *based_on), "usd"
        )
    if papers and papers <= PASSPORTS:
        issued = value("passports-issued")
        share = Interval(obtain.low / issued, obtain.high / issued)
        costs["share_of_a_years_passports"] = derived(
            share, ("count:must_act", "no-proof-at-all", "passports-issued"), "share"
        )
        weeks = Interval(value("passport-weeks-low"), value("passport-weeks-high"))
        costs["weeks_to_obtain"] = derived(weeks, ("passport-weeks-low", "passport-weeks-high"), "weeks")
    if deadline_days:
        longest = max([deadline_days, *(exception.deadline_days or 0 for exception in terms.exceptions)])
        shortest = min([deadline_days, *(exception.deadline_days or deadline_days for exception in terms.exceptions)])
        letters = Interval(act.low / longest, act.high / shortest)
        costs["letters_a_day"] = derived(letters, ("count:must_act", "count:may_act", "count:deadline_days"), "letters")
    return costs


def _fees(
    papers: frozenset[str], statistics: StatisticsFile, inputs: AssessmentInputs
) -> tuple[float, float, tuple[str, ...]] | None:
    """Return the least and the most that one customer may pay, or None where a paper's fee was not given.

    A customer takes the cheapest paper at the least; at the most, the most expensive of those that replace a lost
    proof.
    """
    fees: dict[str, float] = {}
    if papers & PASSPORTS:
        fees |= {name: statistics.value(name) for name in ("passport-card-fee", "passport-book-fee")}
    if papers & CERTIFICATES:
        names = ("replacement-certificate-fee-low", "replacement-certificate-fee-high")
        fees |= {name: statistics.value(name) for name in names}
    if BIRTH_CERTIFICATE in papers:
        if inputs.birth_certificate_fee is None:
            return None
        fees["count:birth_certificate_fee"] = inputs.birth_certificate_fee
    if not fees:
        return None
    return min(fees.values()), max(fees.values()), tuple(fees)
