"""Recompute the whole ledger inside the custodian's control database, and compare everything with everything.

From the entries alone: dense indices, leaf hashes, nodes, frontier, root, each checkpoint's root and signature. With
the answers: every commitment reopened, each answered batch's answers and entries one to one, each release's counts,
each batch's name. An answer without content must be one that a purge's entry names, as two persons filed it, and the
other way round. Each filing about a court order is the one that its entry commits to, signed by the key that the entry
names.

Guarantees: streams (one hash is held in memory for every 256 entries); names the entry, row, batch or node that is
wrong; returns nothing when all is well. A finding names batches and row numbers, never a value of a request or record.
Does not: repair anything.
Basis: RFC 9162 section 2.1; docs/spec/ledger.md.
Start at `CHECKS`, then `check_ledger`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, islice, zip_longest
from sys import maxsize

from comity.errors import LedgerError, PolicyError
from comity.law.filing_register import replay_filings
from comity.ledger.events import is_valid_opening
from comity.ledger.filed import is_signed_by_filer
from comity.ledger.leaf import (
    KINDS_WITH_OPENING,
    NON_ANSWER_KINDS,
    canonicalize_json,
    encode_answer_leaves,
    encode_filing_leaf,
    encode_purge_leaf,
    encode_release_leaf,
    name_batch,
)
from comity.ledger.leaf_grammar import find_faults
from comity.model.filing import Act
from comity.model.release import FIRST_LEAF_VERSION, LEAF_VERSION, Release
from comity.store import answers, batches, entries, filings, openings, purges
from comity.store.answers import AnswerColumns
from comity.store.batches import ANSWERED, StoredBatch
from comity.store.database import Snapshot, Store
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.merkle import EMPTY_ROOT, TILE_HEIGHT, Frontier, hash_leaves
from comity.tlog.note import Verifier
from comity.tlog.tiles import split_hashes, unpack_bundle

MAX_FINDINGS_PER_CHECK = 100
"""Each check reports at most this many findings."""

_ANSWERS_PER_CHUNK = 1 << 14


class _RecomputedTree:
    """What the entries say, collected in one pass: the tree, its root at each checkpoint's size, and certain leaves."""

    def __init__(self, checkpoint_sizes: Sequence[int]) -> None:
        self.frontier = Frontier()
        self.roots_by_size: dict[int, bytes] = {0: EMPTY_ROOT}  # at the sizes of the checkpoints
        self.nodes_by_level: dict[int, list[bytes]] = {}  # by tile level
        self._sizes = sorted((size for size in checkpoint_sizes if size > 0), reverse=True)

    def append(self, hashes: Sequence[bytes]) -> None:
        """Append leaf hashes, and take the root at each checkpoint's size on the way."""
        first, start = self.frontier.size, 0
        while self._sizes and self._sizes[-1] <= first + len(hashes):
            size = self._sizes.pop()
            self._extend(hashes[start : size - first])
            start = size - first
            self.roots_by_size[size] = self.frontier.root
        self._extend(hashes[start:])

    def _extend(self, hashes: Sequence[bytes]) -> None:
        self.frontier, completed = self.frontier.extend(hashes)
        for level, nodes in completed.items():
            self.nodes_by_level.setdefault(level, []).extend(nodes)


@dataclass
class _Ledger:
    """The ledger under check: the database's snapshot, the log's keys, and what `_check_entries` collects."""

    tx: Snapshot
    verifiers: Sequence[Verifier]
    origin: str
    checkpoints: Sequence[entries.StoredCheckpoint]
    tree: _RecomputedTree
    leaves_by_kind: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """By kind and entry: the leaves that a later check compares with a row on file and takes away."""
    first_batches: set[str] = field(default_factory=set)
    """The batches that entries of version 1 name, as long as there are no others."""
    first_current: int | None = None
    """The first entry of version 2 that is no answer."""

    @cached_property
    def batches(self) -> dict[str, StoredBatch]:
        """Return every batch on file, by its name in the ledger."""
        return {batch.batch_id: batch for batch in batches.list_batches(self.tx)}

    def display_id(self, batch_id: str) -> str:
        """Return the id by which people know a batch; its name in the ledger when it is not on file."""
        return self.batches[batch_id].display_id if batch_id in self.batches else batch_id

    def leaf_version(self, batch_id: str) -> int:
        """Return the version of the entries about a batch."""
        return self.batches[batch_id].leaf_version if batch_id in self.batches else LEAF_VERSION

    def take_leaf(self, kind: str, entry: int | None) -> bytes | None:
        """Return the leaf of this kind under this entry and forget it; None when there is no such leaf."""
        return None if entry is None else self.leaves_by_kind.get(kind, {}).pop(entry, None)

    def leaves_left(self, *kinds: str) -> list[int]:
        """Return the entries of these kinds that no row on file was compared with, in order."""
        return sorted(entry for kind in kinds for entry in self.leaves_by_kind.get(kind, {}))


def check_ledger(store: Store, verifiers: Sequence[Verifier], origin: str) -> tuple[str, ...]:
    """Check the ledger in the control database; return what is wrong, in words, empty when nothing is.

    Raises ComityError `store_unavailable` or `store_damaged` when the database cannot even be read.
    """
    findings = list(store.check_database())
    with store.read() as tx:
        checkpoints = entries.list_checkpoints(tx)
        tree = _RecomputedTree([checkpoint.size for checkpoint in checkpoints])
        ledger = _Ledger(tx, verifiers, origin, checkpoints, tree)
        for check in CHECKS:
            results = check(ledger)
            findings += islice(results, MAX_FINDINGS_PER_CHECK)
            for _ in results:  # finish the pass: later checks rely on all of it
                pass
    return tuple(findings)


# Entries: their order, bytes and hashes, and the answer that each commits to.


def _check_entries(ledger: _Ledger) -> Iterator[str]:
    """Hash every entry, reopen every commitment to an answer, and collect the tree."""
    cursor = _AnswerCursor(ledger)
    for block in entries.stream_blocks(ledger.tx):
        first = ledger.tree.frontier.size
        if block.first_index != first:
            yield f"entry {first} is missing: the next on file is {block.first_index}; no later one can be checked"
            return
        leaves = _unpack_block(block)
        if leaves is None:
            yield f"entries {first} to {first + block.width - 1} cannot be read; no later one can be checked"
            return
        hashes = hash_leaves(leaves)
        yield from _check_stored_hashes(first, hashes, block.hashes)
        yield from _check_contents(ledger, first, leaves, cursor)
        ledger.tree.append(hashes)
    while cursor.entry != maxsize:
        yield f"row {cursor.row} of batch {cursor.display_id} is answered, but its entry {cursor.entry} is missing"
        cursor.advance()


def _unpack_block(block: entries.EntryBlock) -> list[bytes] | None:
    try:
        leaves = unpack_bundle(block.bundle)
    except ValueError:
        return None
    return leaves if len(leaves) == block.width else None


def _check_stored_hashes(first: int, hashes: Sequence[bytes], stored: bytes) -> Iterator[str]:
    if b"".join(hashes) == stored:
        return
    for index, (computed_hash, stored_hash) in enumerate(zip_longest(hashes, split_hashes(stored)), first):
        if computed_hash != stored_hash:
            yield f"entry {index}: its bytes and its stored hash disagree"


class _AnswerCursor:
    """The answers on file in the ledger's order, one at a time: entry, row, batch, and the leaf it should have.

    `leaf` is None for a purged answer: its content is gone, and only that it answers that row can be checked. It is
    empty, which is no leaf, for an answer that lacks anything else.
    """

    def __init__(self, ledger: _Ledger) -> None:
        self._ledger = ledger
        self._rows = self._stream()
        self.advance()

    def advance(self) -> None:
        self.entry, self.row, self.batch_id, self.leaf = next(self._rows, (maxsize, 0, "", b""))

    @property
    def display_id(self) -> str:
        return self._ledger.display_id(self.batch_id)

    def _stream(self) -> Iterator[tuple[int, int, str, bytes | None]]:
        for batch_id, first in answers.find_first_entries(self._ledger.tx).items():
            rows, version = answers.stream_openings(self._ledger.tx, batch_id), self._ledger.leaf_version(batch_id)
            while chunk := list(islice(rows, _ANSWERS_PER_CHUNK)):
                complete = [opening for opening in chunk if None not in tuple(opening)]
                row, request_id, code, reasons, salt = zip(*complete, strict=True) if complete else [()] * 5
                columns = AnswerColumns(row=row, request_id=request_id, code=code, reasons=reasons, salt=salt)
                leaves = dict(zip(row, encode_answer_leaves(batch_id, columns, version=version), strict=True))
                for opening in chunk:
                    leaf = None if opening.salt is None else leaves.get(opening.row, b"")
                    yield first + opening.row - 1, opening.row, batch_id, leaf


def _check_contents(ledger: _Ledger, first: int, leaves: Sequence[bytes], cursor: _AnswerCursor) -> Iterator[str]:
    """Compare each entry with the answer on file that names it; an entry that none names must be of another kind."""
    for index, leaf in enumerate(leaves, first):
        while cursor.entry < index:  # answers of two batches name one entry
            yield f"entry {cursor.entry} is claimed by row {cursor.row} of batch {cursor.display_id} and by another"
            cursor.advance()
        if cursor.entry == index:
            if leaf != cursor.leaf and (cursor.leaf is not None or not _is_answer_to_row(leaf, cursor)):
                yield f"entry {index} is not what row {cursor.row} of batch {cursor.display_id} was answered"
            cursor.advance()
        else:
            yield from _check_kind(ledger, index, leaf)


def _is_answer_to_row(leaf: bytes, cursor: _AnswerCursor) -> bool:
    """Return whether a leaf whose content was purged is that of the row, as far as that can still be checked."""
    expected = {"kind": "answer", "batch": cursor.batch_id, "row": cursor.row}
    try:
        members = json.loads(leaf)
        return canonicalize_json(members) == leaf and all(members[name] == value for name, value in expected.items())
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _check_kind(ledger: _Ledger, index: int, leaf: bytes) -> Iterator[str]:
    """Report an entry of a kind that cannot be there; keep the leaf for the check of its kind."""
    try:
        members = json.loads(leaf)
        kind = members["kind"]
    except (ValueError, KeyError, TypeError, RecursionError):
        members, kind = None, None
    if kind == "answer":
        yield f"entry {index} says that a row was answered, but no such answer is on file"
    elif kind not in NON_ANSWER_KINDS:
        yield f"entry {index} is of no known kind"
    elif canonicalize_json(members) != leaf or find_faults(members):
        yield f"entry {index} is not what the format allows: {'; '.join(find_faults(members)) or 'not canonical JSON'}"
    else:
        yield from _check_version(ledger, index, members)
        if kind in _COMPARED_KINDS or (kind == "refusal" and members["v"] != FIRST_LEAF_VERSION):
            ledger.leaves_by_kind.setdefault(kind, {})[index] = leaf


def _check_version(ledger: _Ledger, index: int, members: Mapping[str, object]) -> Iterator[str]:
    """Report an entry of version 1 after one of version 2, unless it is about a batch named before."""
    batch_id = str(members.get("batch", ""))
    if members["v"] != FIRST_LEAF_VERSION:
        ledger.first_current = index if ledger.first_current is None else ledger.first_current
    elif ledger.first_current is None:
        ledger.first_batches.add(batch_id)
    elif batch_id not in ledger.first_batches:
        yield f"entry {index} is of version 1 after one of version 2, and no entry of before then names its batch"


_COMPARED_KINDS = ("release", "purge", "order", "filing", *KINDS_WITH_OPENING)
"""The kinds of entry that a row on file must match, as must a refusal of version 2; holds and handovers have none."""


# The tree: head, nodes, checkpoints.


def _check_head(ledger: _Ledger) -> Iterator[str]:
    row, frontier = entries.get_head(ledger.tx), ledger.tree.frontier
    stored = entries.StoredHead(0, EMPTY_ROOT, b"") if row is None else row
    if stored.size != frontier.size:
        yield f"the head says {stored.size} entries, there are {frontier.size}"
    elif stored.root != frontier.root:
        yield "the head's root hash is not that of the entries"
    elif stored.frontier != frontier.to_bytes():
        yield "the head's frontier is not that of the entries"


def _check_nodes(ledger: _Ledger) -> Iterator[str]:
    levels_left = dict(ledger.tree.nodes_by_level)
    for level, group in groupby(entries.stream_nodes(ledger.tx), key=lambda node: node.level):
        stored = [(node.node_index, node.hash) for node in group]
        computed = levels_left.pop(level, [])
        if [index for index, _ in stored] != list(range(len(computed))):
            yield f"the nodes of level {level} are not the {len(computed)} that the entries make"
        for (index, stored_hash), computed_hash in zip(stored, computed, strict=False):
            if stored_hash != computed_hash:
                width = 1 << (TILE_HEIGHT * level)
                first, last = index * width, (index + 1) * width - 1
                yield f"node {index} of level {level} is not the root of entries {first} to {last}"
    for level in levels_left:
        yield f"the nodes of level {level} are missing"


def _check_checkpoints(ledger: _Ledger) -> Iterator[str]:
    for checkpoint in ledger.checkpoints:
        yield from _check_checkpoint(ledger, checkpoint)


def _check_checkpoint(ledger: _Ledger, row: entries.StoredCheckpoint) -> Iterator[str]:
    try:
        signed = open_checkpoint(row.note, ledger.origin, ledger.verifiers)
        for line in entries.list_cosignatures(ledger.tx, row.size):  # that it is a line; a delivery verifies it
            open_checkpoint(row.note + (line or "\n"), ledger.origin, ledger.verifiers)
    except LedgerError as error:
        yield f"the checkpoint of {row.size} entries does not verify: {error.message}"
        return
    if (signed.size, signed.root) != (row.size, row.root):
        yield f"the checkpoint filed under {row.size} entries says something else"
    elif row.size not in ledger.tree.roots_by_size:
        yield f"a checkpoint signs {row.size} entries, there are {ledger.tree.frontier.size}"
    elif ledger.tree.roots_by_size[row.size] != row.root:
        yield f"the first {row.size} entries are not those that the checkpoint of that size signed"


# Batches: their release, their answers, and the document delivered with them.


def _check_releases(ledger: _Ledger) -> Iterator[str]:
    batches_with_answers = answers.find_first_entries(ledger.tx)
    for batch in ledger.batches.values():
        if batch.status == ANSWERED:
            yield from _check_answered_batch(ledger, batch)
        elif batch.batch_id in batches_with_answers:
            yield f"batch {batch.display_id} is not answered, but answers to it are on file"
        yield from _check_name(ledger, batch)
    for entry in ledger.leaves_left("release"):
        yield f"entry {entry} releases a batch that is not on file as answered by it"


def _check_name(ledger: _Ledger, batch: StoredBatch) -> Iterator[str]:
    """Check that the ledger's name of a batch is that of its id; without a salt, that its answers were all erased."""
    if batch.given_id is None:
        return
    if batch.name_salt is not None:
        is_sound = name_batch(batch.name_salt, batch.requester, batch.given_id) == batch.batch_id
    else:
        is_sound = set(answers.count_stored_codes(ledger.tx, batch.batch_id)) == {answers.ERASED_CODE}
    if not is_sound:
        yield f"batch {batch.display_id}: its entries name another batch, or what shows their name is gone"


def _check_answered_batch(ledger: _Ledger, batch: StoredBatch) -> Iterator[str]:
    name, counts = f"batch {batch.display_id}", answers.count_stored_codes(ledger.tx, batch.batch_id)
    if sum(counts.values()) != batch.rows:
        yield f"{name} has {batch.rows} rows and {sum(counts.values())} answers"
    is_purged = purges.is_purged(ledger.tx, batch.batch_id)
    if is_purged:  # counts, file hash and salt are gone too: all of the release but its commitment can be checked
        batch = replace(batch, answers_sha256="", release_salt=b"")
    try:
        release = batch.to_release(counts)
    except RuntimeError:
        yield f"{name} is answered, but what it rested on is incomplete"
        return
    yield from _check_answer_entries(ledger, name, release)
    yield from _check_release_entry(ledger, name, batch, release, is_purged=is_purged)
    if not is_purged and not _document_matches(batch, release):
        yield f"{name}: what is delivered beside its answers differs from what is on file"


def _check_answer_entries(ledger: _Ledger, name: str, release: Release) -> Iterator[str]:
    for row in answers.stream_out_of_place(ledger.tx, release.batch_id, release.first_entry):
        expected = release.first_entry + row.row - 1
        yield f"row {row.row} of {name} is filed under entry {row.entry}, and must be under {expected}"


def _check_release_entry(
    ledger: _Ledger, name: str, batch: StoredBatch, release: Release, *, is_purged: bool
) -> Iterator[str]:
    leaf = ledger.take_leaf("release", release.release_entry)
    if leaf is None or release.release_entry != batch.release_entry:
        yield f"{name}: entry {batch.release_entry} is not its release"
        return
    try:
        if release.leaf_version != FIRST_LEAF_VERSION and json.loads(leaf)["agreement"] is None:
            release = replace(release, agreement=None)  # none of that id was on file
        expected = encode_release_leaf(release)
        if is_purged:
            leaf, expected = _without_commitment(leaf), _without_commitment(expected)
    except ValueError:
        expected = b""
    if leaf != expected:
        yield f"{name}: its release, entry {batch.release_entry}, differs from what is on file"


def _without_commitment(leaf: bytes) -> bytes:
    return canonicalize_json({**json.loads(leaf), "commitment": None})


def _document_matches(batch: StoredBatch, release: Release) -> bool:
    """Return whether the document that a delivery would sign agrees with batch and release on file."""
    expected = {
        "requester": batch.requester,
        "batch_sha256": batch.manifest_sha256,
        "requests_sha256": batch.requests_sha256,
        "batch_id": batch.display_id,
        "agreement": batch.agreement,
        "rows": release.row_count,
        "orders_consulted": list(release.order_ids),
        "law": release.law_fingerprint,
        "answers_sha256": release.answers_sha256,
        "rehearsal": release.is_rehearsal,
    }
    try:
        document = json.loads(batch.summary or "")["document"]
        has_same_counts = _nonzero(document["counts"]) == _nonzero(release.counts)
        return has_same_counts and all(document[name] == value for name, value in expected.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _nonzero(counts: Mapping[str, int]) -> dict[str, int]:
    return {code: count for code, count in counts.items() if count}


# Purges, filings, and openings: each row on file has its entry, and each entry its row.


def _check_purges(ledger: _Ledger) -> Iterator[str]:
    purged: set[tuple[str, int]] = set()
    filed = _find_filed_purges(ledger)
    for purge in purges.list_purges(ledger.tx):
        purged.update((purge.batch_id, row) for row in purge.row_numbers)
        try:
            leaf = encode_purge_leaf(
                batch_id=purge.batch_id,
                rows=purge.row_numbers,
                order=purge.order,
                salt=purge.salt,
                as_of=purge.purged_at,
                version=ledger.leaf_version(purge.batch_id),
            )
        except ValueError:
            leaf = b""
        if ledger.take_leaf("purge", purge.entry) != leaf:
            name = ledger.display_id(purge.batch_id)
            yield f"a purge of batch {name} is on file under entry {purge.entry}, which says something else"
        confirmed_at = filed.get((purge.batch_id, purge.row_numbers, purge.order), maxsize)
        if confirmed_at > purge.entry > (maxsize if ledger.first_current is None else ledger.first_current):
            name = ledger.display_id(purge.batch_id)
            yield f"a purge of batch {name} is on file under entry {purge.entry}, and no two persons filed it before"
    for entry in ledger.leaves_left("purge"):
        yield f"entry {entry} says that answers were purged, but no such purge is on file"
    erased = set(answers.stream_erased(ledger.tx))
    for batch_id, row in sorted(erased - purged):
        yield f"row {row} of batch {ledger.display_id(batch_id)} was erased, but no purge names it"
    for batch_id, row in sorted(purged - erased):
        yield f"row {row} of batch {ledger.display_id(batch_id)} was purged, but is still there"


def _find_filed_purges(ledger: _Ledger) -> dict[tuple[str, tuple[int, ...], str], int]:
    """Return what two persons filed to be erased (batch, rows, order), each with the first entry that confirms it."""
    found: dict[tuple[str, tuple[int, ...], str], int] = {}
    try:
        for state in replay_filings(filings.list_filings(ledger.tx)).list_in_force(Act.PURGE):
            content = state.content
            found.setdefault((content.batch, tuple(sorted(set(content.rows))), content.order), state.effective_entry)
    except (LedgerError, PolicyError, ValueError, TypeError, RecursionError):
        return found  # the check of the filings says so
    return found


def _check_filings(ledger: _Ledger) -> Iterator[str]:
    on_file = filings.list_filings(ledger.tx)
    for filing in on_file:
        name = f"the filing about {filing.act} {filing.subject} under entry {filing.entry}"
        leaf = ledger.take_leaf("order" if filing.act is Act.ORDER else "filing", filing.entry)
        try:
            version = LEAF_VERSION if leaf is None else json.loads(leaf)["v"]
            expected = encode_filing_leaf(filing, version=version)
        except (ValueError, TypeError, RecursionError):
            expected = b""
        if leaf != expected:
            yield f"{name} is not the one that the entry commits to"
        if not is_signed_by_filer(filing):
            yield f"{name} is not signed by the key that it names"
    for entry in ledger.leaves_left("order", "filing"):
        yield f"entry {entry} says that a person filed something, but no such filing is on file"
    try:
        replay_filings(on_file)
    except PolicyError as error:
        yield error.message
    except (ValueError, TypeError, RecursionError):  # one of those named above
        yield "the filings on file cannot be read, so that nobody knows what is in force"


def _check_openings(ledger: _Ledger) -> Iterator[str]:
    for opening in openings.list_by_kind(ledger.tx):
        leaves = [ledger.take_leaf(kind, opening.entry) for kind in (*KINDS_WITH_OPENING, "refusal")]
        leaf = next((leaf for leaf in leaves if leaf is not None), None)
        if leaf is None or not is_valid_opening(leaf, opening):
            yield (
                f"what opens entry {opening.entry} ({opening.kind}) is on file, but the entry commits to something else"
            )
    for entry in ledger.leaves_left(*KINDS_WITH_OPENING, "refusal"):
        yield f"entry {entry} commits to content that is not on file"


CHECKS: tuple[Callable[[_Ledger], Iterator[str]], ...] = (
    _check_entries,  # first: the others compare with the tree and leaves that it collects
    _check_head,
    _check_nodes,
    _check_checkpoints,
    _check_releases,
    _check_purges,
    _check_filings,
    _check_openings,
)
"""The checks, in order."""
