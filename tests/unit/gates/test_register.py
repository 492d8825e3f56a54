"""The register: one rule, one file, one function, one case file, one name; and the table made from it."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import comity.gates
from comity.gates import REGISTER, Rule
from comity.gates.law_table import render
from comity.law import load

ROOT = Path(__file__).parents[3]
MODES = (
    {f"R{n:02d}" for n in range(1, 14)}
    | {f"A{n:02d}" for n in range(1, 13)}
    | {"D01", "D04", "D06", "N00"}
    | {f"P{n}" for n in range(11, 17)}
)


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_file_function_id_and_cases_share_one_name(rule: Rule) -> None:
    module = importlib.import_module(rule.module)
    functions = {f.__name__ for f in (rule.batch, rule.rows) if f is not None}
    assert module.RULE is rule
    assert functions in ({rule.id}, {rule.id, f"{rule.id}_rows"})
    assert (ROOT / "tests" / "cases" / f"{rule.id}.yaml").is_file()
    assert rule.id.startswith(rule.mode.lower() + "_")


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_says_what_its_outcomes_mean(rule: Rule) -> None:
    for function in (rule.batch, rule.rows):
        if function is not None:
            said = inspect.getdoc(function) or ""
            assert "MET:" in said
            assert "NOT_MET:" in said


def test_every_rule_file_is_registered_once_and_every_mode_has_its_rule() -> None:
    files = {m.name for m in pkgutil.iter_modules(comity.gates.__path__) if re.match(r"[adnpr]\d\d_", m.name)}
    ids = [rule.id for rule in REGISTER]
    assert sorted(ids) == sorted(files)
    assert {rule.mode for rule in REGISTER} == MODES


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_follows_law_that_is_on_file(rule: Rule) -> None:
    law = load()
    assert rule.follows
    for element in rule.follows:
        assert law.element(element).citation


@pytest.mark.parametrize("element", ["A", "A-engaged", "A-use", "A-what", "B", "B-i", "B-ii", "B-iii", "B-iv", "C"])
def test_every_element_of_the_written_request_is_decided_by_a_rule(element: str) -> None:
    assert any(f"usc26-6103-i-2-{element}" in rule.follows for rule in REGISTER)


def test_the_law_table_in_the_docs_is_current() -> None:
    text = (ROOT / "docs" / "guides" / "law-table.md").read_text(encoding="utf-8")
    assert text == render(load()), "run: python -m comity.gates.law_table > docs/guides/law-table.md"


def test_the_law_table_has_no_empty_cell_and_names_every_rule() -> None:
    text = render(load())
    assert not re.search(r"\|[ ]*\|", text)
    assert all(f"`{rule.id}`" in text for rule in REGISTER)
