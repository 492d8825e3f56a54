"""Several witnesses in one process, and the log that they witness."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import comity_ledger_verify as checker
from comity.ledger import log
from comity.ledger.witness_client import SendRequest, WitnessClient
from comity.store.database import Store
from comity.tlog.checkpoint import Checkpoint, sign_checkpoint
from comity.tlog.cosignature import CosignatureKey, Cosigner
from comity.tlog.note import Ed25519Signer, Verifier
from comity.tlog.witness.witness import Witness
from comity.tlog.witness.witness_policy import WitnessPolicy
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY, make_hold_entries, open_store


@dataclass
class WitnessNetwork:
    """Witnesses in one process, reached by name; each may be offline."""

    folder: Path
    names: tuple[str, ...] = ("w1", "w2")
    logs: dict[str, list[Verifier]] = field(default_factory=lambda: {ORIGIN: [SIGNER.verifier]})
    offline: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cosigners = {name: Cosigner(f"{name}.example", Ed25519PrivateKey.generate()) for name in self.names}
        self.witnesses = {}
        for name, cosigner in self.cosigners.items():
            (self.folder / name).mkdir(parents=True)
            self.witnesses[name] = Witness([cosigner], self.logs, self.folder / name, lambda: RECORDED_AT)

    def send(self, url: str, path: str, body: bytes | None) -> tuple[int, str]:
        """Send a request to a witness. Raises OSError when it is offline."""
        if url in self.offline:
            raise OSError("unreachable")
        witness = self.witnesses[url]
        response = witness.get_checkpoint(path[1:65]) if body is None else witness.add_checkpoint(body)
        return response.status, response.body

    def verifiers(self) -> list[CosignatureKey]:
        """Return the keys of the witnesses."""
        return [cosigner.verifier for cosigner in self.cosigners.values()]

    def client(self, threshold: int | str = "all", send: SendRequest | None = None) -> WitnessClient:
        """Return a client whose policy requires so many of the witnesses."""
        lines = [f"witness {name} {c.verifier.to_text()} {name}" for name, c in self.cosigners.items()]
        policy = "\n".join([*lines, f"group g {threshold} {' '.join(self.names)}", "quorum g"])
        return WitnessClient(WitnessPolicy.parse(policy), send or self.send)


def append_sample_entries(store: Store, count: int, last: str = "") -> int:
    """Append `count` entries, and one that says `last` unless it is empty; return the index of the first."""
    entries = [*make_hold_entries(count), *([last.encode()] if last else [])]
    with store.begin() as tx:
        return log.append_entries(tx, entries, at=RECORDED_AT)


def checker_trust(network: WitnessNetwork, quorum: int) -> checker.TrustPolicy:
    """Return what somebody trusts who knows the log's key and the witnesses' keys."""
    witnesses = [checker.Vkey.parse(key.to_text()) for key in network.verifiers()]
    return checker.TrustPolicy([checker.Vkey.parse(VKEY)], witnesses, quorum)


def open_new_store(folder: Path) -> Store:
    """Create the folder and open a new store in it."""
    folder.mkdir()
    return open_store(folder)


ROOT = bytes(range(32))
"""A root hash of no log."""


def make_add_checkpoint_body(
    size: int, root: bytes, *, old: int | str = 0, origin: str = ORIGIN, signer: Ed25519Signer = SIGNER
) -> bytes:
    """Return the body of an add-checkpoint request without a proof."""
    return (f"old {old}\n\n" + sign_checkpoint(Checkpoint(origin, size, root), [signer])).encode()
