"""Entries whose content is a commitment, with what opens them kept beside: alarms, recalls and what answers them.

    watch              which rows of a batch, if any, reached a canary or a withheld record; one follows every release of a
                       home that has some
    subject_release    counsel lets the subject see a disclosure from a day on
    recall             answers are recalled: which, from whom, by when
    acknowledgement    a recipient has the notice
    destruction        a recipient certifies that what was recalled is destroyed

Guarantees: entry and opening are one transaction; `check_opening` says whether an opening is its entry's.
Basis: docs/spec/ledger.md; ADR 0013.
Start at `record`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from comity.ledger import leaf, log
from comity.store import openings
from comity.store.database import Transaction
from comity.store.openings import Opening
from comity.store.timestamps import format_timestamp


def record_committed_entry(  # noqa: PLR0913  each is a fact of the entry
    tx: Transaction, kind: str, *, about: str, said: Mapping[str, Any], content: Mapping[str, Any], at: datetime
) -> int:
    """Append an entry of one of `leaf.OPENED_KINDS`, keep its opening, and return its index.

    Args:
        tx: the caller's transaction.
        kind: see the module.
        about: the batch or recall that it is about, for look-ups in the control database.
        said: what the entry says in clear; it is published, so nothing personal and nothing of an answer.
        content: what it commits to.
        at: when.
    """
    salt, packed = leaf.generate_salts(1)[0], leaf.canonicalize_json(content)
    entry = log.append_entries(tx, [_encode_committed_leaf(kind, said, packed, salt, at)], at=at)
    openings.insert(tx, Opening(entry=entry, kind=kind, about=about, content=packed, salt=salt, recorded_at=at))
    return entry


def _encode_committed_leaf(kind: str, said: Mapping[str, Any], content: bytes, salt: bytes, at: datetime) -> bytes:
    commitment = leaf.compute_commitment(salt, content)
    return leaf.canonicalize_json(
        {"v": leaf.LEAF_VERSION, "kind": kind, "as_of": format_timestamp(at), **said, "commitment": commitment}
    )


def is_valid_opening(entry: bytes, opening: Opening) -> bool:
    """Whether an opening is what its entry commits to."""
    said = dict(json.loads(entry))
    about = said.get("recall", said.get("batch", opening.about))
    return (said.get("kind"), said.get("commitment"), about) == (
        opening.kind, leaf.compute_commitment(opening.salt, opening.content), opening.about,
    )  # fmt: skip
