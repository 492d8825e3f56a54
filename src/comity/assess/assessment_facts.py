"""An assessment as data for programs: the same figures as on the page, with what each is and rests on.

Start at `list_facts`.
"""

from typing import Any

from comity.assess.assessment import Assessment, Reading, RuleAssessment
from comity.assess.figure import COARSE, round_count


def list_facts(assessment: Assessment) -> dict[str, Any]:
    """Return the assessment as plain data."""
    return {
        "label": assessment.label,
        "is_synthetic": assessment.is_synthetic,
        "as_of": str(assessment.as_of),
        "seed": assessment.seed,
        "customers": round_count(assessment.customers),
        "counts_are_to": COARSE,
        "rules": [_rule(rule, assessment.label) for rule in assessment.rules],
        "differences": [
            {
                "more_under": d.first, "than_under": d.second, "source_family": d.family or None,
                "low": round(d.interval.low, 4), "high": round(d.interval.high, 4), "based_on": list(d.based_on),
            }
            for d in assessment.differences
        ],
        "backtests": [
            {
                "id": test.id, "label": test.label, "rates_say": test.predicted.as_facts(),
                "beside_it": test.observed.as_facts() if test.observed else None, "meaning": test.meaning,
            }
            for test in assessment.backtests
        ],
    }  # fmt: skip


def _rule(rule: RuleAssessment, label: str) -> dict[str, Any]:
    return {
        "rule": rule.rule.id,
        "status": rule.rule.status.value,
        "label": label,
        "counts": {name: figure.as_facts() for name, figure in rule.counts.items()},
        "must_act_by_state": dict(rule.by_state),
        "no_rate_for": list(rule.unrated),
        "readings": [_reading(reading) for reading in rule.readings],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "source_family": reading.family or None,
        "figures": {name: figure.as_facts() for name, figure in reading.figures.items()},
        "costs": {name: figure.as_facts() for name, figure in reading.costs.items()},
        "moved_by": [
            {"what": m.label, "customers": round(m.customers, 1), "based_on": list(m.based_on)} for m in reading.movers
        ],
    }
