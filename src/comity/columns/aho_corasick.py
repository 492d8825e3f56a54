"""Find which values of a column hold one of some words, in one pass over the bytes.

Guarantees: words are found wherever they occur, in either case; a byte beyond ASCII counts as a match, so that a caller
looks at such a value more closely.
Does not: say which word was found, or where.
Basis: Aho and Corasick 1975; ADR 0019 compares it with RE2.
Start at `contains_any`.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.buffers import Bools, Bytes, Offsets, data_and_offsets
from comity.columns.kernel import kernel
from comity.columns.parallel import map_chunks_parallel

_NON_ASCII = 128
_LANES = 8  # values that are read side by side, because each step waits for the one before it


class AhoCorasick(NamedTuple):
    """An automaton that recognizes whether one of some words occurs in a value.

    A state is the index at which its row begins in `transitions`; a row holds the next state for each class of byte.
    `match_state` is final: it leads nowhere else.
    """

    byte_classes: Bytes
    transitions: npt.NDArray[np.uint16]
    match_state: int


def build_automaton(words: Iterable[str]) -> AhoCorasick:
    """Build an automaton for ASCII words in either case; a byte beyond ASCII leads to the match state.

    Raises:
        RuntimeError: the words have more prefixes than 16 bits can number.
    """
    capitals = [word.upper().encode() for word in words]
    letters = sorted(set(b"".join(capitals)))
    byte_classes = np.zeros(256, dtype=np.uint8)
    for byte_class, letter in enumerate(letters, 1):
        byte_classes[[letter, ord(chr(letter).lower())]] = byte_class
    byte_classes[_NON_ASCII:] = len(letters) + 1
    children, final_states = _build_trie(capitals, byte_classes)
    width = len(letters) + 2
    if (len(children) + 1) * width > np.iinfo(np.uint16).max:
        raise RuntimeError("an automaton of these words needs more states than 16 bits can number: use fewer words")
    transitions = np.zeros((len(children) + 1, width), dtype=np.uint16)
    fallbacks, match_state, queue = [0] * len(children), len(children), deque([0])
    while queue:  # breadth first, so that the row of each shorter fallback state is complete
        state = queue.popleft()
        transitions[state] = transitions[fallbacks[state]] if state else 0
        for byte_class, child in children[state].items():
            fallbacks[child], transitions[state, byte_class] = int(transitions[state, byte_class]), child
            final_states |= {child} if fallbacks[child] in final_states else set()
            queue.append(child)
    transitions[np.isin(transitions, list(final_states))] = match_state
    transitions[:, -1] = transitions[match_state] = match_state
    return AhoCorasick(byte_classes, (transitions * width).astype(np.uint16).reshape(-1), match_state * width)


def _build_trie(words: Iterable[bytes], byte_classes: Bytes) -> tuple[list[dict[int, int]], set[int]]:
    """Return each prefix's child states by class of byte, and the states in which a word ends."""
    children: list[dict[int, int]] = [{}]
    final_states: set[int] = set()
    for word in words:
        state = 0
        for letter in word:
            byte_class = int(byte_classes[letter])
            if byte_class not in children[state]:
                children[state][byte_class] = len(children)
                children.append({})
            state = children[state][byte_class]
        final_states.add(state)
    return children, final_states


def contains_any(text: pa.Array, automaton: AhoCorasick) -> Bools:
    """Return for each value whether one of the automaton's words, or a byte beyond ASCII, occurs in it."""
    return np.concatenate(map_chunks_parallel(lambda chunk: _contains_any_chunk(chunk, automaton), text))


def _contains_any_chunk(text: pa.Array, automaton: AhoCorasick) -> Bools:
    marked = np.zeros(len(text), dtype=np.bool_)
    _mark_matches(*data_and_offsets(text), automaton, marked)
    return marked


@kernel
def _mark_matches(data: Bytes, offsets: Offsets, automaton: AhoCorasick, marked: Bools) -> None:
    """Mark the values in which the automaton reaches its match state."""
    byte_classes, transitions, match_state = automaton
    row_count = len(offsets) - 1
    states, starts = np.zeros(_LANES, np.uint64), np.zeros(_LANES, np.uint64)
    row = 0
    while row + _LANES <= row_count:
        shortest = np.int64(offsets[row + 1] - offsets[row])
        for lane in range(_LANES):
            states[lane], starts[lane] = 0, offsets[row + lane]
            shortest = min(shortest, np.int64(offsets[row + lane + 1] - offsets[row + lane]))
        for i in range(np.uint64(shortest)):
            for lane in range(_LANES):
                states[lane] = transitions[states[lane] + byte_classes[data[starts[lane] + i]]]
        for lane in range(_LANES):
            state = states[lane]
            for i in range(starts[lane] + np.uint64(shortest), np.uint64(offsets[row + lane + 1])):
                state = np.uint64(transitions[state + byte_classes[data[i]]])
            marked[row + lane] = state == match_state
        row += _LANES
    for last in range(row, row_count):
        state = np.uint64(0)
        for i in range(np.uint64(offsets[last]), np.uint64(offsets[last + 1])):
            state = np.uint64(transitions[state + byte_classes[data[i]]])
        marked[last] = state == match_state
