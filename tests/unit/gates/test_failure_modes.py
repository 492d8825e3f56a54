"""Every failure mode has what decides it, and a test."""

import re
from pathlib import Path

import pytest

from comity.gates import REGISTER
from comity.gates.failure_modes import FAILURE_MODES, FailureMode
from comity.law import load_law

ROOT = Path(__file__).parents[3]


def test_every_failure_mode_of_the_law_notes_is_in_the_list() -> None:
    codes = {mode.code for mode in FAILURE_MODES}
    assert codes >= {f"R{n:02d}" for n in range(1, 14)} | {f"A{n:02d}" for n in range(1, 16)}
    assert codes >= {f"N{n:02d}" for n in range(1, 11)} | {f"D{n:02d}" for n in range(1, 7)} | {"I01"}
    assert codes >= {f"T{n:02d}" for n in range(1, 5)} | {f"L{n:02d}" for n in range(1, 5)} | {"P01", "P02", "P03"}
    assert {rule.failure_mode for rule in REGISTER} <= codes


@pytest.mark.parametrize("mode", FAILURE_MODES, ids=lambda mode: f"{mode.code} {mode.case[:30]}")
def test_every_failure_mode_names_what_decides_it_and_a_test_that_exists(mode: FailureMode) -> None:
    assert all(mode)
    if mode.test.startswith("none: "):
        assert "person: " in mode.decided_by, "what no test shows, a person must decide"
        return
    file, _, name = mode.test.partition("::")
    assert (ROOT / file).is_file()
    if name:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert Path(file).stem in mode.decided_by


def test_every_rule_that_a_failure_mode_or_a_clause_names_is_in_the_register() -> None:
    rule_ids = {rule.id for rule in REGISTER}
    names = {word for mode in FAILURE_MODES for word in re.findall(r"\b[admnpr]\d\d_\w+", mode.decided_by)}
    names |= {rule for a in load_law().agreements.values() for clause in a.elements for rule in clause.decided_by}
    assert names <= rule_ids
