"""The custodian's side: get the cosignatures that the policy asks for, or deliver nothing.

Guarantees: a checkpoint is returned only if the policy is met by cosignatures that verified; cosignatures are stored,
so that a delivery made again carries the same ones; a witness that cannot be had means "held", never "go on"; when a
witness can show a checkpoint that this log's key signed and that this ledger does not continue, that is damage.
Does not: believe a witness that says so without showing it.
Basis: C2SP tlog-witness v1.0.0; product.md promise 5 (fail closed).
Start at `checkpoint_over`.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from comity.errors import LedgerError
from comity.ledger import log
from comity.store import entries
from comity.store.database import Store
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.http_client import send_request
from comity.tlog.merkle import build_consistency_proof, compute_subtree_root
from comity.tlog.note import LogSigner, encode_base64, open_note
from comity.tlog.witness.witness_policy import WitnessEndpoint, WitnessPolicy

SendRequest = Callable[[str, str, bytes | None], tuple[int, str]]
"""`send(url, path, body)`: POST the body, or GET when there is none; status and text. Raises OSError when it fails."""

_SIZE_PATTERN = re.compile(r"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class WitnessClient:
    """Who must cosign, and how they are reached."""

    policy: WitnessPolicy
    send: SendRequest


def obtain_cosigned_checkpoint(
    store: Store, entry: int, signer: LogSigner, witnesses: WitnessClient, *, at: datetime
) -> str:
    """A checkpoint over entry `entry`, with the cosignatures that the policy asks for: the first there is, or a new one.

    Raises LedgerError `unwitnessed` when they cannot be had now, `ledger_damaged` when a witness shows another history.
    """
    note = log.sign_current_checkpoint(store, signer, at=at)
    with store.read() as tx:
        known = [note_ + "".join(lines) for _, note_, lines in entries.list_cosigned_checkpoints(tx, entry)]
    for stored in known:
        if _is_policy_satisfied(stored, signer, witnesses.policy):
            return stored
    return _collect_cosignatures(store, note, signer, witnesses, at=at)


def _is_policy_satisfied(note: str, signer: LogSigner, policy: WitnessPolicy) -> bool:
    keys = {witness.key for witness in policy.witnesses}
    return policy.is_satisfied_by(keys.intersection(open_note(note, [*signer.verifiers, *keys]).verified_keys))


def _collect_cosignatures(store: Store, note: str, signer: LogSigner, witnesses: WitnessClient, *, at: datetime) -> str:
    """Ask every witness for a cosignature on the newest checkpoint."""
    faults = []
    for witness in witnesses.policy.witnesses:
        try:
            lines = _request_cosignature(store, note, signer, witness, witnesses.send)
        except OSError:
            faults.append(f"{witness.name} could not be reached")
        except _NoCosignature as reason:
            faults.append(f"{witness.name} {reason}")
        else:
            with store.begin() as tx:
                size = open_checkpoint(note, signer.name, signer.verifiers).size
                entries.insert_cosignatures(tx, size, lines, at=at)
                held = entries.list_cosignatures(tx, size)
            if _is_policy_satisfied(note + "".join(held), signer, witnesses.policy):
                return note + "".join(held)
    raise LedgerError(
        "unwitnessed",
        "Too few witnesses cosigned the checkpoint, so the answers are on file but not delivered: "
        + ("; ".join(faults) or "the policy names too few")
        + ".",
        "Run the same command again when they can be reached.",
    )


class _NoCosignature(Exception):  # noqa: N818
    """A witness gave no cosignature; the text says how it ended, without what it wrote."""


def _request_cosignature(
    store: Store, note: str, signer: LogSigner, witness: WitnessEndpoint, send: SendRequest
) -> list[str]:
    """This witness's signature lines. The first try may only bring the size at which the witness stands."""
    head = open_checkpoint(note, signer.name, signer.verifiers)
    with store.read() as tx:
        old = max((size for size, _, _ in entries.list_cosigned_checkpoints(tx, -1) if size <= head.size), default=0)
    for _ in range(2):
        with store.read() as tx:
            proof = build_consistency_proof(log.stored_hash_reader(tx), old, head.size) if 0 < old < head.size else []
        body = "\n".join([f"old {old}", *map(encode_base64, proof)]) + "\n\n" + note
        status, text = send(witness.url, "/add-checkpoint", body.encode())
        if status == 200:
            return _extract_cosignature(note, text, witness)
        told = _SIZE_PATTERN.fullmatch(text)
        if status != 409 or told is None or int(told[1]) > head.size:
            break
        old = int(told[1])
    if status in {409, 422}:
        _detect_fork(store, signer, witness, send)
    raise _NoCosignature(f"answered {status}")


def _extract_cosignature(note: str, text: str, witness: WitnessEndpoint) -> list[str]:
    try:
        return list(
            open_note(note + text, [witness.key]).signature_lines[:1]
        )  # one is enough, and a thousand would fill the note
    except LedgerError:
        raise _NoCosignature("sent no cosignature that verifies") from None


def _detect_fork(store: Store, signer: LogSigner, witness: WitnessEndpoint, send: SendRequest) -> None:
    """Ask the witness for the checkpoint that it holds against us. Raises LedgerError if our own key signed it."""
    path = f"/{hashlib.sha256(signer.name.encode()).hexdigest()}/checkpoint"
    status, text = send(witness.url, path, None)
    try:
        seen = open_checkpoint(text, signer.name, signer.verifiers) if status == 200 else None
    except LedgerError:
        seen = None
    if seen is None:
        return
    with store.read() as tx:
        if (
            seen.size <= log.tree_size(tx)
            and compute_subtree_root(log.stored_hash_reader(tx), 0, seen.size) == seen.root
        ):
            return  # another process was faster
    raise LedgerError(
        "ledger_damaged",
        f"Witness {witness.name} shows a checkpoint of {seen.size} entries, signed by this ledger's key, that this ledger "
        "does not continue: the database was restored from an older copy, or two histories were signed.",
        "Stop releasing. Keep the database and the witness's checkpoint, and run `comity ledger fsck`.",
    )


def send_over_http(url: str, path: str, body: bytes | None) -> tuple[int, str]:
    """Reach a witness over HTTP or HTTPS. Raises OSError."""
    status, reply = send_request(url.rstrip("/") + path, body)
    return status, reply.decode("utf-8", errors="replace")
