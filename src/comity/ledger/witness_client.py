"""Obtain the cosignatures that the policy requires, or deliver nothing: the custodian's side of witnessing.

Guarantees: a checkpoint is returned only if cosignatures that verified satisfy the policy; cosignatures are stored, so
that a repeated delivery carries the same ones; if too few witnesses can be reached, the batch is held (fail closed); a
checkpoint that a witness shows, that this log's key signed and that this ledger does not extend, is reported as damage.
Does not: believe a witness that reports a fork without showing the checkpoint.
Basis: C2SP tlog-witness v1.0.0; promise 5 (docs/promises.md).
Start at `obtain_cosigned_checkpoint`.
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
"""`send(url, path, body)` POSTs the body, or GETs when there is none; returns status and text. Raises OSError."""

_SIZE_PATTERN = re.compile(r"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class WitnessClient:
    """The policy that says who must cosign, and the function that reaches a witness."""

    policy: WitnessPolicy
    send: SendRequest


def obtain_cosigned_checkpoint(
    store: Store, entry: int, signer: LogSigner, witnesses: WitnessClient, *, at: datetime
) -> str:
    """Return a checkpoint that covers entry `entry` and has the required cosignatures: a stored one, or a new one.

    Raises LedgerError `unwitnessed` when they cannot be obtained now, `ledger_damaged` when a witness shows another
    history.
    """
    note = log.sign_current_checkpoint(store, signer, at=at)
    with store.read() as tx:
        stored_checkpoints = entries.list_cosigned_checkpoints(tx, entry)
    for _, stored_note, lines in stored_checkpoints:
        cosigned_note = stored_note + "".join(lines)
        if _is_policy_satisfied(cosigned_note, signer, witnesses.policy):
            return cosigned_note
    return _collect_cosignatures(store, note, signer, witnesses, at=at)


def _is_policy_satisfied(note: str, signer: LogSigner, policy: WitnessPolicy) -> bool:
    keys = {witness.key for witness in policy.witnesses}
    return policy.is_satisfied_by(keys.intersection(open_note(note, [*signer.verifiers, *keys]).verified_keys))


def _collect_cosignatures(store: Store, note: str, signer: LogSigner, witnesses: WitnessClient, *, at: datetime) -> str:
    """Request a cosignature on the newest checkpoint from each witness, until the policy is satisfied."""
    failures = []
    for witness in witnesses.policy.witnesses:
        try:
            lines = _request_cosignature(store, note, signer, witness, witnesses.send)
        except OSError:
            failures.append(f"{witness.name} could not be reached")
        except _NoCosignatureError as reason:
            failures.append(f"{witness.name} {reason}")
        else:
            with store.begin() as tx:
                size = open_checkpoint(note, signer.name, signer.verifiers).size
                entries.insert_cosignatures(tx, size, lines, at=at)
                cosigned_note = note + "".join(entries.list_cosignatures(tx, size))
            if _is_policy_satisfied(cosigned_note, signer, witnesses.policy):
                return cosigned_note
    reasons = "; ".join(failures) or "the policy names too few"
    raise LedgerError(
        "unwitnessed",
        f"Too few witnesses cosigned the checkpoint, so the answers are on file but not delivered: {reasons}.",
        "Run the same command again when they can be reached.",
    )


class _NoCosignatureError(Exception):
    """A witness gave no cosignature; the text says why, and quotes nothing that the witness sent."""


def _request_cosignature(
    store: Store, note: str, signer: LogSigner, witness: WitnessEndpoint, send: SendRequest
) -> list[str]:
    """Return this witness's signature lines.

    The first request may only tell us the size that the witness cosigned last; the second builds on that size.
    """
    head = open_checkpoint(note, signer.name, signer.verifiers)
    with store.read() as tx:
        cosigned_sizes = [size for size, _, _ in entries.list_cosigned_checkpoints(tx, -1)]
    old_size = max((size for size in cosigned_sizes if size <= head.size), default=0)
    for _ in range(2):
        status, text = send(witness.url, "/add-checkpoint", _add_checkpoint_body(store, note, old_size, head.size))
        if status == 200:
            return _extract_cosignature(note, text, witness)
        witness_size = _SIZE_PATTERN.fullmatch(text)
        if status != 409 or witness_size is None or int(witness_size[1]) > head.size:
            break
        old_size = int(witness_size[1])
    if status in {409, 422}:
        _detect_fork(store, signer, witness, send)
    raise _NoCosignatureError(f"answered {status}")


def _add_checkpoint_body(store: Store, note: str, old_size: int, size: int) -> bytes:
    """Return the body of an add-checkpoint request (C2SP tlog-witness): old size, consistency proof, checkpoint."""
    with store.read() as tx:
        is_proof_needed = 0 < old_size < size
        proof = build_consistency_proof(log.stored_hash_reader(tx), old_size, size) if is_proof_needed else []
    return ("\n".join([f"old {old_size}", *map(encode_base64, proof)]) + "\n\n" + note).encode()


def _extract_cosignature(note: str, text: str, witness: WitnessEndpoint) -> list[str]:
    try:
        lines = open_note(note + text, [witness.key]).signature_lines
    except LedgerError:
        raise _NoCosignatureError("sent no cosignature that verifies") from None
    return list(lines[:1])  # one is enough, and a thousand would fill the note


def _detect_fork(store: Store, signer: LogSigner, witness: WitnessEndpoint, send: SendRequest) -> None:
    """Get the witness's last checkpoint. Raises LedgerError if our key signed it and this ledger does not extend it."""
    path = f"/{hashlib.sha256(signer.name.encode()).hexdigest()}/checkpoint"
    status, text = send(witness.url, path, None)
    if status != 200:
        return
    try:
        witnessed = open_checkpoint(text, signer.name, signer.verifiers)
    except LedgerError:
        return
    with store.read() as tx:
        read = log.stored_hash_reader(tx)
        has_its_size = witnessed.size <= log.tree_size(tx)
        if has_its_size and compute_subtree_root(read, 0, witnessed.size) == witnessed.root:
            return  # another process was faster
    raise LedgerError(
        "ledger_damaged",
        f"Witness {witness.name} shows a checkpoint of {witnessed.size} entries, signed by this ledger's key, that "
        "this ledger does not continue: the database was restored from an older copy, or two histories were signed.",
        "Stop releasing. Keep the database and the witness's checkpoint, and run `comity ledger fsck`.",
    )


def send_over_http(url: str, path: str, body: bytes | None) -> tuple[int, str]:
    """Send a request to a witness over HTTP or HTTPS; return status and text. Raises OSError."""
    status, content = send_request(url.rstrip("/") + path, body)
    return status, content.decode("utf-8", errors="replace")
