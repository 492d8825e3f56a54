"""Mutation testing of the modules that decide outcomes; writes docs/results/mutants.md.

The mutants are those of mutmut 3.8.1 (its own operators, in an environment of its own: requirements/mutants.txt). The
loop is ours, for two reasons found by trying: mutmut's took 1.3 seconds of CPU for each mutant of this layout (it
collects the tests anew each time), and it passes over decorated functions, which here are the validators of the law's
data. So tests are collected once, and each mutant is put into a fork of that process by exchanging the code of the one
function that it changes; the tests run until the first that fails.

Guarantees: a module whose tests do not pass without a mutant is an error; a mutant whose compiled code is the original's
is counted as equivalent by the compiler, one in the words of a message as wording, and neither is run.
Start at `main`: `python bench/mutants.py` runs all of `MODULES`, `python bench/mutants.py gates.judging` one.
"""

import ast
import dataclasses
import importlib
import json
import os
import resource
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))
OUT = ROOT / "out" / "mutants"
RESULTS = ROOT / "docs" / "results" / "mutants.md"
KNOWN = ROOT / "bench" / "mutants.json"
TIMEOUT = 60

ALONE, CASES = "tests/unit/gates/test_alone.py", "tests/unit/gates/test_cases.py"
PARTS, JUDGING = "tests/unit/gates/test_parts.py", "tests/unit/gates/test_judging.py"
CONFLICTS, VERSIONS = "tests/unit/gates/test_conflicts.py", "tests/unit/law/test_versions.py"
ORDERS = "tests/unit/law/test_orders.py"


def _rule(name: str, *more: str) -> tuple[str, ...]:
    return (f"{ALONE}::test_alone[{name}", *more)


MODULES: dict[str, tuple[str, ...]] = {
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
    "gates.r07_specific_reason": _rule("r07"),
    "gates.r11_size_and_repetition": _rule("r11"),
    "gates.r03_officer_engagement": _rule("r03"),
    "gates.n00_name_set_forth": _rule("n00"),
    "gates.conflicts": (CONFLICTS,),
    "gates.authority": (CONFLICTS,),
    "gates.judging": (
        f"{JUDGING}::test_a_",
        f"{JUDGING}::test_an_empty",
        f"{JUDGING}::test_the_f",
        f"{JUDGING}::test_more",
    ),
    "law.cited": (VERSIONS,),
    "law.agreement": (VERSIONS,),
    "law.matching": (VERSIONS,),
    "law.party": (*_rule("r08"), *_rule("m02"), *_rule("r10")),
    "law.register": (*_rule("r09"), ORDERS),
    "gates.facts": tuple(f"{ALONE}::test_alone[{name}" for name in ("d04", "r14", "r10", "d01", "r06")),
    "gates.citations": (*_rule("r04"), *_rule("d01")),
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
    "gates.a12_shared_address": _rule("a12"),
}
"""Module under comity, and how the ids of the smallest tests that decide for it begin."""

SAYING = {"met", "not_met", "undetermined", "not_applicable", "_invalid", "ValueError", "RuntimeError", "PolicyError"}
"""Calls whose texts are words for people: what they say changes no outcome."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One changed function: where, what was there and what stands there instead."""

    number: int
    function: str
    line: int
    was: str
    becomes: str
    code: CodeType


def make_mutants(name: str) -> tuple[list[Mutant], Counter[str]]:
    """The mutants of one module that are to be run, and how many are not, by why."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import create_mutations

    path = ROOT / "src" / "comity" / (name.replace(".", "/") + ".py")
    module = cst.parse_module(path.read_text(encoding="utf-8")).visit(_undecorate(cst))
    source = module.code
    parsed, mutations, _, _ = create_mutations(str(path), source)
    lines = MetadataWrapper(parsed, unsafe_skip_copy=True).resolve(PositionProvider)
    spoken = _spoken_lines(source)
    original = _functions(compile(source, str(path), "exec"))
    made: list[Mutant] = []
    left: Counter[str] = Counter()
    for number, mutation in enumerate(mutations):
        at = lines[mutation.original_node]
        if (at.start.line, at.start.column) in spoken:
            left["wording"] += 1
            continue
        try:
            text = parsed.deep_replace(mutation.original_node, mutation.mutated_node).code
            changed = _functions(compile(text, str(path), "exec"))
        except SyntaxError:
            left["no code"] += 1
            continue
        different = [key for key, code in changed.items() if key in original and not _same(code, original[key])]
        if not different:
            left["same code"] += 1
            continue
        show = parsed.code_for_node
        was, becomes = show(mutation.original_node).strip(), show(mutation.mutated_node).strip()
        key = min(different, key=len)
        made.append(Mutant(number, key, at.start.line, was[:160], becomes[:160], changed[key]))
    return made, left


def _undecorate(cst: Any) -> Any:
    class Undecorate(cst.CSTTransformer):  # type: ignore[misc]
        def leave_FunctionDef(self, _node: Any, updated: Any) -> Any:  # noqa: N802
            return updated.with_changes(decorators=[])

    return Undecorate()


def _spoken_lines(source: str) -> set[tuple[int, int]]:
    """Where texts stand that are only words for people."""
    found: set[tuple[int, int]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in SAYING:
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


def _functions(code: CodeType) -> dict[str, CodeType]:
    """Every function of a module that is not inside another: qualified name -> code."""
    found: dict[str, CodeType] = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & 0x2:  # CO_NEWLOCALS: a function, not a class body
                found[const.co_qualname] = const
            else:
                found |= _functions(const)
    return found


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two functions do the same: their code, constants and names, wherever they stand in the file."""
    if (one.co_code, one.co_names, one.co_varnames, len(one.co_consts)) != (
        other.co_code, other.co_names, other.co_varnames, len(other.co_consts),
    ):  # fmt: skip
        return False
    for a, b in zip(one.co_consts, other.co_consts, strict=True):
        if isinstance(a, CodeType) and isinstance(b, CodeType):
            if not _same(a, b):
                return False
        elif a != b or type(a) is not type(b):
            return False
    return True


def _live(name: str, qualified: str) -> FunctionType:
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


class Loop:
    """Runs the collected tests once as they are, and then once for each mutant of each module, each in a fork."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.name = ""

    def pytest_runtestloop(self, session: Any) -> bool:
        """Take the place of pytest's own loop."""
        from comity.law import load

        load()
        for name in self.names:
            self.name, begins = name, MODULES[name]
            self._module([item for item in session.items if item.nodeid.startswith(begins)])
        return True

    def _module(self, items: list[Any]) -> None:
        for item in items:
            if hasattr(item.module, "prepared"):
                item.module.prepared(item.callspec.params["rule"].id)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not items or self._run(items, None) is not None:
            print(f"{self.name}: its tests do not pass as they are", flush=True)
            return
        mutants, left = make_mutants(self.name)
        killed, survivors, tests = 0, [], len(items)
        for mutant in mutants:
            killer = self._run(items, mutant)
            if killer is None:
                survivors.append({"function": mutant.function, "was": mutant.was, "becomes": mutant.becomes})
                print(f"  survives: {mutant.line} {mutant.function}: {mutant.was!r} -> {mutant.becomes!r}", flush=True)
            else:
                killed += 1
                items.insert(0, items.pop(killer))  # what killed one mutant is likely to kill the next
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = {
            "module": self.name, "tests": tests, "killed": killed, "left": dict(left), "survivors": survivors,
            "cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime),
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
            self._child(items, mutant, write)
        os.close(write)
        said = os.read(read, 8)
        os.close(read)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return None
        return int(said) if said else 0

    def _child(self, items: list[Any], mutant: Mutant | None, write: int) -> None:
        from _pytest.runner import runtestprotocol

        signal.alarm(TIMEOUT)
        for stream in (1, 2) if mutant else ():
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        try:
            if mutant is not None:
                _live(self.name, mutant.function).__code__ = mutant.code
                if self.name.startswith("law."):
                    importlib.import_module("comity.law.loader")._shipped.cache_clear()  # noqa: SLF001  the law is read anew
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


def report() -> None:
    """Write docs/results/mutants.md from what was run; a survivor without a reason on file is named as such."""
    found = [json.loads((OUT / f"{n}.json").read_text()) for n in MODULES if (OUT / f"{n}.json").exists()]
    reasons = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    total = {key: sum(f[key] for f in found) for key in ("killed", "cpu")}
    left: Counter[str] = Counter()
    for f in found:
        left.update(f["left"])
    survivors = sum(len(f["survivors"]) for f in found)
    said = [
        f"{len(found)} of {len(MODULES)} modules run: {total['killed'] + survivors:,} mutants, {total['killed']:,} killed,",
        f"{survivors} survive; {left['wording']:,} wording, {left['same code'] + left['no code']:,} same code;",
        f"{total['cpu']:,} s of CPU.",
    ]
    lines = [
        "# Mutation testing",
        "",
        "Written by `make mutants` (bench/mutants.py): mutants by mutmut 3.8.1's operators, each run in a fork of one",
        "collected test session. *Wording*: the mutant changes the words of a message and no outcome. *Same code*: it compiles",
        "to what was there. Neither is run.",
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
    missing = [n for n in MODULES if not (OUT / f"{n}.json").exists()]
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
                _cell(m["was"]),
                _cell(m["becomes"]),
                why or "**not explained**",
            )
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"{open_ones} without an explanation."]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{RESULTS}: {survivors} survivors, {open_ones} not explained")


def _cell(text: str) -> str:
    return "`" + " ".join(text.replace("|", "\\|").split()).replace("`", "'") + "`"


def main(names: list[str]) -> None:
    """Run the modules named (all of them when none is) and write the report; `--report` writes it from what was run."""
    import pytest

    if names != ["--report"]:
        names = names or list(MODULES)
        files = sorted({begin.split("::", 1)[0] for name in names for begin in MODULES[name]})
        pytest.main(["-q", "-p", "no:cacheprovider", *files], plugins=[Loop(names)])
    report()


if __name__ == "__main__":
    main(sys.argv[1:])
