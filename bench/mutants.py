"""Mutation testing of the modules that decide outcomes; writes docs/results/mutants.md.

The mutants are those of mutmut 3.8.1 (its own operators, in an environment of its own: requirements/mutants.txt). The
loop is ours, for reasons found by trying: mutmut's took 1.3 seconds of CPU for each mutant of this layout (it collects
the tests anew each time), and it passes over decorated functions, which here are the validators of the law's data, and
over what stands outside functions. So tests are collected once, and each mutant is put into a fork of that process by
exchanging the code of the one function that it changes, or by running the changed module once more in its place; a
class, which others have taken by then, is changed before anything is imported. The tests run until the first that fails.

Guarantees: a module whose tests do not pass without a mutant, and a mutant that cannot be put in, are errors; a mutant
whose compiled code is the original's is counted as equivalent by the compiler, one in the words of a message as wording,
and neither is run. The page is written after each module; a result is kept for as long as the module and its tests are
what they were, so a run that was stopped can be taken up again.
Start at `main`: `python bench/mutants.py` runs what has no result yet, `python bench/mutants.py gates.judging` one module.
"""

import ast
import dataclasses
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))
OUT = ROOT / "out" / "mutants"
RESULTS = ROOT / "docs" / "results" / "mutants.md"
EXPLAINED_SURVIVORS = ROOT / "bench" / "mutants.json"
TIMEOUT = 60
NOT_APPLIED_EXIT = 3
"""How a fork ends that could not put its mutant in."""

ALONE, CASES = "tests/unit/gates/test_alone.py", "tests/unit/gates/test_cases.py"
PARTS, JUDGING = "tests/unit/gates/test_parts.py", "tests/unit/gates/test_judging.py"
SCOPE = "tests/unit/gates/test_order_scope.py"
AGAIN = "tests/unit/gates/test_judging_again.py"
CONFLICTS, VERSIONS = "tests/unit/gates/test_conflicts.py", "tests/unit/law/test_versions.py"
ORDERS, FILING = "tests/unit/law/test_orders.py", "tests/unit/law/test_filing.py"
FORMS, LOADING, QUESTIONS = (
    "tests/unit/law/test_forms.py",
    "tests/unit/law/test_loading.py",
    "tests/unit/gates/test_questions.py",
)


REGISTER = "tests/unit/gates/test_register.py"
IMPORT_TIME_TESTS = {
    "law.cited": (FORMS, VERSIONS, LOADING),
    "law.agreement": (FORMS, LOADING),
    "law.matching": (FORMS, f"{ALONE}::test_alone[m01_matching_agreement]"),
    "law.party": (FORMS, f"{ALONE}::test_alone[r08_safeguards]"),
    "law.order": (FORMS, LOADING, f"{ALONE}::test_alone[r09_orders_in_force]"),
    "law.filing": (FILING,),
    "law.register": (FILING, ORDERS),
    "law.loader": (LOADING, VERSIONS),
}
"""What decides for what a module of the law says outside functions."""


def _rule(name: str, *more: str) -> tuple[str, ...]:
    registered = (
        f"{REGISTER}::test_the_law_table_in",
        f"{REGISTER}::test_file_function_id_and_cases_share_one_name[{name}",
        f"{REGISTER}::test_every_rule_follows_law_that_is_on_file[{name}",
    )
    return (f"{ALONE}::test_alone[{name}", *more, *registered)


TESTS_BY_MODULE: dict[str, tuple[str, ...]] = {
    "gates.m01_matching_agreement": _rule("m01", f"{PARTS}::test_parts_add_months"),
    "gates.m02_no_adverse_action": _rule("m02"),
    "gates.r14_attestations": _rule("r14"),
    "gates.r00_law_on_file": _rule("r00"),
    "gates.r09_orders_in_force": _rule("r09"),
    "gates.r10_agreement": _rule("r10"),
    "gates.r08_safeguards": _rule("r08"),
    "gates.r01_signer_office": _rule("r01"),
    "gates.r02_signature": _rule("r02"),
    "gates.r12_elements_asked": _rule("r12"),
    "gates.r13_file_form": _rule("r13"),
    "gates.d04_protected_subject": _rule("d04"),
    "gates.r06_taxable_period": _rule("r06"),
    "gates.r04_criminal_statute": _rule("r04"),
    "gates.d01_final_order_date": _rule("d01", f"{PARTS}::test_parts_parse_date"),
    "gates.d02_order_outstanding": _rule("d02"),
    "gates.r05_case_number": _rule("r05"),
    "gates.r07_specific_reason": _rule("r07", f"{AGAIN}::test_another_cap"),
    "gates.r11_size_and_repetition": _rule("r11"),
    "gates.r03_officer_engagement": _rule("r03"),
    "gates.n00_name_set_forth": _rule("n00"),
    "gates.conflicts": (CONFLICTS,),
    "gates.authority": (CONFLICTS,),
    "law.cited": (VERSIONS,),
    "law.agreement": (VERSIONS, *_rule("r05"), *_rule("d04")),
    "law.matching": (VERSIONS,),
    "law.party": (*_rule("r08"), *_rule("m02"), *_rule("r10")),
    "law.register": (*_rule("r09"), ORDERS, FILING, LOADING),
    "law.order": (*_rule("r09"), ORDERS, LOADING),
    "law.filing": (FILING,),
    "law.loader": (VERSIONS, LOADING, FILING),
    "law.sealing": (VERSIONS,),
    "gates.order_scope": (*_rule("r09"), SCOPE),
    "gates.facts": (
        *(f"{ALONE}::test_alone[{name}" for name in ("d04", "r14", "r10", "d01", "r06", "r01", "p11", "p15")),
        AGAIN,
    ),
    "gates.citations": (f"{PARTS}::test_parts_citations", *_rule("r04"), *_rule("d01")),
    "gates.a01_address_blank": _rule("a01"),
    "gates.a02_unknown_address": _rule("a02"),
    "gates.a03_failed_to_provide": _rule("a03"),
    "gates.a04_empty_token": _rule("a04"),
    "gates.a05_filler_words": _rule("a05"),
    "gates.a06_digits_only": _rule("a06"),
    "gates.a07_number_and_street": _rule("a07"),
    "gates.a08_place_only": _rule("a08"),
    "gates.a09_place_exists": _rule("a09"),
    "gates.a10_detention_facility": _rule("a10"),
    "gates.a11_no_own_address": _rule("a11"),
    "gates.a12_shared_address": _rule("a12", f"{AGAIN}::test_another_cap"),
    "gates.d06_subject_twice": _rule("d06"),
    "gates.p11_one_name_many_addresses": _rule("p11"),
    "gates.p12_one_address_many_names": _rule("p12"),
    "gates.p13_near_duplicates": _rule("p13", f"{AGAIN}::test_another_limit"),
    "gates.spellings": (f"{PARTS}::test_parts_one_letter", f"{PARTS}::test_parts_a_family"),
    "gates.p14_house_number_walk": _rule("p14"),
    "gates.p15_asked_again": _rule("p15"),
    "gates.p16_split_batches": _rule("p16"),
    "gates.questions": (QUESTIONS, *_rule("p"), *_rule("d06")),
    "gates.judging": (
        *(
            f"{JUDGING}::test_{begins}"
            for begins in (
                "a_broken_rule_lets_nothing_through[r03",
                "a_re",
                "a_rule",
                "a_time",
                "an_",
                "the_f",
                "more",
                "every",
            )
        ),
        AGAIN,
        CONFLICTS,
        "tests/unit/gates/test_judging_findings.py",
    ),
}
"""Module under comity, and how the ids of the smallest tests that decide for it begin."""

JIT_DISABLED_MODULES = frozenset({"gates.spellings"})
"""Modules whose loops are run as Python for it."""

WORDING_CALLS = {
    "met",
    "not_met",
    "undetermined",
    "not_applicable",
    "_invalid",
    "ValueError",
    "RuntimeError",
    "PolicyError",
}
"""Calls whose texts are words for people: what they say changes no outcome."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where, what was there and what stands there instead.

    `code` is that of the function, or, of what stands outside functions (`at_import`), of the whole module.
    """

    function: str
    line: int
    original: str
    replacement: str
    code: CodeType
    at_import: bool = False
    in_class: bool = False


@cache
def collect_mutants(name: str) -> tuple[list[Mutant], Counter[str]]:
    """The mutants of one module that are to be run, and how many are not, by why."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import create_mutations

    text = _path(name).read_text(encoding="utf-8")
    made: list[Mutant] = []
    left: Counter[str] = Counter()
    # mutmut passes over decorated functions: those are found without their decorators, the rest of the module with them
    for source in (cst.parse_module(text).visit(_decorator_remover(cst)).code, text):
        parsed, mutations, _, _ = create_mutations(name, source)
        lines = MetadataWrapper(parsed, unsafe_skip_copy=True).resolve(PositionProvider)
        spoken, classes, bodies = _wording_positions(source), _class_lines(source), _body_lines(source)
        whole = compile(source, name, "exec")
        original = _function_codes(whole)
        for mutation in mutations:
            at = lines[mutation.original_node].start
            if (at.line in bodies) == (source is text):
                continue
            try:
                changed = compile(parsed.deep_replace(mutation.original_node, mutation.mutated_node).code, name, "exec")
            except SyntaxError:
                left["no code"] += 1
                continue
            different = {
                k: code
                for k, code in _function_codes(changed).items()
                if k in original and not _is_same_code(code, original[k])
            }
            if not different and _is_same_code(changed, whole):
                left["same code"] += 1
                continue
            if (at.line, at.column) in spoken:
                left["wording"] += 1
                continue
            at_import = source is text
            function = "(module)" if at_import else min(different, key=len)
            was, becomes = (
                parsed.code_for_node(node).strip() for node in (mutation.original_node, mutation.mutated_node)
            )
            code = changed if at_import else different[function]
            made.append(
                Mutant(
                    function,
                    at.line,
                    *_shorten_difference(was, becomes),
                    code,
                    at_import,
                    at_import and at.line in classes,
                )
            )
    return made, left


def _path(name: str) -> Path:
    return ROOT / "src" / "comity" / (name.replace(".", "/") + ".py")


def _body_lines(source: str) -> set[int]:
    """The lines that belong to the body of a function."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return {line for node in functions for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)}


def _class_lines(source: str) -> set[int]:
    """The lines that belong to a class."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return {line for node in classes for line in range(node.lineno, (node.end_lineno or 0) + 1)}


def _shorten_difference(was: str, becomes: str, most: int = 160, around: int = 40) -> tuple[str, str]:
    """Both texts; of long ones, where they differ."""
    if max(len(was), len(becomes)) <= most:
        return was, becomes
    start = _common_prefix_length(was, becomes)
    end = _common_prefix_length(was[start:][::-1], becomes[start:][::-1])
    first = max(start - around, 0)
    cut = [f"{'... ' if first else ''}{text[first : len(text) - max(end - around, 0)]}" for text in (was, becomes)]
    return cut[0][:most], cut[1][:most]


def _common_prefix_length(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _decorator_remover(cst: Any) -> Any:
    class Undecorate(cst.CSTTransformer):  # type: ignore[misc]
        def leave_FunctionDef(self, _node: Any, updated: Any) -> Any:  # noqa: N802
            return updated.with_changes(decorators=[])

    return Undecorate()


def _wording_positions(source: str) -> set[tuple[int, int]]:
    """Where texts stand that are only words for people."""
    found: set[tuple[int, int]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in WORDING_CALLS:
                if len(node.args) == 1 and called != "PolicyError":
                    found.add((node.lineno, node.col_offset))
                texts = [
                    part
                    for arg in node.args
                    for part in ast.walk(arg)
                    if isinstance(part, ast.Constant | ast.JoinedStr)
                ]
                found |= {(text.lineno, text.col_offset) for text in texts if _is_text(text)}
                for arg in node.args:  # an f-string over several lines: its parts have places of their own
                    if isinstance(arg, ast.JoinedStr) and arg.end_lineno:
                        found |= {(line, c) for line in range(arg.lineno, arg.end_lineno + 1) for c in range(200)}
                    if isinstance(arg, ast.Constant) and _is_text(arg) and arg.end_lineno:
                        found |= {(line, c) for line in range(arg.lineno, arg.end_lineno + 1) for c in range(200)}
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _function_codes(code: CodeType) -> dict[str, CodeType]:
    """Every function of a module that is not inside another: qualified name -> code."""
    found: dict[str, CodeType] = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & 0x2 and not const.co_name.startswith("<"):  # CO_NEWLOCALS: a function, not a class body
                found[const.co_qualname] = const
            else:
                found |= _function_codes(const)
    return found


def _is_same_code(one: CodeType, other: CodeType) -> bool:
    """Whether two functions do the same: their code, constants and names, wherever they stand in the file."""
    if (one.co_code, one.co_names, one.co_varnames, len(one.co_consts)) != (
        other.co_code, other.co_names, other.co_varnames, len(other.co_consts),
    ):  # fmt: skip
        return False
    for a, b in zip(one.co_consts, other.co_consts, strict=True):
        if isinstance(a, CodeType) and isinstance(b, CodeType):
            if not _is_same_code(a, b):
                return False
        elif a != b or type(a) is not type(b):
            return False
    return True


def _find_function(name: str, qualified: str) -> FunctionType:
    """The function object that runs under a qualified name, beneath whatever wraps it."""
    at: Any = importlib.import_module(f"comity.{name}")
    for part in qualified.split("."):
        at = vars(at)[part]
    while not isinstance(at, FunctionType):
        for way in ("fget", "func", "__wrapped__", "wrapped", "__func__"):
            if getattr(at, way, None) is not None:
                at = getattr(at, way)
                break
        else:
            raise RuntimeError(f"no function beneath {qualified}")
    return at


def _apply_at_import(name: str, mutant: Mutant) -> None:
    """Run the changed module in the place of the one that others imported from, and hand them what it says now."""
    module = importlib.import_module(f"comity.{name}")
    before = dict(vars(module))
    exec(mutant.code, vars(module))  # noqa: S102
    if rule := before.get("RULE"):
        for field in dataclasses.fields(rule):  # the register, and the tests, have this very object
            object.__setattr__(rule, field.name, getattr(vars(module)["RULE"], field.name))
        vars(module)["RULE"] = rule
    for key, old in before.items():
        new = vars(module)[key]
        if isinstance(old, type):
            vars(module)[key] = old
        elif new is not old and not isinstance(old, FunctionType) and not key.startswith("__"):
            for other in list(sys.modules.values()):
                if getattr(other, "__name__", "").startswith(("comity.", "tests.")) and vars(other).get(key) is old:
                    vars(other)[key] = new


def _apply_to_function(name: str, mutant: Mutant) -> None:
    """Exchange the code of the one function, and forget what it gave before."""
    _find_function(name, mutant.function).__code__ = mutant.code
    modules = [importlib.import_module(f"comity.{name}")]
    if name.startswith("law."):  # the law is read anew
        modules.append(importlib.import_module("comity.law.loader"))
    for module in modules:
        for cached in vars(module).values():
            if callable(getattr(cached, "cache_clear", None)):
                cached.cache_clear()


def _state_hash(name: str) -> str:
    """A hash over a module, its tests and their cases: a result is good for as long as this stays."""
    paths = {_path(name)}
    for begin in (*TESTS_BY_MODULE[name], *IMPORT_TIME_TESTS.get(name, ())):
        file, _, test = begin.partition("::")
        paths.add(ROOT / file)
        if "[" in test:
            paths.update((ROOT / "tests" / "cases").glob(f"{test.partition('[')[2].removesuffix(']')}*.yaml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def _load_result(name: str) -> dict[str, Any] | None:
    """What was found of a module, as it is now; None when it was not run since it changed."""
    path = OUT / f"{name}.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("of") == _state_hash(name) else None


class _ReplacingImporter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a changed module in the place of the one on disk."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> Any:
        """Find it."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: Any) -> None:
        """Run it."""
        exec(self.code, vars(module))  # noqa: S102


def _kill_at_import(name: str) -> list[Mutant]:
    """The mutants of a module's classes that are killed, or of all that a module of the law says outside functions."""
    early = [m for m in collect_mutants(name)[0] if m.in_class or (m.at_import and name.startswith("law."))]
    files = sorted({begin.partition("::")[0] for begin in TESTS_BY_MODULE[name]})
    tests = IMPORT_TIME_TESTS.get(name, files)
    for heavy in ("numpy", "pyarrow.compute", "pydantic", "sqlalchemy", "yaml", "comity.reference.zip_codes"):
        importlib.import_module(heavy)  # once, and not in each fork
    if early and not _passes_at_import(name, None, tests):
        raise RuntimeError(f"{name}: its tests do not pass as they are")
    killed = [mutant for mutant in early if not _passes_at_import(name, mutant, tests)]
    print(f"{name}: {len(killed)} of {len(early)} killed before anything is imported", flush=True)
    return killed


def _passes_at_import(name: str, mutant: Mutant | None, tests: Sequence[str]) -> bool:
    """Whether the tests pass in a fork that imports the changed module; where the law does not load, they cannot."""
    import pytest

    child = os.fork()
    if child == 0:
        signal.alarm(TIMEOUT)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        try:
            if mutant is not None:
                sys.meta_path.insert(0, _ReplacingImporter(f"comity.{name}", mutant.code))
            importlib.import_module("comity.law").load()
            quick = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
            os._exit(int(any(pytest.main([*quick, test]) for test in tests)))  # up to the first file that fails
        except BaseException:  # noqa: BLE001  a mutant may raise anything
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


class MutantRunner:
    """Runs the collected tests once as they are, and then once for each mutant of a module, each in a fork."""

    def __init__(self, name: str) -> None:
        self.name, self.state = name, _state_hash(name)
        self.killed_at_import = set(_kill_at_import(name))

    def pytest_runtestloop(self, session: Any) -> bool:
        """Take the place of pytest's own loop."""
        from comity.law import load_law

        load_law()
        self._run_module([item for item in session.items if item.nodeid.startswith(TESTS_BY_MODULE[self.name])])
        return True

    def _run_module(self, items: list[Any]) -> None:
        for item in items:
            if hasattr(item, "callspec") and hasattr(item.module, "prepared"):
                item.module.prepared(item.callspec.params["rule"].id)
        if not items or self._run(items, None) is not None:
            print(f"{self.name}: its tests do not pass as they are", flush=True)
            return
        mutants, left = collect_mutants(self.name)
        killed, survivors, tests = 0, [], len(items)
        for mutant in mutants:
            if mutant in self.killed_at_import:
                killed += 1
                continue
            is_early = self.name.startswith("law.") and mutant.at_import
            killer = None if is_early else self._run(items, mutant)
            if killer is None:
                survivors.append({"function": mutant.function, "was": mutant.original, "becomes": mutant.replacement})
                print(
                    f"  survives: {mutant.line} {mutant.function}: {mutant.original!r} -> {mutant.replacement!r}",
                    flush=True,
                )
            else:
                killed += 1
                items.insert(0, items.pop(killer))  # what killed one mutant is likely to kill the next
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = {
            "module": self.name, "of": self.state, "tests": tests, "killed": killed, "left": dict(left), "survivors": survivors,
            "cpu": round(used.ru_utime + used.ru_stime),
        }  # fmt: skip
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{self.name}.json").write_text(json.dumps(result, indent=1))
        print(
            f"{self.name}: {killed} killed, {len(survivors)} survive, {dict(left)}, {result['cpu']} s CPU", flush=True
        )

    def _run(self, items: list[Any], mutant: Mutant | None) -> int | None:
        """The place of the first test that fails under a mutant; None when none does."""
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            self._run_child(items, mutant, write)
        os.close(write)
        said = os.read(read, 8)
        os.close(read)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return None
        if mutant and os.waitstatus_to_exitcode(status) == NOT_APPLIED_EXIT:
            raise RuntimeError(f"{self.name}: the mutant of {mutant.function}, line {mutant.line}, cannot be put in")
        return int(said) if said else 0

    def _run_child(self, items: list[Any], mutant: Mutant | None, write: int) -> None:
        from _pytest.runner import runtestprotocol

        signal.alarm(TIMEOUT)
        for stream in (1, 2) if mutant else ():
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        if mutant is not None:
            try:
                (_apply_at_import if mutant.at_import else _apply_to_function)(self.name, mutant)
            except BaseException:  # noqa: BLE001  a module that does not load decides nothing; else it is no verdict
                os._exit(1 if mutant.at_import else NOT_APPLIED_EXIT)
        try:
            for place, item in enumerate(items):
                after = items[place + 1] if place + 1 < len(items) else None
                reports = runtestprotocol(item, log=False, nextitem=after)
                if any(report.failed for report in reports):
                    if mutant is None:
                        print(next(str(report.longrepr) for report in reports if report.failed), flush=True)
                    os.write(write, str(place).encode())
                    os._exit(1)
        except BaseException:  # noqa: BLE001  a mutant may raise anything
            os._exit(2)
        os._exit(0)


def write_report() -> None:
    """Write docs/results/mutants.md from what was run; a survivor without a reason on file is named as such."""
    found = [result for name in TESTS_BY_MODULE if (result := _load_result(name))]
    reasons = json.loads(EXPLAINED_SURVIVORS.read_text(encoding="utf-8")) if EXPLAINED_SURVIVORS.exists() else {}
    total = {key: sum(f[key] for f in found) for key in ("killed", "cpu")}
    left: Counter[str] = Counter()
    for f in found:
        left.update(f["left"])
    survivors = sum(len(f["survivors"]) for f in found)
    said = [
        f"{len(found)} of {len(TESTS_BY_MODULE)} modules run: {total['killed'] + survivors:,} mutants, {total['killed']:,} killed,",
        f"{survivors} survive; {left['wording']:,} wording, {left['same code'] + left['no code']:,} same code;",
        f"{total['cpu']:,} s of CPU.",
    ]
    lines = [
        "# Mutation testing",
        "",
        "Written by `make mutants` (bench/mutants.py): mutants by mutmut 3.8.1's operators, each run in a fork of one",
        "collected test session, or where it stands in a class, in a fork that imports the changed module. *Wording*: the",
        "mutant changes the words of a message and no outcome. *Same code*: it compiles to what was there. Neither is run.",
        "",
        " ".join(said),
        "",
        "| module | tests | mutants run | killed | survive | wording | same code |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for f in found:
        live = len(f["survivors"])
        same = f["left"].get("same code", 0) + f["left"].get("no code", 0)
        lines.append(
            f"| `{f['module']}` | {f['tests']} | {f['killed'] + live} | {f['killed']} | {live} | "
            f"{f['left'].get('wording', 0)} | {same} |"
        )
    missing = [name for name in TESTS_BY_MODULE if name not in {f["module"] for f in found}]
    if missing:
        lines += ["", f"Not run: {', '.join(f'`{n}`' for n in missing)}."]
    lines += [
        "",
        "## Survivors",
        "",
        "| module | function | was | becomes | why no outcome changes |",
        "| --- | --- | --- | --- | --- |",
    ]
    open_ones = 0
    for f in found:
        for m in f["survivors"]:
            why = reasons.get(f["module"], {}).get(f"{m['function']}: {m['was']} -> {m['becomes']}", "")
            open_ones += not why
            cells = (
                f"`{f['module']}`",
                f"`{m['function']}`",
                _markdown_cell(m["was"]),
                _markdown_cell(m["becomes"]),
                why or "**not explained**",
            )
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"{open_ones} without an explanation."]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{RESULTS}: {survivors} survivors, {open_ones} not explained")


def _markdown_cell(text: str) -> str:
    return "`" + " ".join(text.replace("|", "\\|").split()).replace("`", "'") + "`"


def main(names: list[str]) -> None:
    """Run the modules named (those without a result when none is) and write the report; `--report` only writes it."""
    names = names or [name for name in TESTS_BY_MODULE if not _load_result(name)]
    for name in [] if names == ["--report"] else names:
        child = os.fork()  # a process for each, in which nothing of the project is imported yet
        if child == 0:
            if name in JIT_DISABLED_MODULES:  # machine code knows nothing of a mutant
                os.environ["NUMBA_DISABLE_JIT"] = "1"
            os._exit(_run_module(name))
        os.waitpid(child, 0)
        write_report()
    write_report()


def _run_module(name: str) -> int:
    import pytest

    files = sorted({begin.split("::", 1)[0] for begin in TESTS_BY_MODULE[name]})
    return int(pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[MutantRunner(name)]))


if __name__ == "__main__":
    main(sys.argv[1:])
