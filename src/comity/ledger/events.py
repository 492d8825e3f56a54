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

Guarantees: entry and opening are one transaction; `is_valid_opening` says whether an opening belongs to its entry.
Basis: docs/spec/ledger.md; ADR 0013.
Start at `record_committed_entry`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from comity.ledger import leaf, log
from comity.ledger.leaf_grammar import verify_members
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
        "v": leaf.LEAF_VERSION,
        "kind": kind,
        "as_of": format_timestamp(at),
        **public,
        "commitment": leaf.compute_commitment(salt, encoded),
    }
    verify_members(members)
    entry = log.append_entries(tx, [leaf.canonicalize_json(members)], at=at)
    openings.insert(tx, Opening(entry=entry, kind=kind, about=about, content=encoded, salt=salt, recorded_at=at))
    return entry


def is_valid_opening(entry: bytes, opening: Opening) -> bool:
    """Return whether an opening is what its entry commits to."""
    members = dict(json.loads(entry))
    about = members.get("recall", members.get("batch", opening.about))
    commitment = leaf.compute_commitment(opening.salt, opening.content)
    return (members.get("kind"), members.get("commitment"), about) == (opening.kind, commitment, opening.about)
