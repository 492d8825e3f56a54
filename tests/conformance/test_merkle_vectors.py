"""transparency-dev/merkle: inclusion and consistency proofs of RFC 9162, good and bad."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from comity.errors import LedgerError
from comity.ledger.merkle import verify_consistency, verify_inclusion
from tests.conformance.vectors import counted, vectors


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _inclusion(v: dict[str, Any]) -> None:
    proof = [_bytes(node) for node in v["proof"] or []]
    verify_inclusion(_bytes(v["leafHash"]), v["leafIdx"], v["treeSize"], proof, _bytes(v["root"]))


def _consistency(v: dict[str, Any]) -> None:
    proof = [_bytes(node) for node in v["proof"] or []]
    verify_consistency(v["size1"], v["size2"], proof, _bytes(v["root1"]), _bytes(v["root2"]))


@pytest.mark.parametrize(
    ("kind", "verify", "count"), [("inclusion", _inclusion, 98), ("consistency", _consistency, 98)]
)
def test_proofs_are_judged_as_published(kind: str, verify: Callable[[dict[str, Any]], None], count: int) -> None:
    files = sorted((vectors("merkle") / kind).rglob("*.json"))
    assert len(files) == count
    accepted: dict[bool, int] = {True: 0, False: 0}
    wrong = []
    for file in files:
        vector = json.loads(file.read_text())
        try:
            verify(vector)
            refused = False
        except LedgerError:
            refused = True
        accepted[not vector["wantErr"]] += 1
        if refused != vector["wantErr"]:
            wrong.append(file.relative_to(file.parents[2]).as_posix())
    counted(f"merkle {kind}", accepted[True], accepted[False], wrong)
