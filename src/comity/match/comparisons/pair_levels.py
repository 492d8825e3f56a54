"""Compare pairs in one compiled loop: the level that each pair reaches in every comparison.

Guarantees: the levels of a pair depend on that pair alone.
Does not: allocate in proportion to the number of pairs; hold the interpreter's lock.
Start at `compute_levels`.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.strings import LINE_CAPACITY
from comity.match.comparisons import COMPARISONS, Comparison, PairPart
from comity.match.comparisons.comparison import compile_source
from comity.match.comparisons.pair_views import PairSide, address_view, name_view, prefetch_names, unit_view
from comity.match.kernels.address_view import KnownPlaces
from comity.match.kernels.name_relations import EquivalentNames, fields_are_reversed
from comity.normalize.schema import DICTIONARY_COLUMNS

SCRATCH_BYTES = 3 * LINE_CAPACITY
"""Bytes of scratch memory that comparing two address lines takes: for both, and for a word of one."""
_SIDES = {
    PairPart.ADDRESS: ("left_address", "right_address"),
    PairPart.UNIT: ("left_unit", "right_unit"),
    PairPart.NAME: ("left_name", "right_name"),
    PairPart.NAME_SUFFIX: ("left.suffix_codes[pair]", "right.suffix_codes[pair]"),
    PairPart.TIN: ("left.tin_hashes[pair]", "right.tin_hashes[pair]"),
}
_OTHER_PARAMETERS = {"relation": "number_relations[pair]"}
"""The parameters `left` and `right` of each part, and others, in the words of the loop; the rest have the same name."""
_LOOP = """
def compute_levels(left, right, nicknames, spellings, known, number_relations, scratch, out):
    for pair in range(out.shape[1]):
        prefetch_names(left, pair)
        prefetch_names(right, pair)
"""
_REPEATED = """
        repeats_{name} = pair > 0 and (
            left.codes[{code}][pair] == left.codes[{code}][pair - 1]
            and right.codes[{code}][pair] == right.codes[{code}][pair - 1]
        )
"""
"""Whether a pair has the values of a lexicon that the pair before it has."""
_VIEWS = {
    PairPart.ADDRESS: """
            left_address, right_address = address_view(left, pair), address_view(right, pair)
""",
    PairPart.UNIT: """
            left_unit, right_unit = unit_view(left, pair), unit_view(right, pair)
""",
    PairPart.NAME: """
            left_name, right_name = name_view(left, pair), name_view(right, pair)
            is_reversed = fields_are_reversed(left_name, right_name)
""",
}
"""What the loop reads before the first comparison of each part. Reading it sooner would hold more in registers."""


def compile_pair_levels(comparisons: Iterable[Comparison]) -> Any:
    """Compile `compute_levels` for these comparisons: the loop over pairs with one call per comparison."""
    scope: dict[str, Any] = {
        "address_view": address_view,
        "unit_view": unit_view,
        "name_view": name_view,
        "prefetch_names": prefetch_names,
        "fields_are_reversed": fields_are_reversed,
    }
    rows = list(enumerate(comparisons))
    used = {lexicon for _, comparison in rows for lexicon in comparison.lexicons}
    source = _LOOP + "".join(
        _REPEATED.format(name=name, code=code) for code, name in enumerate(DICTIONARY_COLUMNS) if name in used
    )
    for part, group in groupby(rows, lambda row: row[1].part):
        members = list(group)
        scope |= {f"compare_{comparison.name}": comparison.compile() for _, comparison in members}
        repeated = [_is_repeated(comparison) for _, comparison in members]
        source += f"        if not ({' and '.join(repeated)}):\n" + _VIEWS.get(part, "")
        for (row, comparison), is_repeated in zip(members, repeated, strict=True):
            words = dict(zip(("left", "right"), _SIDES[part], strict=True)) | _OTHER_PARAMETERS
            arguments = ", ".join(words.get(name, name) for name in comparison.parameters)
            source += f"            if not ({is_repeated}):\n"
            source += f"                out[{row}, pair] = compare_{comparison.name}({arguments})\n"
        for (row, _), is_repeated in zip(members, repeated, strict=True):
            source += f"        if {is_repeated}:\n            out[{row}, pair] = out[{row}, pair - 1]\n"
    return compile_source(source, "compute_levels", scope, __name__)


def _is_repeated(comparison: Comparison) -> str:
    """Return the condition under which a pair has the level of the pair before it, in the words of the loop."""
    return " and ".join(f"repeats_{name}" for name in comparison.lexicons) or "False"


_compute_levels = compile_pair_levels(COMPARISONS.values())


def compute_levels(  # noqa: PLR0913, PLR0917  what the comparisons read
    left: PairSide,
    right: PairSide,
    nicknames: EquivalentNames,
    spellings: EquivalentNames,
    known: KnownPlaces,
    number_relations: npt.NDArray[np.uint8],
    out: npt.NDArray[np.int8],
) -> None:
    """Write the code of each pair's level to `out`, a row per comparison in the order of `COMPARISONS`.

    `known` tells a slip in a street or a city from another one; `number_relations` are those of `relate_numbers`.
    `nicknames` are equivalent given names, `spellings` equivalent surnames.
    """
    scratch = np.empty(SCRATCH_BYTES, np.uint8)  # a local: compiled code frees an array after its last use
    _compute_levels(left, right, nicknames, spellings, known, number_relations, scratch.ctypes.data, out)
