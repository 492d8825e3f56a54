"""Recompute the whole ledger inside the custodian's house, and compare everything with everything.

From the entries alone: dense indices, leaf hashes, nodes, frontier, root, each checkpoint's root and signature. With
the answers: every commitment reopened, each answered batch's answers and entries one to one, each release's counts. An
answer without content must be one that a purge's entry names, and the other way round. Each filing about a court order
is the one that its entry commits to, signed by the key that the entry names.

Guarantees: streams (one hash is kept for every 256 entries); names the entry, row, batch or node that is wrong;
returns nothing when all is well. A finding names batches and row numbers, never a value of a request or record.
Does not: mend anything. Basis: RFC 9162 section 2.1; docs/spec/ledger.md.
Start at `check_ledger`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice, zip_longest
from sys import maxsize

from comity.errors import LedgerError
from comity.ledger.events import is_valid_opening
from comity.ledger.leaf import (
    KINDS_WITH_OPENING,
    NON_ANSWER_KINDS,
    canonicalize_json,
    encode_answer_leaves,
    encode_filing_leaf,
    encode_filing_payload,
    encode_purge_leaf,
    encode_release_leaf,
)
from comity.model.release import Release
from comity.signing import extract_embedded_key, key_thumbprint
from comity.store import answers, batches, entries, filings, openings, purges
from comity.store.answers import AnswerColumns
from comity.store.batches import ANSWERED, StoredBatch
from comity.store.database import Snapshot, Store
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import TILE_HEIGHT, Frontier, hash_leaves
from comity.tlog.note import Verifier
from comity.tlog.tiles import split_hashes, unpack_bundle

MAX_FINDINGS_PER_CHECK = 100
"""No more findings than this of one kind are named."""

_ANSWERS_PER_CHUNK = 1 << 14


@dataclass
class _RecomputedTree:
    """What the entries say, gathered in one pass."""

    frontier: Frontier = field(default_factory=Frontier)
    roots_by_size: dict[int, bytes] = field(default_factory=dict)  # by size, where a checkpoint asks
    nodes_by_level: dict[int, list[bytes]] = field(default_factory=dict)  # by tile level
    release_leaves: dict[int, bytes] = field(default_factory=dict)  # by entry
    purge_leaves: dict[int, bytes] = field(default_factory=dict)  # by entry
    filing_leaves: dict[int, bytes] = field(default_factory=dict)  # by entry
    leaves_with_opening: dict[int, bytes] = field(default_factory=dict)  # by entry: those that have an opening

    def extend(self, hashes: Sequence[bytes]) -> None:
        self.frontier, completed = self.frontier.extend(hashes)
        for level, nodes in completed.items():
            self.nodes_by_level.setdefault(level, []).extend(nodes)


def check_ledger(store: Store, verifiers: Sequence[Verifier], origin: str) -> tuple[str, ...]:
    """Check the ledger in the control database; what is wrong, in words, empty when nothing is.

    Raises ComityError `store_unavailable` or `store_damaged` when the database cannot even be read.
    """
    found = list(store.check_database())
    with store.read() as tx:
        tree = _RecomputedTree()
        checkpoints = entries.list_checkpoints(tx)
        for check in (
            _check_entries(tx, tree, [checkpoint.size for checkpoint in checkpoints]),
            _check_head(tx, tree),
            _check_nodes(tx, tree),
            (finding for row in checkpoints for finding in _check_checkpoint(tx, row, tree, verifiers, origin)),
            _check_releases(tx, tree),
            _check_purges(tx, tree),
            _check_filings(tx, tree),
            _check_openings(tx, tree),
        ):
            found += islice(check, MAX_FINDINGS_PER_CHECK)
            for _ in check:  # finish the pass: what follows rests on all of it
                pass
    return tuple(found)


def _check_entries(tx: Snapshot, tree: _RecomputedTree, sizes: Sequence[int]) -> Iterator[str]:
    """Hash every entry, open every commitment, and gather the tree."""
    stops = sorted(sizes, reverse=True)
    answered = _AnswerCursor(tx)
    for block in entries.stream_blocks(tx):
        first = tree.frontier.size
        if block.first_index != first:
            yield f"entry {first} is missing: the next on file is {block.first_index}; no later one can be checked"
            return
        try:
            leaves = unpack_bundle(block.bundle)
        except ValueError:
            leaves = []
        if len(leaves) != block.width:
            yield f"entries {first} to {first + block.width - 1} cannot be read; no later one can be checked"
            return
        hashes = hash_leaves(leaves)
        if b"".join(hashes) != block.hashes:
            for index, (ours, stored) in enumerate(zip_longest(hashes, split_hashes(block.hashes)), first):
                if ours != stored:
                    yield f"entry {index}: its bytes and its stored hash disagree"
        yield from _check_contents(first, leaves, answered, tree)
        at = 0
        while stops and stops[-1] <= first + len(leaves):
            size = stops.pop()
            tree.extend(hashes[at : size - first])
            at = size - first
            tree.roots_by_size[size] = tree.frontier.root
        tree.extend(hashes[at:])
    if 0 in sizes:
        tree.roots_by_size[0] = Frontier().root
    while answered.entry != maxsize:
        yield f"row {answered.row} of batch {answered.batch_id} is answered, but its entry {answered.entry} is missing"
        answered.advance()


class _AnswerCursor:
    """The answers on file in ledger order, one at a time: entry, row, batch, and the leaf that it ought to have.

    Of a purged answer the leaf is None: what it said is gone, and only that it is an answer to that row can be told. Of
    one that lacks anything else it is no leaf at all.
    """

    def __init__(self, tx: Snapshot) -> None:
        self._rows = self._stream(tx)
        self.advance()

    def advance(self) -> None:
        self.entry, self.row, self.batch_id, self.leaf = next(self._rows, (maxsize, 0, "", b""))

    @staticmethod
    def _stream(tx: Snapshot) -> Iterator[tuple[int, int, str, bytes | None]]:
        for batch_id, first in answers.find_first_entries(tx).items():
            rows = answers.stream_openings(tx, batch_id)
            while chunk := list(islice(rows, _ANSWERS_PER_CHUNK)):
                kept = [opening for opening in chunk if None not in tuple(opening)]
                row, request_id, code, reasons, salt = zip(*kept, strict=True) if kept else [()] * 5
                answer = AnswerColumns(row=row, request_id=request_id, code=code, reasons=reasons, salt=salt)
                leaves = dict(zip(row, encode_answer_leaves(batch_id, answer), strict=True))
                for opening in chunk:
                    expected = None if opening.salt is None else leaves.get(opening.row, b"")
                    yield first + opening.row - 1, opening.row, batch_id, expected


def _check_contents(
    first: int, leaves: Sequence[bytes], answered: _AnswerCursor, tree: _RecomputedTree
) -> Iterator[str]:
    """Hold each entry to the answer on file that names it; one that none names must be of another kind."""
    for index, leaf in enumerate(leaves, first):
        while answered.entry < index:  # two batches lay claim to it
            yield f"entry {answered.entry} is claimed by row {answered.row} of batch {answered.batch_id} and by another"
            answered.advance()
        if answered.entry == index:
            if leaf != answered.leaf and (answered.leaf is not None or not _is_answer_to_row(leaf, answered)):
                yield f"entry {index} is not what row {answered.row} of batch {answered.batch_id} was answered"
            answered.advance()
        else:
            yield from _check_other_entry(index, leaf, tree)


def _is_answer_to_row(leaf: bytes, answered: _AnswerCursor) -> bool:
    """Whether a leaf whose content was purged is that of the row, as far as one can still tell."""
    facts = {"kind": "answer", "batch": answered.batch_id, "row": answered.row}
    try:
        said = json.loads(leaf)
        return canonicalize_json(said) == leaf and all(said[key] == value for key, value in facts.items())
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _check_other_entry(index: int, leaf: bytes, tree: _RecomputedTree) -> Iterator[str]:
    try:
        kind = json.loads(leaf)["kind"]
    except (ValueError, KeyError, TypeError, RecursionError):
        kind = None
    if kind == "answer":
        yield f"entry {index} says that a row was answered, but no such answer is on file"
    elif kind == "release":
        tree.release_leaves[index] = leaf
    elif kind == "purge":
        tree.purge_leaves[index] = leaf
    elif kind == "order":
        tree.filing_leaves[index] = leaf
    elif kind in KINDS_WITH_OPENING:
        tree.leaves_with_opening[index] = leaf
    elif kind not in NON_ANSWER_KINDS:
        yield f"entry {index} is of no known kind"


def _check_head(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    row = entries.get_head(tx)
    size, root, frontier = (0, Frontier().root, b"") if row is None else (row.size, row.root, row.frontier)
    if size != tree.frontier.size:
        yield f"the head says {size} entries, there are {tree.frontier.size}"
    elif root != tree.frontier.root:
        yield "the head's root hash is not that of the entries"
    elif frontier != tree.frontier.to_bytes():
        yield "the head's frontier is not that of the entries"


def _check_nodes(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    for level, group in groupby(entries.stream_nodes(tx), key=lambda node: node.level):
        stored = [(node.node_index, node.hash) for node in group]
        expected = tree.nodes_by_level.pop(level, [])
        if [index for index, _ in stored] != list(range(len(expected))):
            yield f"the nodes of level {level} are not the {len(expected)} that the entries make"
        for (index, node), ours in zip(stored, expected, strict=False):
            if node != ours:
                width = 1 << (TILE_HEIGHT * level)
                yield f"node {index} of level {level} is not the root of entries {index * width} to {(index + 1) * width - 1}"
    for level in tree.nodes_by_level:
        yield f"the nodes of level {level} are missing"


def _check_checkpoint(
    tx: Snapshot, row: entries.StoredCheckpoint, tree: _RecomputedTree, verifiers: Sequence[Verifier], origin: str
) -> Iterator[str]:
    try:
        signed = open_checkpoint(row.note, origin, verifiers)
        for line in entries.list_cosignatures(tx, row.size):  # that it is a line; a delivery verifies it
            open_checkpoint(row.note + (line or "\n"), origin, verifiers)
    except LedgerError as fault:
        yield f"the checkpoint of {row.size} entries does not verify: {fault.message}"
        return
    if (signed.size, signed.root) != (row.size, row.root):
        yield f"the checkpoint filed under {row.size} entries says something else"
    elif row.size not in tree.roots_by_size:
        yield f"a checkpoint signs {row.size} entries, there are {tree.frontier.size}"
    elif tree.roots_by_size[row.size] != row.root:
        yield f"the first {row.size} entries are not those that the checkpoint of that size signed"


def _check_releases(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    answered = answers.find_first_entries(tx)
    for batch in batches.list_batches(tx):
        if batch.status == ANSWERED:
            yield from _check_batch(tx, batch, tree)
        elif batch.batch_id in answered:
            yield f"batch {batch.batch_id} is not answered, but answers to it are on file"
    for entry in tree.release_leaves:
        yield f"entry {entry} releases a batch that is not on file as answered by it"


def _check_batch(tx: Snapshot, batch: StoredBatch, tree: _RecomputedTree) -> Iterator[str]:
    name, counts = f"batch {batch.batch_id}", answers.count_stored_codes(tx, batch.batch_id)
    if sum(counts.values()) != batch.rows:
        yield f"{name} has {batch.rows} rows and {sum(counts.values())} answers"
    is_purged = purges.is_purged(tx, batch.batch_id)
    if is_purged:  # its counts, file hash and salt are gone too: all of its release but the commitment can be told
        batch = replace(batch, answers_sha256="", release_salt=b"")
    try:
        release = batch.to_release(counts)
    except RuntimeError:
        yield f"{name} is answered, but what it rested on is incomplete"
        return
    for row in answers.stream_out_of_place(tx, batch.batch_id, release.first_entry):
        place = release.first_entry + row.row - 1
        yield f"row {row.row} of {name} is filed under entry {row.entry}, and must be under {place}"
    leaf = tree.release_leaves.pop(release.release_entry, None)
    if leaf is None or release.release_entry != batch.release_entry:
        yield f"{name}: entry {batch.release_entry} is not its release"
    elif _without_commitment(leaf, is_purged=is_purged) != _without_commitment(
        encode_release_leaf(release), is_purged=is_purged
    ):
        yield f"{name}: its release, entry {batch.release_entry}, differs from what is on file"
    if not is_purged and not _document_matches(batch, release):
        yield f"{name}: what is delivered beside its answers differs from what is on file"


def _document_matches(batch: StoredBatch, release: Release) -> bool:
    """Whether the document that a delivery would sign says of batch and release what is on file."""
    wanted = {
        "requester": batch.requester, "batch_sha256": batch.manifest_sha256, "requests_sha256": batch.requests_sha256,
        "batch_id": release.batch_id, "agreement": release.agreement, "rows": release.row_count,
        "orders_consulted": list(release.order_ids), "law": release.law_fingerprint,
        "answers_sha256": release.answers_sha256, "rehearsal": release.is_rehearsal,
    }  # fmt: skip
    counts = {code: count for code, count in release.counts.items() if count}
    try:
        said = json.loads(batch.summary or "")["document"]
        told = {code: count for code, count in said["counts"].items() if count}
        return told == counts and all(said[name] == value for name, value in wanted.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _without_commitment(leaf: bytes, *, is_purged: bool) -> bytes:
    """A release's leaf; of a purged batch, without its commitment."""
    return canonicalize_json({**json.loads(leaf), "commitment": None}) if is_purged else leaf


def _check_purges(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    named: set[tuple[str, int]] = set()
    for purge in purges.list_purges(tx):
        named.update((purge.batch_id, row) for row in purge.row_numbers)
        leaf = encode_purge_leaf(
            batch_id=purge.batch_id, rows=purge.row_numbers, order=purge.order, salt=purge.salt, as_of=purge.purged_at
        )
        if tree.purge_leaves.pop(purge.entry, None) != leaf:
            yield f"a purge of batch {purge.batch_id} is on file under entry {purge.entry}, which says something else"
    for entry in tree.purge_leaves:
        yield f"entry {entry} says that answers were purged, but no such purge is on file"
    erased = set(answers.stream_erased(tx))
    for batch_id, row in sorted(erased - named):
        yield f"row {row} of batch {batch_id} was erased, but no purge names it"
    for batch_id, row in sorted(named - erased):
        yield f"row {row} of batch {batch_id} was purged, but is still there"


def _check_filings(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    for filing in filings.list_filings(tx):
        name = f"the filing about order {filing.order} under entry {filing.entry}"
        try:
            content, leaf = encode_filing_payload(filing), encode_filing_leaf(filing)
        except (ValueError, TypeError, RecursionError):
            content, leaf = b"", b""
        if tree.filing_leaves.pop(filing.entry, None) != leaf:
            yield f"{name} is not the one that the entry commits to"
        key = extract_embedded_key(content, filing.signature)
        if key is None or key_thumbprint(key) != filing.by:
            yield f"{name} is not signed by the key that it names"
    for entry in tree.filing_leaves:
        yield f"entry {entry} says that counsel filed something about an order, but no such filing is on file"


def _check_openings(tx: Snapshot, tree: _RecomputedTree) -> Iterator[str]:
    for opening in openings.list_by_kind(tx):
        leaf = tree.leaves_with_opening.pop(opening.entry, None)
        if leaf is None or not is_valid_opening(leaf, opening):
            yield f"what opens entry {opening.entry} ({opening.kind}) is on file, but the entry commits to something else"
    for entry in tree.leaves_with_opening:
        yield f"entry {entry} commits to content that is not on file"
