"""Create the mutants of one module: one change each, by the operators of mutmut 3.8.1.

mutmut passes over decorated functions, which here are the validators of the law's data, and over code outside
functions. So each module is mutated twice: without its decorators, for what is inside functions, and with them, for
what is outside.

Guarantees: a mutant whose compiled code is the original's counts as same code, and one that changes only the words of a
message counts as wording; neither is returned.
Start at `collect_mutants`.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import CodeType
from typing import Any

WORDING_CALLS = frozenset(
    {
        "met",
        "not_met",
        "undetermined",
        "not_applicable",
        "_invalid",
        "ValueError",
        "RuntimeError",
        "PolicyError",
    }
)
"""Calls whose texts are messages for people: their words change no outcome."""
MAX_TEXT_LENGTH, CONTEXT_LENGTH = 160, 40
_IS_FUNCTION = 0x2  # CO_NEWLOCALS: set for a function, not for the body of a class


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: its function and line, the original and the replacement, each on one line.

    `code` is that of the function, or of the whole module if the change is outside functions (`at_import`).
    """

    function: str
    line: int
    original: str
    replacement: str
    code: CodeType
    at_import: bool = False
    in_class: bool = False


@cache
def collect_mutants(path: Path) -> tuple[list[Mutant], Counter[str]]:
    """Return the mutants of a module that are to be run, and how many are not, by reason."""
    import libcst as cst

    text = path.read_text(encoding="utf-8")
    mutants: list[Mutant] = []
    excluded: Counter[str] = Counter()
    for source, at_import in ((cst.parse_module(text).visit(_decorator_remover()).code, False), (text, True)):
        for mutant in _mutate_source(str(path), source, at_import=at_import):
            if isinstance(mutant, Mutant):
                mutants.append(mutant)
            else:
                excluded[mutant] += 1
    return mutants, excluded


def _mutate_source(name: str, source: str, *, at_import: bool) -> Iterator[Mutant | str]:
    """Yield the mutants inside functions, or those outside (`at_import`); a reason for each that is not to be run."""
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import create_mutations

    parsed, mutations, _, _ = create_mutations(name, source)
    positions = MetadataWrapper(parsed, unsafe_skip_copy=True).resolve(PositionProvider)
    tree = ast.parse(source)
    wording, class_lines, body_lines = _wording_positions(tree), _class_lines(tree), _body_lines(tree)
    original_code = compile(source, name, "exec")
    original_functions = _function_codes(original_code)
    for mutation in mutations:
        start = positions[mutation.original_node].start
        if (start.line in body_lines) == at_import:
            continue
        try:
            changed = compile(parsed.deep_replace(mutation.original_node, mutation.mutated_node).code, name, "exec")
        except SyntaxError:
            yield "no code"
            continue
        changed_functions = {
            function: code
            for function, code in _function_codes(changed).items()
            if function in original_functions and not _is_same_code(code, original_functions[function])
        }
        if not changed_functions and _is_same_code(changed, original_code):
            yield "same code"
        elif (start.line, start.column) in wording:
            yield "wording"
        else:
            function = "(module)" if at_import else min(changed_functions, key=len)
            nodes = (mutation.original_node, mutation.mutated_node)
            original, replacement = (" ".join(parsed.code_for_node(node).split()) for node in nodes)
            code = changed if at_import else changed_functions[function]
            yield Mutant(
                function,
                start.line,
                *_shorten_difference(original, replacement),
                code,
                at_import,
                in_class=at_import and start.line in class_lines,
            )


def _decorator_remover() -> Any:
    import libcst as cst

    class DecoratorRemover(cst.CSTTransformer):
        def leave_FunctionDef(self, _node: Any, updated: Any) -> Any:  # noqa: N802
            return updated.with_changes(decorators=[])

    return DecoratorRemover()


def _body_lines(tree: ast.Module) -> set[int]:
    """Return the lines inside the body of a function."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {line for node in functions for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)}


def _class_lines(tree: ast.Module) -> set[int]:
    """Return the lines inside a class."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {line for node in classes for line in range(node.lineno, (node.end_lineno or 0) + 1)}


def _wording_positions(tree: ast.Module) -> set[tuple[int, int]]:
    """Return line and column of texts that are only messages for people."""
    positions: set[tuple[int, int]] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in WORDING_CALLS:
            continue
        if len(node.args) == 1 and name != "PolicyError":
            positions.add((node.lineno, node.col_offset))
        for argument in node.args:
            texts = [each for each in ast.walk(argument) if _is_text(each)]
            positions |= {(text.lineno, text.col_offset) for text in texts}
            if _is_text(argument):  # a text over several lines: its parts have positions of their own
                lines = range(argument.lineno, (argument.end_lineno or argument.lineno) + 1)
                positions |= {(line, column) for line in lines for column in range(200)}
    return positions


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _function_codes(code: CodeType) -> dict[str, CodeType]:
    """Return the code of every function of a module that is not inside another, by its qualified name."""
    codes: dict[str, CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & _IS_FUNCTION and not constant.co_name.startswith("<"):
                codes[constant.co_qualname] = constant
            else:
                codes |= _function_codes(constant)
    return codes


def _is_same_code(left: CodeType, right: CodeType) -> bool:
    """Return whether two functions have the same instructions, constants and names, whatever their lines."""
    if (left.co_code, left.co_names, left.co_varnames) != (right.co_code, right.co_names, right.co_varnames):
        return False
    if len(left.co_consts) != len(right.co_consts):
        return False
    for a, b in zip(left.co_consts, right.co_consts, strict=True):
        if isinstance(a, CodeType) and isinstance(b, CodeType):
            if not _is_same_code(a, b):
                return False
        elif a != b or type(a) is not type(b):
            return False
    return True


def _shorten_difference(original: str, replacement: str) -> tuple[str, str]:
    """Return both texts; of long ones, the part around the difference."""
    if max(len(original), len(replacement)) <= MAX_TEXT_LENGTH:
        return original, replacement
    start = _common_prefix_length(original, replacement)
    end = _common_prefix_length(original[start:][::-1], replacement[start:][::-1])
    first = max(start - CONTEXT_LENGTH, 0)
    shortened = [
        f"{'... ' if first else ''}{text[first : len(text) - max(end - CONTEXT_LENGTH, 0)]}"
        for text in (original, replacement)
    ]
    return shortened[0][:MAX_TEXT_LENGTH], shortened[1][:MAX_TEXT_LENGTH]


def _common_prefix_length(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
