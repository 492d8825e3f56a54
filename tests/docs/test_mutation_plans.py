"""Mutation testing names modules, rules and tests that exist, so that no plan goes stale unnoticed."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tools.mutation.module_plan import ModulePlan, load_plans, survivor_key

ROOT = Path(__file__).parents[2]
PLANS = load_plans()


@cache
def list_test_names(path: Path) -> tuple[str, ...]:
    """Return the test functions of a file, methods with their class."""
    names = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names += [f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)]
        if isinstance(node, ast.FunctionDef):
            names.append(node.name)
    return tuple(names)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_plan_names_a_module_and_tests_that_exist(plan: ModulePlan) -> None:
    assert plan.path.is_file()
    assert plan.tests
    for test in (*plan.tests, *plan.import_tests):
        file, _, name = test.partition("::")
        assert (ROOT / file).is_file(), test
        if "[" in name:
            function, _, rule = name.removesuffix("]").partition("[")
            assert function in list_test_names(ROOT / file), test
            assert list((ROOT / "tests" / "cases").glob(f"{rule}*.yaml")) or "broken_rule" in function, test
        else:
            assert any(each.startswith(name) for each in list_test_names(ROOT / file)), test


def test_every_reason_says_something() -> None:
    assert all(reason.strip().endswith(".") for plan in PLANS.values() for reason in plan.reasons.values())


def test_a_survivor_is_found_however_its_lines_are_broken() -> None:
    left = survivor_key("f", "zip(\n    a,\n    strict=True,\n)", "zip(a, )")
    assert left == survivor_key("f", "zip(a, strict=True)", "zip(\n    a,\n)")
