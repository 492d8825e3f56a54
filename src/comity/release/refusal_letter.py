"""The letter to a requester whose requests were refused: what is missing, where the law asks for it, how to cure it.

Guarantees: says nothing about a record, and nothing in it depends on one, so that a request that a record made
NOT_CONFIRMED cannot be told from one that has none. `letter.json` names the hash of `letter.md`, answers.json that of
`letter.json`, and each of the two is signed. The same letter gives the same bytes.
Basis: docs/spec/answers.md; ADR 0034.
Start at `build_letter`, then `encode_letter_files`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from comity.model.letter import MissingElement
from comity.signing import Ed25519Key, sign_detached

LETTER_FORMAT = "comity-letter-1"
"""The `format` of letter.json."""

LETTER_FILES = ("letter.json", "letter.json.jws", "letter.md")
_MAX_NAMED = 20
_INTRODUCTION = (
    "{refused:,} of {rows:,} requests are refused, because something that the law asks for is missing. No record was "
    "read for a refused request, and nothing in this letter depends on a record. Send what you correct as a new batch, "
    "under a batch_id of its own."
)
_CLOSING = (
    "The column reasons of answers.csv names the rules for each refused request. The signature letter.json.jws is over "
    "letter.json, which names the SHA-256 of this text; answers.json names that of letter.json."
)
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#!|~])")


def build_letter(
    missing: Sequence[MissingElement],
    *,
    refused: int,
    rows: int,
    as_of: datetime,
    facts: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return the letter as data; None when nothing was refused.

    Args:
        missing: what is missing, by rule.
        refused: how many requests are refused.
        rows: how many requests the batch has.
        as_of: the time whose law applied.
        facts: batch_id, requester, agreement, law, and whether the batch is synthetic or rehearsed.
    """
    if not missing:
        return None
    return {
        "format": LETTER_FORMAT,
        **facts,
        "as_of": as_of.isoformat(),
        "rows": rows,
        "refused": refused,
        "missing": [element.to_dict() for element in missing],
    }


def encode_letter_files(letter: Mapping[str, Any], key: Ed25519Key) -> dict[str, bytes]:
    """Return the content of each file of the letter by its name (`LETTER_FILES`)."""
    text = render_letter(letter).encode()
    document = {**letter, "text_sha256": hashlib.sha256(text).hexdigest()}
    encoded = (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    return {
        "letter.json": encoded,
        "letter.json.jws": (sign_detached(encoded, key) + "\n").encode(),
        "letter.md": text,
    }


def render_letter(letter: Mapping[str, Any]) -> str:
    """Return the letter as Markdown, for people."""
    address = f"To {_plain(letter['requester'])}, under the agreement {_plain(letter['agreement'])}."
    lines = [
        f"# Refusal of requests in batch {_plain(letter['batch_id'])}",
        "",
        f"{address} Law as of {letter['as_of']}.",
        "",
        *_marks(letter),
        _INTRODUCTION.format(refused=letter["refused"], rows=letter["rows"]),
        "",
    ]
    for number, element in enumerate(letter["missing"], 1):
        lines += _render_element(number, element)
    return "\n".join([*lines, _CLOSING, ""])


def _marks(letter: Mapping[str, Any]) -> list[str]:
    marks = []
    if letter["synthetic"]:
        marks += ["Synthetic: the batch says that every person in it is made up.", ""]
    if letter["rehearsal"]:
        marks += ["A rehearsal: not for use.", ""]
    return marks


def _render_element(number: int, element: Mapping[str, Any]) -> list[str]:
    lines = [f"## {number}. {element['citation']} ({element['rule']})", ""]
    if element["concerns_batch"]:
        lines += [f"Refused: the whole batch, {_count_requests(element['row_count'])}.", ""]
    else:
        named = ", ".join(map(_plain, element["request_ids"][:_MAX_NAMED]))
        more = ", ..." if element["row_count"] > _MAX_NAMED else ""
        lines += [f"Refused: {_count_requests(element['row_count'])}: {named}{more}.", ""]
    items = (("The law asks", element["asks"]), ("Refused when", element["found"]), ("To cure it", element["cure"]))
    lines += [f"- {title}: {words}" for title, words in items if words]
    lines += [f"- Code on file: {code}" for code in element["codes"]]
    lines += [f"- The agreement's limit is {limit}" for limit in element.get("limits", ())]  # stored letters have none
    lines += [f"- Law: {quotation}" for quotation in element["law"]]
    return [*lines, ""]


def _count_requests(count: int) -> str:
    return f"{count:,} {'request' if count == 1 else 'requests'}"


def _plain(text: str) -> str:
    r"""Return a text of the requester's so that it is no markup and stays in its line.

    >>> _plain("ICE [x](y)\nz")
    'ICE \\[x\\]\\(y\\) z'
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
