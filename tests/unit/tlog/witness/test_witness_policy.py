"""A policy is satisfied by what it names, and refused if one line is not understood."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import ComityError
from comity.tlog.cosignature import Cosigner
from comity.tlog.witness.witness_policy import WitnessPolicy
from tests.support.sample_ledger import VKEY

W = [Cosigner(f"w{n}.example", Ed25519PrivateKey.generate()).verifier for n in range(4)]


LINES = "\n".join(f"witness w{n} {key.to_text()} http://127.0.0.1/" for n, key in enumerate(W))


@pytest.mark.parametrize(
    ("rule", "satisfying"),
    [
        ("quorum none", {(), (0,), (0, 1, 2, 3)}),
        ("quorum w1", {(1,), (0, 1)}),
        ("group g any w0 w1\nquorum g", {(0,), (1,), (0, 1), (1, 3)}),
        ("group g all w0 w1\nquorum g", {(0, 1), (0, 1, 2)}),
        ("group g 2 w0 w1 w2\nquorum g", {(0, 1), (0, 2), (1, 2), (0, 1, 2, 3)}),
        ("group a all w0 w1\ngroup b any w2 w3\ngroup g all a b\nquorum g", {(0, 1, 2), (0, 1, 3), (0, 1, 2, 3)}),
    ],
)
def test_witness_policy__is_satisfied_by_what_its_quorum_names(rule: str, satisfying: set[tuple[int, ...]]) -> None:
    policy = WitnessPolicy.parse(f"# who must cosign\nlog {VKEY}\n\n{LINES}\n{rule}\n")
    for cosigners in [(), (0,), (1,), (3,), (0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (0, 1, 2), (0, 1, 3), (0, 1, 2, 3)]:
        is_listed = cosigners in satisfying
        if is_listed or not any(set(less) <= set(cosigners) for less in satisfying):
            assert policy.is_satisfied_by([W[n] for n in cosigners]) == is_listed, cosigners


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINES,
        LINES + "\nquorum w9",
        LINES + "\nquorum w1\nquorum w1",
        LINES + "\ngroup g 3 w0 w1\nquorum g",
        LINES + "\ngroup g 0 w0 w1\nquorum g",
        LINES + "\ngroup g any g\nquorum g",
        LINES + "\ngroup g all w0 w0\nquorum g",
        LINES + "\ngroup g any w0\ngroup h any w0\nquorum h",
        LINES + "\ngroup none any w0\nquorum none",
        LINES + f"\nwitness again {W[0].to_text()}\nquorum w0",
        LINES + f"\nwitness w0 {W[0].to_text()}\nquorum w0",
        LINES + f"\nwitness log {VKEY}\nquorum log",
        LINES + "\nwitness x y\nquorum w0",
        LINES + "\nquorum w0 w1",
        LINES + "\nquorum w0\x00",
        LINES + "\nquorum w0\r\n",
        LINES + "\nquorum \ud800",
        "\n" * 2000 + "quorum none",
    ],
)
def test_witness_policy__refuses_a_policy_with_a_line_not_understood(text: str) -> None:
    with pytest.raises(ComityError) as refused:
        WitnessPolicy.parse(text)
    assert refused.value.code == "witnesses_invalid"
