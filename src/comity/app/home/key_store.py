"""Keep the custodian's private keys: the database's, the answers' and the ledger's, and hand the ledger to a new one.

Guarantees: an existing key is never replaced; a key file that others can read is refused; a handover that is killed
at any point ends the same when it is run again.
Start at `KeyStore`.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from comity.app.home.private_file import write_private_file
from comity.errors import ComityError
from comity.folders import is_open_to_others
from comity.signing import Ed25519Key, create_ml_dsa_key, create_signing_key, load_ml_dsa_key, load_private_key

_CONTROL_KEY_FILE = "control.key"
_LEDGER_KEY_FILE, _NEXT_KEY_FILE = "ledger.key", "ledger-next.key"
_SECOND_KEY_FILE, _RETIRED_KEYS_FILE = "ledger-second.key", "ledger.retired"
_CONSOLE_KEY_FILE = "console.key"
_CONTROL_KEY_BYTES, _HISTORY_KEY_BYTES = 32, 16


@dataclass(frozen=True, slots=True)
class KeyStore:
    """The folder of the custodian's keys."""

    folder: Path

    def read_control_key(self) -> bytes:
        """Return the control database's 32-byte key.

        Raises:
            ComityError: `key_unusable`.
        """
        path = self.folder / _CONTROL_KEY_FILE
        try:
            if is_open_to_others(path):
                raise ComityError("key_unusable", "Others can read the control database's key.", "chmod 600 it.")
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise ComityError("key_unusable", "The control database's key is missing or damaged.") from error
        if len(key) != _CONTROL_KEY_BYTES:
            raise ComityError("key_unusable", "The control database's key is damaged.")
        return key

    def derive_history_key(self) -> bytes:
        """Derive from the database's key the 16-byte key of the digests that recognize a repeated request.

        Raises:
            ComityError: `key_unusable`.
        """
        derivation = HKDF(hashes.SHA256(), _HISTORY_KEY_BYTES, salt=None, info=b"comity: digests of what was asked")
        return derivation.derive(self.read_control_key())

    def derive_desk_key(self) -> bytes:
        """Derive from the database's key the 32-byte key of the service's own database.

        Raises:
            ComityError: `key_unusable`.
        """
        derivation = HKDF(hashes.SHA256(), _CONTROL_KEY_BYTES, salt=None, info=b"comity: desk of the service")
        return derivation.derive(self.read_control_key())

    def load_signing_key(self, name: str) -> Ed25519Key:
        """Load the custodian's `ledger` or `answers` key. Raises ComityError `key_unusable`."""
        return load_private_key(self.folder / f"{name}.key")

    def load_ledger_keys(self) -> tuple[Ed25519Key, Ed25519Key | None]:
        """Load the ledger's key and, during a handover, its successor. Raises ComityError `key_unusable`."""
        successor = self.folder / _NEXT_KEY_FILE
        return self.load_signing_key("ledger"), load_private_key(successor) if successor.exists() else None

    def load_second_key(self) -> MLDSA44PrivateKey | None:
        """Load the ledger's ML-DSA-44 key, if it has one. Raises ComityError `key_unusable`."""
        path = self.folder / _SECOND_KEY_FILE
        return load_ml_dsa_key(path) if path.exists() else None

    def load_console_key(self) -> Ed25519Key:
        """Load the key by which the service stops everything for a person, and create it at its first use.

        Raises ComityError `key_unusable`.
        """
        path = self.folder / _CONSOLE_KEY_FILE
        if not path.exists():
            try:
                create_signing_key(path)
            except ComityError:
                if not path.exists():  # another request was as quick
                    raise
        return load_private_key(path)

    def create_second_key(self) -> None:
        """Give the ledger an ML-DSA-44 key. Raises ComityError `key_unusable` when it has one."""
        create_ml_dsa_key(self.folder / _SECOND_KEY_FILE)

    def read_retired_vkeys(self) -> tuple[str, ...]:
        """Return the verifier keys that signed the ledger before a handover, oldest first."""
        path = self.folder / _RETIRED_KEYS_FILE
        return tuple(path.read_text(encoding="utf-8").split("\n")[:-1]) if path.exists() else ()

    def begin_handover(self) -> None:
        """Create the ledger's successor key, unless a handover is under way."""
        if not (self.folder / _NEXT_KEY_FILE).exists():
            create_signing_key(self.folder / _NEXT_KEY_FILE)

    def finish_handover(self, vkey: str) -> None:
        """Let the successor sign alone. `vkey` is the old key's verifier key; the old private key is gone after this.

        Raises:
            ComityError: `key_unusable` when no handover is under way.
        """
        successor = self.folder / _NEXT_KEY_FILE
        if not successor.exists():
            raise ComityError("key_unusable", "No handover is under way.", "Begin one with: comity ledger rotate")
        retired = self.read_retired_vkeys()
        if vkey not in retired:  # a kill before the next line ends the same when this is run again
            write_private_file(self.folder / _RETIRED_KEYS_FILE, "".join(f"{key}\n" for key in (*retired, vkey)))
        successor.replace(self.folder / _LEDGER_KEY_FILE)


def create_keys(folder: Path) -> Ed25519Key:
    """Create a new home's three keys in an empty folder, and return the ledger's."""
    write_private_file(folder / _CONTROL_KEY_FILE, secrets.token_hex(_CONTROL_KEY_BYTES))
    ledger = create_signing_key(folder / _LEDGER_KEY_FILE)
    create_signing_key(folder / "answers.key")
    return ledger
