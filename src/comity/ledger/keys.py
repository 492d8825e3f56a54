"""The keys of a log: one that signs, two while one hands over to the other, and those that signed before.

Guarantees: while a handover lasts every checkpoint carries both signatures, so that who knows either key accepts it;
a checkpoint signed before stays verifiable by the custodian after its key is gone.
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
    """A log's keys. `heir` signs too during a handover; `second` adds a post-quantum line; `retired` only verify."""

    signer: Ed25519Signer
    successor: Ed25519Signer | None = None
    post_quantum_cosigner: Cosigner | None = None
    retired_keys: tuple[VerifierKey, ...] = ()

    @property
    def name(self) -> str:
        """The log's origin, which is the name of each of its keys."""
        return self.signer.verifier.name

    @property
    def verifier(self) -> VerifierKey:
        """The key in charge."""
        return self.signer.verifier

    @property
    def current_keys(self) -> tuple[VerifierKey, ...]:
        """The keys whose signature is on every new checkpoint: any one of them is enough for a stranger."""
        return (self.verifier,) if self.successor is None else (self.verifier, self.successor.verifier)

    @property
    def verifiers(self) -> Sequence[Verifier]:
        """Every key that may stand under a checkpoint of this log, old ones too."""
        return (
            *self.current_keys,
            *self.retired_keys,
            *(() if self.post_quantum_cosigner is None else (self.post_quantum_cosigner.verifier,)),
        )

    def signers_at(self, time: datetime) -> Sequence[NoteSigner]:
        """What signs a checkpoint at `time`."""
        heirs = () if self.successor is None else (self.successor,)
        return (
            self.signer,
            *heirs,
            *(() if self.post_quantum_cosigner is None else (self.post_quantum_cosigner.signer_at(time),)),
        )
