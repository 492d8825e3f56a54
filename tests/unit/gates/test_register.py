"""The register: one rule, one file, one function, one case file, one name; and the table made from it."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import comity.gates.rules
from comity.gates import REGISTER, Rule
from comity.gates.failure_modes import FAILURE_MODES, FailureMode
from comity.gates.law_table import render_law_table
from comity.law import load_law

ROOT = Path(__file__).parents[3]
MODES = {f"R{n:02d}" for n in range(15)} | {f"A{n:02d}" for n in range(1, 13)}
MODES |= {"D01", "D02", "D04", "D06", "N00", "M01", "M02"}
MODES |= {f"P{n}" for n in range(11, 17)}


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_file_function_id_and_cases_share_one_name(rule: Rule) -> None:
    module = importlib.import_module(rule.module)
    functions = {f.__name__ for f in (rule.batch, rule.rows) if f is not None}
    assert module.RULE is rule
    assert functions in ({rule.id}, {rule.id, f"{rule.id}_rows"})
    assert (ROOT / "tests" / "cases" / f"{rule.id}.yaml").is_file()
    assert rule.id.startswith(rule.failure_mode.lower() + "_")


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_says_what_its_outcomes_mean(rule: Rule) -> None:
    for function in (rule.batch, rule.rows):
        if function is not None:
            said = inspect.getdoc(function) or ""
            assert "MET:" in said
            assert "NOT_MET:" in said


def test_every_rule_file_is_registered_once_and_every_mode_has_its_rule() -> None:
    files = {m.name for m in pkgutil.iter_modules(comity.gates.rules.__path__) if re.match(r"[admnpr]\d\d_", m.name)}
    ids = [rule.id for rule in REGISTER]
    assert sorted(ids) == sorted(files)
    assert {rule.failure_mode for rule in REGISTER} == MODES


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_follows_law_that_is_on_file(rule: Rule) -> None:
    law = load_law()
    assert rule.elements
    for element in rule.elements:
        assert law.get_element(element).citation


@pytest.mark.parametrize("element", ["A", "A-engaged", "A-use", "A-what", "B", "B-i", "B-ii", "B-iii", "B-iv", "C"])
def test_every_element_of_the_written_request_is_decided_by_a_rule(element: str) -> None:
    assert any(f"usc26-6103-i-2-{element}" in rule.elements for rule in REGISTER)


def test_the_law_table_in_the_docs_is_current() -> None:
    text = (ROOT / "docs" / "guides" / "law-table.md").read_text(encoding="utf-8")
    assert text == render_law_table(load_law()), "run: python -m comity.gates.law_table > docs/guides/law-table.md"


def test_the_law_table_has_no_empty_cell_and_names_every_rule() -> None:
    text = render_law_table(load_law())
    assert not re.search(r"\|[ ]*\|", text)
    assert all(f"`{rule.id}`" in text for rule in REGISTER)
    named = set(re.findall(r"tests/[\w/]+\.py", text))
    assert "tests/pipeline/test_accounted.py" in named
    assert all((ROOT / file).is_file() for file in named)


def test_every_failure_mode_of_the_law_notes_is_in_the_table() -> None:
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


def test_every_rule_named_by_a_failure_mode_or_a_clause_is_in_the_register() -> None:
    known = {rule.id for rule in REGISTER}
    words = {word for mode in FAILURE_MODES for word in re.findall(r"\b[admnpr]\d\d_\w+", mode.decided_by)}
    words |= {rule for a in load_law().agreements.values() for clause in a.elements for rule in clause.decided_by}
    assert words <= known
