"""A manifest of any form is read or refused in our words: never in a library's, and never with a value."""

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic_core import core_schema

from comity.errors import RequestError
from comity.intake.manifest import MEMBER_FORMS, check_manifest, parse_manifest
from comity.model.batch import Attestation, Manifest, Officer, RequestSigner, UnreadableMemberError
from tests.support.batch_folders import make_manifest

SECRET = "Zyxwvutson"
WRONG: tuple[Any, ...] = (
    None, True, 7, 1.5, float("nan"), 10**400, "", SECRET * 60, "\ud800", "\0", "2025-13-01", "2025-07-01T12:00:00",
    [], [SECRET], [None], [[]], {}, {SECRET: 1}, {"id": SECRET, SECRET: 2}, [{"id": SECRET, "zz": 1}],
)  # fmt: skip
LIBRARY_WORDS = set(get_args(core_schema.ErrorType)) - {"missing"}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _paths(item, (*path, step))


def _put(path: tuple[Any, ...], value: Any, *, remove: bool = False) -> bytes:
    """Return a good manifest with another value, or none, at one place."""
    content = copy.deepcopy(make_manifest())
    if not path:
        return json.dumps(value).encode()
    place: Any = content
    for step in path[:-1]:
        place = place[step]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(content).encode()


def _said(data: bytes) -> list[str]:
    """Return all that is said of a manifest, which is the same for a draft and for a batch that was sent."""
    _, faults = check_manifest(data)
    try:
        parse_manifest(data)
    except RequestError as error:
        assert faults
        return [*faults, error.message, error.hint]
    assert not faults
    return []


@pytest.mark.parametrize("path", list(_paths(make_manifest())), ids=str)
def test_every_wrong_type_everywhere_is_said_in_our_words(path: tuple[Any, ...]) -> None:
    said = [words for value in WRONG for words in _said(_put(path, value))]
    said += _said(_put(path, None, remove=True)) if path else []
    assert said or path[-1] in {"agency", "synthetic", "text"}
    text = "\n".join(said)
    assert SECRET not in text
    assert not [word for word in LIBRARY_WORDS if word in text]
    assert not [word for word in ("pydantic", "Input should", "validation error", "Traceback") if word in text]


def test_every_member_has_a_form() -> None:
    expected = set(Manifest.model_fields) | {"officers[]", "attestations[]", "elements[]"}
    for prefix, model in (("signer", RequestSigner), ("officers[]", Officer), ("attestations[]", Attestation)):
        expected |= {f"{prefix}.{name}" for name in model.model_fields}
    assert set(MEMBER_FORMS) == expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1, character 1"),
        (b'{\n "batch_id": }', "line 2, character 14"),
        (b'\xef\xbb\xbf{"batch_id": "b"}', "byte order mark"),
        (b'{"a": 1}\n{"batch_id": "caf\xe9"}', "line 2"),
        (b'{"batch_id": "a", "batch_id": "b"}', "a key twice"),
        (b"[" * 100_000, "brackets"),
        (b"[1]", "not one JSON object"),
    ],
)
def test_what_is_no_json_object_is_said_with_its_line(data: bytes, said: str) -> None:
    manifest, faults = check_manifest(data)
    assert len(faults) == 1
    assert said in faults[0]
    with pytest.raises(UnreadableMemberError):
        _ = manifest.agreement


def test_every_item_of_a_list_is_checked() -> None:
    officers = [{"id": str(n), "name": "n", "office": "o"} if n % 2 else {"id": n} for n in range(6)]
    manifest, faults = check_manifest(json.dumps(make_manifest(officers=officers)).encode())
    assert [fault.split(",")[1] for fault in faults if "id is not" in fault] == [" number 1", " number 3", " number 5"]
    assert manifest.agreement == "irs-ice-2025"
    with pytest.raises(UnreadableMemberError):
        _ = manifest.officers


def test_a_long_list_of_wrong_items_ends_at_the_first() -> None:
    _, faults = check_manifest(json.dumps(make_manifest(officers=[7] * 100_000)).encode())
    assert len(faults) == 1
