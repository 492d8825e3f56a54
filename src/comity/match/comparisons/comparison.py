"""Declare a comparison as one table of levels, and compile that table into a kernel.

A level states everything that the rest of the program derives from it: when a pair reaches it, how often the same
person reaches it before any data is seen, whether the values agree, how term frequencies adjust it, and its label.

Guarantees: every pair reaches exactly one level, the first one that fits; levels are numbered from 1 in table order.
Does not: state fitted weights (`match/model.json` has them).
Basis: Fellegi and Sunter 1969; comparison levels as in Splink.
Start at `Comparison`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.kernel import inline_kernel, kernel


class TermFrequency(Enum):
    """How the frequency of a value adjusts the weight of a level."""

    FULL = "full"
    """The values agree, so the adjustment is the frequency of the value itself."""
    PARTIAL = "partial"
    """The values differ, so the adjustment is the rarer value's frequency relative to a typical one: hardly anyone has
    a misspelled name, while a sibling's name is an ordinary one."""


class PairPart(Enum):
    """The part of a pair that a comparison reads; `parameters` are the values that its conditions can take."""

    ADDRESS = 1, "left", "right", "scratch", "known"
    """Two `AddressView`s, the address of `SCRATCH_BYTES` bytes to write to, and the `KnownPlaces`."""
    UNIT = 2, "left", "right"
    """Two `UnitView`s."""
    NAME = 3, "left", "right", "is_reversed", "nicknames", "spellings"
    """Two `NameView`s, whether their fields are reversed, and the two sets of `equivalent_names`."""
    NAME_SUFFIX = 4, "left", "right"
    """Two codes of generational suffixes, 0 for none."""
    TIN = 5, "left", "right", "relation"
    """Two hashes of taxpayer numbers, 0 for none; how numbers that are not equal relate (`near_numbers`)."""

    def __init__(self, _: int, *parameters: str) -> None:
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a comparison.

    Attributes:
        name: what code calls it.
        label: its key in `model.json` and in explanations; a fitted model holds it, so it never changes.
        condition: returns whether a pair reaches it, given that it reached no earlier level; None for the last level.
            Its parameters are named after what it reads: values of `PairPart`, or measures of the comparison.
        m: the share of pairs of the same person that reach it, before any data is seen.
        u: the share of random pairs that reach it, where it is not counted in the data. It is 1 where the term
            frequency is the whole weight, and m where the level is no evidence.
        weight: a stated weight in bits instead of log2 of m over u.
        weight_as: the name of a level whose starting weight this one shares.
        family_m: m for two members of one household.
        family_weight: `weight` for two members of one household.
        agrees: whether the values agree, for the evidence that leaves the matcher.
        is_exact: whether the values are equal.
        is_null: whether a value is missing.
        term_frequency: how term frequency adjusts the level, if at all.
    """

    name: str
    label: str
    condition: Callable[..., bool] | None = None
    m: float | None = None
    u: float | None = None
    weight: float | None = None
    weight_as: str | None = None
    family_m: float | None = None
    family_weight: float | None = None
    agrees: bool = False
    is_exact: bool = False
    is_null: bool = False
    term_frequency: TermFrequency | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The levels of one comparison, in order.

    Attributes:
        name: its column in comparison vectors, and its key in `model.json`.
        part: what its conditions read.
        levels: a pair reaches the first level whose condition holds.
        module: the name of the module that declares it; its machine code is kept beside that module's file.
        measures: functions whose value is computed once per pair, before the first level that needs it. Conditions
            and later measures take the value as a parameter with the measure's name.
        lexicons: the lexicons that decide the level, if pairs in a row often have the same values of them on both
            sides: such a pair has the level of the pair before it.
    """

    name: str
    part: PairPart
    levels: tuple[Level, ...]
    module: str
    measures: tuple[Callable[..., Any], ...] = ()
    lexicons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        *conditional, last = self.levels
        if last.condition is not None or any(level.condition is None for level in conditional):
            raise RuntimeError(f"{self.name}: exactly the last level has no condition")
        for names in ([level.name for level in self.levels], self.labels):
            if len(set(names)) < len(names):
                raise RuntimeError(f"{self.name}: two levels share a name or a label")

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the levels, in order."""
        return tuple(level.label for level in self.levels)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return those parameters of `part` that its measures and conditions take, in the order of `part`.

        A kernel is passed arrays field by field, on the stack, so one that is not read costs as much as one that is.
        """
        functions = [*self.measures, *(level.condition for level in self.levels if level.condition)]
        taken = {name for function in functions for name in _parameters(function)}
        return tuple(name for name in self.part.parameters if name in taken)

    def code(self, name: str) -> int:
        """Return the number of the level with this name."""
        return [level.name for level in self.levels].index(name) + 1

    def level(self, name: str) -> Level:
        """Return the level with this name."""
        return self.levels[self.code(name) - 1]

    def mask(self, is_included: Callable[[Level], bool]) -> npt.NDArray[np.bool_]:
        """Return for each code from 0 (no level) whether its level is included."""
        return np.array([False, *map(is_included, self.levels)])

    def compile(self) -> Callable[..., int]:
        """Compile the table into a kernel that takes `parameters` and returns the code of a pair's level.

        Raises:
            RuntimeError: a condition takes a parameter that is neither of `part` nor a measure.
        """
        scope: dict[str, Any] = {}
        known = set(self.parameters)
        lines = [f"def compare_{self.name}({', '.join(self.parameters)}):"]

        def call(function: Callable[..., Any], name: str) -> str:
            parameters = _parameters(function)
            for measure in self.measures:
                if (measured := measure.__name__) in parameters and measured not in known:
                    lines.append(f"    {measured} = {call(measure, f'measure_{measured}')}")
                    known.add(measured)
            if unknown := set(parameters) - known:
                raise RuntimeError(f"{self.name}: {name} takes {sorted(unknown)}, which no measure computes")
            scope[name] = function if hasattr(function, "py_func") else inline_kernel(function)
            return f"{name}({', '.join(parameters)})"

        for code, level in enumerate(self.levels, 1):
            if level.condition is None:
                lines.append(f"    return {code}")
            else:
                condition = call(level.condition, f"reaches_{level.name.lower()}")
                lines += [f"    if {condition}:", f"        return {code}"]
        return compile_source("\n".join(lines), f"compare_{self.name}", scope, self.module)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    code = getattr(function, "py_func", function).__code__
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names


def compile_source(source: str, name: str, scope: dict[str, Any], module: str) -> Callable[..., Any]:
    """Compile the function `name` of a source text as a kernel of `module`, beside which its machine code is kept.

    `scope` holds what the text refers to.
    """
    file = sys.modules[module].__file__
    scope["__name__"] = module
    exec(compile(source, str(file), "exec"), scope)  # noqa: S102  the text is assembled from this package's own tables
    function: Callable[..., Any] = kernel(scope[name])
    return function
