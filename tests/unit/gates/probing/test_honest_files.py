"""Honest files of some size are not mistaken for probing; a file of one person's possible homes is recognized."""

from collections import Counter

import pytest

from comity.gates import REGISTER
from comity.model.batch import Batch
from tests.support.distinct_names import GIVEN_NAMES
from tests.support.gate_batches import evaluate_batch, make_batch

PROBING = [rule.id for rule in REGISTER if rule.failure_mode == "D06" or rule.failure_mode.startswith("P")]

LASTS = ("Garcia", "Hernandez", "Lopez", "Singh", "Nguyen", "Khan", "Chen", "Perez")
STREETS = ("Main", "Oak", "Elm", "Maple", "Cedar", "Pine", "Lake", "Hill", "Park", "View", "Church", "Mill")


def honest(rows: int) -> Batch:
    """Make a file with a thousand given names and eight common surnames, each person at an address of their own."""
    return make_batch(
        [
            {
                "first_name": GIVEN_NAMES[n * 7 % 1000],
                "last_name": LASTS[n * 3 % 8],
                "tin": f"9{n:08}",
                "case_number": f"c{n}",
                "street": f"{100 + n * 37 % 9000} {STREETS[n * 5 % 12]} St",
                "zip": f"{62701 + n * 11 % 20}",
            }
            for n in range(rows)
        ]
    )


@pytest.mark.parametrize("rows", [1, 40, 4000])
def test_no_honest_file_is_refused_for_probing(rows: int) -> None:
    findings = evaluate_batch(honest(rows))
    refused_rows = Counter(
        name for mask in findings.row_findings.not_met for name in findings.row_findings.rules_in_mask(int(mask))
    )
    assert not {rule: refused_rows[rule] for rule in PROBING if refused_rows[rule]}
    assert not {f.rule for f in findings.refusals} & set(PROBING)


def test_a_household_of_six_and_a_tower_are_not_probing() -> None:
    names = ("Maria", "Mario", "Marta", "Martin", "Mariana", "Manuel")
    household = [{"first_name": name, "street": "9 Elm Ave", "case_number": f"h{n}"} for n, name in enumerate(names)]
    tower = [
        {
            "first_name": GIVEN_NAMES[n],
            "last_name": LASTS[n % 8],
            "street": f"10 Lake St Apt {n}",
            "case_number": f"t{n}",
        }
        for n in range(200)
    ]
    findings = evaluate_batch(make_batch([*household, *tower]))
    assert not {
        name for mask in findings.row_findings.not_met for name in findings.row_findings.rules_in_mask(int(mask))
    } & set(PROBING)


def test_a_file_of_one_persons_possible_homes_is_probing() -> None:
    rows = [
        {
            "first_name": "Zebulon",
            "last_name": "Quartermain",
            "street": f"{100 + n} {STREETS[n % 12]} St",
            "case_number": f"c{n}",
        }
        for n in range(12)
    ]
    findings = evaluate_batch(make_batch([*rows, {"first_name": "Luz"}]))
    bit = 1 << findings.row_findings.rules.index("p11_one_name_many_addresses")
    assert [bool(int(mask) & bit) for mask in findings.row_findings.not_met] == [True] * 12 + [False]
