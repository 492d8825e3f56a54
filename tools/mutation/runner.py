"""Run the tests of a module once as it is, and then once for each of its mutants, each in a fork.

Tests are collected once. Each mutant is put into a fork of that process by replacing the code of the one function that
it changes, or by running the changed module again; a class, which other modules have imported by then, is changed in
a fork that has not imported it. The tests run until the first that fails.

Guarantees: a module whose tests fail without a mutant, and a mutant that cannot be put in, are errors; a result is
valid as long as the module and its tests are unchanged, so a run that was stopped can be continued.
Start at `run_module`.
"""

import hashlib
import importlib
import json
import os
import resource
import signal
from collections.abc import Sequence
from typing import Any

from tools.mutation.injection import apply_mutant, import_mutant
from tools.mutation.module_plan import ROOT, ModulePlan
from tools.mutation.mutants import Mutant, collect_mutants

OUT = ROOT / "out" / "mutants"
TIMEOUT_SECONDS = 60
NOT_APPLIED_EXIT = 3
"""Exit code of a fork that could not put its mutant in."""
PRELOADED_MODULES = ("numpy", "pyarrow.compute", "pydantic", "sqlalchemy", "yaml", "comity.reference.zip_codes")


def run_module(plan: ModulePlan) -> int:
    """Run pytest with the loop of `MutantRunner`; return its exit code."""
    import pytest

    return int(pytest.main(["-q", "-p", "no:cacheprovider", *plan.test_files], plugins=[MutantRunner(plan)]))


def load_result(plan: ModulePlan) -> dict[str, Any] | None:
    """Return the stored result of a module; None if the module or its tests have changed since."""
    path = OUT / f"{plan.module}.json"
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return result if result.get("of") == _state_hash(plan) else None


def _state_hash(plan: ModulePlan) -> str:
    """Hash a module, its tests and their cases."""
    paths = {plan.path}
    for test in (*plan.tests, *plan.import_tests):
        file, _, name = test.partition("::")
        paths.add(ROOT / file)
        if "[" in name:
            paths.update((ROOT / "tests" / "cases").glob(f"{name.partition('[')[2].removesuffix(']')}*.yaml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def _kill_at_import(plan: ModulePlan) -> list[Mutant]:
    """Run the mutants of classes, and all that a module of the law has outside functions; return those killed."""
    is_law = plan.module.startswith("law.")
    mutants = [m for m in collect_mutants(plan.path)[0] if m.in_class or (m.at_import and is_law)]
    tests = plan.import_tests or plan.test_files
    for module in PRELOADED_MODULES:
        importlib.import_module(module)  # once, and not in each fork
    if mutants and not _passes_at_import(plan.module, None, tests):
        raise RuntimeError(f"{plan.module}: its tests do not pass as they are")
    killed = [mutant for mutant in mutants if not _passes_at_import(plan.module, mutant, tests)]
    print(f"{plan.module}: {len(killed)} of {len(mutants)} killed before anything is imported", flush=True)
    return killed


def _passes_at_import(module: str, mutant: Mutant | None, tests: Sequence[str]) -> bool:
    """Return whether the tests pass in a fork that imports the mutant; they cannot if the law does not load."""
    import pytest

    child = os.fork()
    if child == 0:
        signal.alarm(TIMEOUT_SECONDS)
        _discard_output()
        try:
            if mutant is not None:
                import_mutant(module, mutant)
            importlib.import_module("comity.law").load_law()
            options = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
            os._exit(int(any(pytest.main([*options, test]) for test in tests)))  # up to the first file that fails
        except BaseException:  # noqa: BLE001  a mutant may raise anything
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _discard_output() -> None:
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


class MutantRunner:
    """A pytest plugin that takes over pytest's loop for one module."""

    def __init__(self, plan: ModulePlan) -> None:
        self.plan, self.state = plan, _state_hash(plan)
        self.killed_at_import = set(_kill_at_import(plan))

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the tests of the plan once as they are and once for each mutant, instead of pytest's own loop."""
        from comity.law import load_law

        load_law()
        self._run_mutants([item for item in session.items if item.nodeid.startswith(self.plan.tests)])
        return True

    def _run_mutants(self, items: list[Any]) -> None:
        module = self.plan.module
        for item in items:
            if hasattr(item, "callspec") and hasattr(item.module, "prepared_cases"):
                item.module.prepared_cases(item.callspec.params["rule"].id)
        if not items or self._first_failure(items, None) is not None:
            print(f"{module}: its tests do not pass as they are", flush=True)
            return
        mutants, excluded = collect_mutants(self.plan.path)
        killed, survivors = 0, []
        for mutant in mutants:
            if mutant in self.killed_at_import:
                killed += 1
                continue
            was_run_at_import = module.startswith("law.") and mutant.at_import
            killer = None if was_run_at_import else self._first_failure(items, mutant)
            if killer is None:
                survivors.append(
                    {"function": mutant.function, "original": mutant.original, "replacement": mutant.replacement}
                )
                change = f"{mutant.original!r} -> {mutant.replacement!r}"
                print(f"  survives: {mutant.line} {mutant.function}: {change}", flush=True)
            else:
                killed += 1
                items.insert(0, items.pop(killer))  # the test that killed one mutant is likely to kill the next
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = {
            "module": module,
            "of": self.state,
            "tests": len(items),
            "killed": killed,
            "excluded": dict(excluded),
            "survivors": survivors,
            "cpu": round(usage.ru_utime + usage.ru_stime),
        }
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{module}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
        print(
            f"{module}: {killed} killed, {len(survivors)} survive, {dict(excluded)}, {result['cpu']} s CPU", flush=True
        )

    def _first_failure(self, items: list[Any], mutant: Mutant | None) -> int | None:
        """Return the position of the first test that fails under a mutant; None if all pass."""
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            self._run_child(items, mutant, write)
        os.close(write)
        position = os.read(read, 8)
        os.close(read)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return None
        if mutant and os.waitstatus_to_exitcode(status) == NOT_APPLIED_EXIT:
            where = f"{self.plan.module}: the mutant of {mutant.function}, line {mutant.line}"
            raise RuntimeError(f"{where}, cannot be put in")
        return int(position) if position else 0

    def _run_child(self, items: list[Any], mutant: Mutant | None, write: int) -> None:
        from _pytest.runner import runtestprotocol

        signal.alarm(TIMEOUT_SECONDS)
        if mutant is not None:
            _discard_output()
            try:
                apply_mutant(self.plan.module, mutant)
            except BaseException:  # noqa: BLE001  a module that cannot be loaded decides nothing; else it is no verdict
                os._exit(1 if mutant.at_import else NOT_APPLIED_EXIT)
        try:
            for position, item in enumerate(items):
                following = items[position + 1] if position + 1 < len(items) else None
                reports = runtestprotocol(item, log=False, nextitem=following)
                if any(report.failed for report in reports):
                    if mutant is None:
                        print(next(str(report.longrepr) for report in reports if report.failed), flush=True)
                    os.write(write, str(position).encode())
                    os._exit(1)
        except BaseException:  # noqa: BLE001  a mutant may raise anything
            os._exit(2)
        os._exit(0)
