"""Append entries that only commit to their content, and store the openings beside them.

    watch              which rows of a batch, if any, reached a canary or a withheld record; one follows every
                       release in a home that has some
    subject_release    counsel lets the subject see a disclosure from a date on
    recall             answers are recalled: which, from whom, by when
    acknowledgement    a recipient has the notice
    destruction        a recipient certifies that what was recalled is destroyed
    inspection         a paper was inspected: its kind, the outcomes, and a commitment to what was presented
    explanation        a determination is about to be replayed, for which a record is looked at again: which row
    anchor             the home's anchor was lost, and two persons vouch for the control database

A `refusal` has an opening too: of its batch's name, since a batch that is refused unread is not on file.

Guarantees: entry and opening are one transaction; `is_valid_opening` says whether an opening belongs to its entry.
Basis: docs/spec/ledger.md; ADR 0013.
Start at `record_committed_entry`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from comity.ledger import leaf, log
from comity.ledger.leaf_grammar import verify_members
from comity.model.release import LEAF_VERSION
from comity.store import openings
from comity.store.database import Transaction
from comity.store.openings import Opening
from comity.store.timestamps import format_timestamp


def record_committed_entry(  # noqa: PLR0913  each is a fact of the entry
    tx: Transaction, kind: str, *, about: str, public: Mapping[str, Any], content: Mapping[str, Any], at: datetime
) -> int:
    """Append an entry of one of `leaf.KINDS_WITH_OPENING`, store its opening, and return its index.

    Args:
        tx: the caller's transaction.
        kind: one of the kinds in the module's header.
        about: the batch, recall or kind of paper that it is about, for look-ups in the control database.
        public: the members that the entry shows. They are published: nothing personal, nothing of an answer.
        content: what the entry commits to.
        at: when.
    """
    salt, encoded = leaf.generate_salts(1)[0], leaf.canonicalize_json(content)
    members = {
        "v": LEAF_VERSION,
        "kind": kind,
        "as_of": format_timestamp(at),
        **public,
        "commitment": leaf.compute_commitment(salt, encoded),
    }
    verify_members(members)
    entry = log.append_entries(tx, [leaf.canonicalize_json(members)], at=at)
    openings.insert(tx, Opening(entry=entry, kind=kind, about=about, content=encoded, salt=salt, recorded_at=at))
    return entry


def record_refusal(  # noqa: PLR0913  each is a fact of the entry
    tx: Transaction,
    manifest_sha256: str | None,
    rules: Iterable[str],
    *,
    as_of: datetime,
    rehearsal: bool,
    known_as_of: datetime | None,
    at: datetime,
) -> int:
    """Append the refusal of a batch that is not stored, under a name that commits to its manifest; return its index.

    Args:
        tx: the caller's transaction.
        manifest_sha256: the hash of the manifest, in hex; None when there was none to read.
        rules: the rules or faults that refuse it.
        as_of: the time whose law applied.
        rehearsal: True when that is another day's.
        known_as_of: of a rehearsal, until when it took into account what was on file.
        at: when.
    """
    salt, content = leaf.generate_salts(1)[0], leaf.canonicalize_json({"manifest_sha256": manifest_sha256})
    name = leaf.compute_commitment(salt, content)
    encoded = leaf.encode_refusal_leaf(
        batch_id=name, rules=rules, as_of=as_of, rehearsal=rehearsal, known_as_of=known_as_of
    )
    entry = log.append_entries(tx, [encoded], at=at)
    openings.insert(tx, Opening(entry=entry, kind="refusal", about=name, content=content, salt=salt, recorded_at=at))
    return entry


def is_valid_opening(entry: bytes, opening: Opening) -> bool:
    """Return whether an opening is what its entry commits to."""
    members = dict(json.loads(entry))
    if members.get("kind") == "refusal":
        members["commitment"] = members["batch"]
    about = members.get("recall", members.get("batch", opening.about))
    commitment = leaf.compute_commitment(opening.salt, opening.content)
    return (members.get("kind"), members.get("commitment"), about) == (opening.kind, commitment, opening.about)
