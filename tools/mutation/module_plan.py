"""Load what mutation testing knows of each module: the tests that decide for it, and its survivors with reasons.

One YAML file for each module, named after it (`tools/mutation/modules/gates.engine.yaml`):

    rules: [r06]           # ids of rules whose cases, and whose place in the register, decide
    tests: [...]           # beginnings of further test ids
    import_tests: [...]    # tests for mutants outside functions, which are run in a process that imports the mutant
    without_jit: true      # run compiled loops as Python, because machine code does not change with a mutant
    survivors: [{function, original, replacement, reason}, ...]
    outdated: [...]        # reasons for code that has changed since: read them beside the next survivors, then delete

Start at `load_plans`.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PLANS_FOLDER = Path(__file__).parent / "modules"
RULE_TESTS = (
    "tests/unit/gates/rules/test_rules_alone.py::test_alone[{rule}",
    "tests/unit/gates/test_register.py::test_file_function_id_and_cases_share_one_name[{rule}",
    "tests/unit/gates/test_register.py::test_every_rule_follows_law_that_is_on_file[{rule}",
)
LAW_TABLE_TEST = "tests/unit/gates/test_law_table.py::test_the_law_table_in"

SurvivorKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """One module below `comity`: its tests, by the beginnings of their ids, and the reason of each survivor."""

    module: str
    tests: tuple[str, ...]
    import_tests: tuple[str, ...]
    without_jit: bool
    reasons: dict[SurvivorKey, str]

    @property
    def path(self) -> Path:
        """Return the module's file."""
        return ROOT / "src" / "comity" / (self.module.replace(".", "/") + ".py")

    @property
    def test_files(self) -> tuple[str, ...]:
        """List the files of the tests."""
        return tuple(sorted({test.partition("::")[0] for test in self.tests}))


@cache
def load_plans() -> dict[str, ModulePlan]:
    """Return the plan of each module, by its name."""
    return {path.stem: _read_plan(path) for path in sorted(PLANS_FOLDER.glob("*.yaml"))}


def survivor_key(function: str, original: str, replacement: str) -> SurvivorKey:
    """Return a key that does not depend on how the formatter breaks lines."""
    return function, _without_layout(original), _without_layout(replacement)


def _read_plan(path: Path) -> ModulePlan:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    rules = document.get("rules", [])
    rule_tests = [test.format(rule=rule) for rule in rules for test in RULE_TESTS] + [LAW_TABLE_TEST] * bool(rules)
    return ModulePlan(
        module=path.stem,
        tests=(*rule_tests, *document.get("tests", [])),
        import_tests=tuple(document.get("import_tests", [])),
        without_jit=document.get("without_jit", False),
        reasons={
            survivor_key(each["function"], each["original"], each["replacement"]): each["reason"]
            for each in document.get("survivors", [])
        },
    )


def _without_layout(text: str) -> str:
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s+", "", text))
