"""The register finds every rule: one rule, one file, one function, one case file, one name."""

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from comity.gates import REGISTER, Rule, rules
from comity.gates.register import discover_rules
from comity.law import load_law

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_file_function_id_and_cases_share_one_name(rule: Rule) -> None:
    module = importlib.import_module(rule.module)
    functions = {f.__name__ for f in (rule.batch, rule.rows) if f is not None}
    assert module.RULE is rule
    assert functions in ({rule.id}, {rule.id, f"{rule.id}_rows"})
    assert (ROOT / "tests" / "cases" / f"{rule.id}.yaml").is_file()
    assert rule.id.startswith(rule.failure_mode.lower() + "_")


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_documents_its_outcomes(rule: Rule) -> None:
    for function in (rule.batch, rule.rows):
        if function is not None:
            text = inspect.getdoc(function) or ""
            assert "MET:" in text
            assert "NOT_MET:" in text


def test_every_rule_file_is_registered_once() -> None:
    folder = Path(next(iter(rules.__path__)))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert sorted(rule.id for rule in REGISTER) == sorted(files)


def test_the_order_is_by_family_then_number() -> None:
    """The order of the row rules is the order of the bits in the row masks."""
    families = [rule.id[0] for rule in REGISTER]
    assert list(dict.fromkeys(families)) == list("rnadpm")
    assert [rule.id for rule in REGISTER] == sorted((r.id for r in REGISTER), key=lambda i: ("rnadpm".index(i[0]), i))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package of rules in a folder of its own."""
    folder = tmp_path / "made_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("made_rules")
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_rules"]:
        del sys.modules[name]


def _write_rule(package: ModuleType, file: str, rule_id: str) -> None:
    folder = Path(next(iter(package.__path__)))
    text = f"""from comity.gates.rule import Rule

RULE = Rule({rule_id!r}, "X", "none", ("none",), rows=lambda _facts, _rows: None)
"""
    (folder / f"{file}.py").write_text(text, encoding="utf-8")
    importlib.invalidate_caches()


def test_a_new_file_is_found(package: ModuleType) -> None:
    for rule_id in ("p01_last", "a10_third", "a02_second", "r99_first"):
        _write_rule(package, rule_id, rule_id)
    assert [rule.id for rule in discover_rules(package)] == ["r99_first", "a02_second", "a10_third", "p01_last"]


@pytest.mark.parametrize("file", ["helpers", "x01_other_family", "r1_short", "R01_capital", "r01"])
def test_a_file_that_is_not_named_as_a_rule_stops_the_register(package: ModuleType, file: str) -> None:
    _write_rule(package, file, file)
    with pytest.raises(RuntimeError, match=f"{file}.py is in the folder of rules but not named as one"):
        discover_rules(package)


def test_a_file_with_another_rules_id_stops_the_register(package: ModuleType) -> None:
    _write_rule(package, "r01_one", "r02_other")
    with pytest.raises(RuntimeError, match=r"r01_one\.py has no rule of its name"):
        discover_rules(package)


def test_a_file_without_a_rule_stops_the_register(package: ModuleType) -> None:
    (Path(next(iter(package.__path__))) / "r01_empty.py").write_text('"""Nothing."""\n', encoding="utf-8")
    importlib.invalidate_caches()
    with pytest.raises(RuntimeError, match=r"r01_empty\.py has no rule of its name"):
        discover_rules(package)


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_every_rule_follows_law_that_is_on_file(rule: Rule) -> None:
    law = load_law()
    assert rule.elements
    for element in rule.elements:
        assert law.get_element(element).citation


@pytest.mark.parametrize("element", ["A", "A-engaged", "A-use", "A-what", "B", "B-i", "B-ii", "B-iii", "B-iv", "C"])
def test_every_element_of_the_written_request_is_decided_by_a_rule(element: str) -> None:
    assert any(f"usc26-6103-i-2-{element}" in rule.elements for rule in REGISTER)
