"""Hold the keys of a log: the one that signs, its successor during a handover, and those that signed before.

Guarantees: during a handover every checkpoint carries both signatures, so whoever knows either key accepts it; the
custodian can verify an older checkpoint after its key is retired.
Basis: C2SP tlog-checkpoint ("clients MUST ignore unknown signatures. This enables ... log key rotation").
Start at `KeyRing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.tlog.cosignature import Cosigner
from comity.tlog.note import Ed25519Signer, NoteSigner, Verifier, VerifierKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A log's keys: `successor` also signs during a handover, `post_quantum_cosigner` adds a line of its own.

    `retired_keys` only verify.
    """

    signer: Ed25519Signer
    successor: Ed25519Signer | None = None
    post_quantum_cosigner: Cosigner | None = None
    retired_keys: tuple[VerifierKey, ...] = ()

    @property
    def name(self) -> str:
        """Return the log's origin, which is the name of each of its keys."""
        return self.signer.verifier.name

    @property
    def verifier(self) -> VerifierKey:
        """Return the public key of `signer`."""
        return self.signer.verifier

    @property
    def current_keys(self) -> tuple[VerifierKey, ...]:
        """Return the keys whose signatures are on every new checkpoint; any one of them is enough to verify it."""
        return (self.verifier,) if self.successor is None else (self.verifier, self.successor.verifier)

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """Return every key that may have signed a checkpoint of this log, retired ones included."""
        post_quantum = () if self.post_quantum_cosigner is None else (self.post_quantum_cosigner.verifier,)
        return (*self.current_keys, *self.retired_keys, *post_quantum)

    def signers_at(self, time: datetime) -> Sequence[NoteSigner]:
        """Return the signers of a checkpoint at `time`."""
        successor = () if self.successor is None else (self.successor,)
        post_quantum = () if self.post_quantum_cosigner is None else (self.post_quantum_cosigner.signer_at(time),)
        return (self.signer, *successor, *post_quantum)
