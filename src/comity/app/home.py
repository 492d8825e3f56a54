"""The custodian's home folder: keys, registered signers, the control database, the published ledger.

    HOME/home.json            format, the ledger's origin, which database
    HOME/keys/                control.key (database), ledger.key and answers.key (Ed25519), all for the owner alone;
                              ledger-next.key during a handover, ledger.retired (vkeys) after, ledger-second.key (ML-DSA-44)
    HOME/keys/control.dsn     where the control database is, for a home that uses PostgreSQL (or: COMITY_DSN)
    HOME/witnesses.policy     who must cosign before anything is delivered, if anybody must (C2SP tlog-policy)
    HOME/canaries.txt         record_ids of synthetic people whom nobody can lawfully ask about, one a line
    HOME/withheld.txt         record_ids about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))
    HOME/law/                 statutes, agreements and agencies of the custodian's own (comity law add)
    HOME/signers.json         whose signature counts for which office
    HOME/counsel.json         who may file court orders, each with a key of their own
    HOME/control.db           the control database (SQLCipher), for a home that does not
    HOME/control.anchor       the last checkpoint signed: a database restored from an older copy lacks it

Guarantees: everything is made at first use with permissions for its owner alone; an existing key is never replaced; a
home that says PostgreSQL never falls back to another database; a DSN is never in an argument or an error.
Start at `Home.open`.
"""

import json
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from comity.errors import ComityError
from comity.model.batch import Manifest
from comity.orders.order_filings import Filer
from comity.signing import (
    Ed25519Key,
    create_ml_dsa_key,
    create_signing_key,
    key_thumbprint,
    load_ml_dsa_key,
    load_private_key,
    to_public_key,
)

HOME_FORMAT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
DSN_VARIABLE, OWNER_DSN_VARIABLE = "COMITY_DSN", "COMITY_OWNER_DSN"
"""The environment's names for the DSN of the application's role, and of the tables' owner (never kept)."""
_NEXT_KEY_FILE, _SECOND_KEY_FILE, _RETIRED_KEYS_FILE, _WITNESS_POLICY_FILE = (
    "ledger-next.key",
    "ledger-second.key",
    "ledger.retired",
    "witnesses.policy",
)
_CANARIES_FILE, _WITHHELD_FILE = "canaries.txt", "withheld.txt"


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home folder."""

    path: Path
    origin: str
    database: str = SQLITE

    @classmethod
    def open(cls, path: Path, *, database: str | None = None) -> "Home":
        """Open `path`, making what is missing.

        Args:
            path: the folder.
            database: what it must use; a new home uses SQLite unless told otherwise.

        Raises:
            ComityError: `store_unavailable` when it cannot be made, or holds something else.
        """
        about = path / "home.json"
        try:
            if not about.exists():
                if path.exists() and any(path.iterdir()):
                    message, hint = "The home folder holds other files.", "Name an empty or new folder with --home."
                    raise ComityError("store_unavailable", message, hint)
                _create_home(path, database or SQLITE)
            content = json.loads(about.read_text(encoding="utf-8"))
            if content["format"] != HOME_FORMAT:
                raise ComityError("store_unavailable", "The home folder is of another version of Comity.")
            home = cls(path, content["origin"], content.get("database", SQLITE))
            if home.database not in {SQLITE, POSTGRESQL} or database not in {None, home.database}:
                raise ComityError("store_unavailable", "The home folder is on record as using another database.")
            return home  # noqa: TRY300  the faults below are of the lines above
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = "The home folder could not be opened or made."
            raise ComityError("store_unavailable", message, "Check --home and its permissions.") from error

    @property
    def control_db(self) -> Path:
        """The control database file."""
        return self.path / "control.db"

    @property
    def law_folder(self) -> Path:
        """The custodian's own statutes, agreements and agencies, beside those of the package; it may not exist."""
        return self.path / "law"

    @property
    def anchor_file(self) -> Path:
        """The file that remembers the last checkpoint signed."""
        return self.path / "control.anchor"

    def read_dsn(self) -> str:
        """Where the control database is, for the application's role: COMITY_DSN, else keys/control.dsn.

        Raises:
            ComityError: `store_unavailable` when neither says, `key_unusable` when others can read the file.
        """
        if given := os.environ.get(DSN_VARIABLE):
            return given
        path = self.path / "keys" / "control.dsn"
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise ComityError("key_unusable", "Others can read the control database's DSN.", "chmod 600 it.")
            return path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            hint = f"Set {DSN_VARIABLE}, or write it into keys/control.dsn of the home, readable by its owner alone."
            raise ComityError(
                "store_unavailable", "The home uses PostgreSQL, and nothing says where that is.", hint
            ) from error

    def read_control_key(self) -> bytes:
        """The control database's 32-byte key.

        Raises:
            ComityError: `key_unusable`.
        """
        path = self.path / "keys" / "control.key"
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise ComityError("key_unusable", "Others can read the control database's key.", "chmod 600 it.")
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise ComityError("key_unusable", "The control database's key is missing or damaged.") from error
        if len(key) != 32:
            raise ComityError("key_unusable", "The control database's key is damaged.")
        return key

    def derive_history_key(self) -> bytes:
        """The 16-byte key of the digests by which it is known what was asked before, derived from the database's key.

        Raises:
            ComityError: `key_unusable`.
        """
        derived = HKDF(hashes.SHA256(), 16, salt=None, info=b"comity: digests of what was asked")
        return derived.derive(self.read_control_key())

    def load_signing_key(self, name: str) -> Ed25519Key:
        """The custodian's `ledger` or `answers` key."""
        return load_private_key(self.path / "keys" / f"{name}.key")

    @property
    def ledger_keys(self) -> tuple[Ed25519Key, Ed25519Key | None]:
        """The ledger's key, and during a handover the one that takes over."""
        heir = self._keys_folder / _NEXT_KEY_FILE
        return self.load_signing_key("ledger"), load_private_key(heir) if heir.exists() else None

    @property
    def second_key(self) -> MLDSA44PrivateKey | None:
        """The ledger's ML-DSA-44 key, if it has one."""
        path = self._keys_folder / _SECOND_KEY_FILE
        return load_ml_dsa_key(path) if path.exists() else None

    def read_retired_vkeys(self) -> tuple[str, ...]:
        """The vkeys that signed the ledger once."""
        path = self._keys_folder / _RETIRED_KEYS_FILE
        return tuple(path.read_text(encoding="utf-8").split("\n")[:-1]) if path.exists() else ()

    def add_second_key(self) -> None:
        """Give the ledger an ML-DSA-44 key. Raises ComityError `key_unusable` when it has one."""
        create_ml_dsa_key(self._keys_folder / _SECOND_KEY_FILE)

    def begin_handover(self) -> None:
        """Make the key that takes over, unless a handover is under way."""
        if not (self._keys_folder / _NEXT_KEY_FILE).exists():
            create_signing_key(self._keys_folder / _NEXT_KEY_FILE)

    def finish_handover(self, vkey: str) -> None:
        """Let the heir sign alone; `vkey` is the old key's. The old private key is gone after this.

        Raises:
            ComityError: `key_unusable` when no handover is under way.
        """
        heir = self._keys_folder / _NEXT_KEY_FILE
        if not heir.exists():
            raise ComityError("key_unusable", "No handover is under way.", "Begin one with: comity ledger rotate")
        if vkey not in self.read_retired_vkeys():  # killed between these two lines, running it again ends the same
            write_private_file(
                self._keys_folder / _RETIRED_KEYS_FILE,
                "".join(f"{key}\n" for key in (*self.read_retired_vkeys(), vkey)),
            )
        heir.replace(self._keys_folder / "ledger.key")

    @property
    def witness_policy(self) -> str | None:
        """The text of the file that says which witnesses must cosign, if there is one."""
        path = self.path / _WITNESS_POLICY_FILE
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else None

    def write_witness_policy(self, policy: str) -> None:
        """From now on deliver only what these witnesses cosigned."""
        write_private_file(self.path / _WITNESS_POLICY_FILE, policy)

    @property
    def canaries(self) -> frozenset[str]:
        """The record_ids of synthetic people whom nobody can lawfully ask about (ADR 0013)."""
        return self._read_ids(_CANARIES_FILE)

    def add_canaries(self, record_ids: Iterable[str]) -> None:
        """From now on these records are canaries too."""
        self._write_ids(_CANARIES_FILE, self.canaries | set(record_ids))

    @property
    def withheld(self) -> frozenset[str]:
        """The record_ids about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""
        return self._read_ids(_WITHHELD_FILE)

    def add_withheld(self, record_ids: Iterable[str]) -> None:
        """From now on nothing is disclosed about these records either."""
        self._write_ids(_WITHHELD_FILE, self.withheld | set(record_ids))

    def remove_withheld(self, record_ids: Iterable[str]) -> None:
        """From now on these records are withheld no longer."""
        self._write_ids(_WITHHELD_FILE, self.withheld - set(record_ids))

    def _read_ids(self, name: str) -> frozenset[str]:
        path = self.path / name
        return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()

    def _write_ids(self, name: str, record_ids: Iterable[str]) -> None:
        write_private_file(self.path / name, "".join(f"{record_id}\n" for record_id in sorted(record_ids)))

    @property
    def _keys_folder(self) -> Path:
        return self.path / "keys"

    def registered_keys(self, manifest: Manifest) -> Mapping[str, Ed25519Key]:
        """The keys registered for the office that a manifest says signed it (R01, R02)."""
        wanted = (manifest.requester, manifest.signer.office)
        keys = [Ed25519Key.import_key(s["key"]) for s in self.read_signers() if (s["requester"], s["office"]) == wanted]
        return {key_thumbprint(key): key for key in keys}

    def read_signers(self) -> list[dict[str, Any]]:
        """Every registered signer: requester, office, key (JWK), registered_at, synthetic."""
        path = self.path / "signers.json"
        if not path.exists():
            return []
        content = json.loads(path.read_text(encoding="utf-8"))
        return list(content)

    def register_signer(
        self, *, requester: str, office: str, key: Ed25519Key, registered_at: str, synthetic: bool
    ) -> None:
        """Let a key's signature count for an office. Registering the same key again changes nothing."""
        entry = {
            "requester": requester,
            "office": office,
            "key": to_public_key(key).as_dict(private=False),
            "registered_at": registered_at,
            "synthetic": synthetic,
        }
        known = self.read_signers()
        same = ("requester", "office", "key")
        if not any(all(k[field] == entry[field] for field in same) for k in known):
            write_private_file(self.path / "signers.json", json.dumps([*known, entry], indent=2))

    def read_counsel(self) -> dict[str, dict[str, str]]:
        """Who may file court orders: key id -> name, and when that was registered."""
        path = self.path / "counsel.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def register_counsel(self, name: str, key: Ed25519Key, *, registered_at: str) -> None:
        """Let a person file court orders. Registering the same again changes nothing.

        Raises:
            ComityError: `bad_argument` when the key is another person's, or the person has another key: one key for
                each, so that two keys are two persons.
        """
        known, identifier = self.read_counsel(), key_thumbprint(to_public_key(key))
        if known.get(identifier, {}).get("name") == name:
            return
        if identifier in known or any(name.casefold() == other["name"].casefold() for other in known.values()):
            message = (
                "That key is another person's, or that person has another key. It takes two persons, so each has one."
            )
            raise ComityError("bad_argument", message, "See: comity orders counsel --home HOME")
        known[identifier] = {"name": name, "registered_at": registered_at}
        write_private_file(self.path / "counsel.json", json.dumps(known, indent=2))

    def identify_filer(self, key: Ed25519Key) -> Filer:
        """Who files with this key. Raises ComityError `key_unusable` when nobody is registered with it."""
        found = self.read_counsel().get(key_thumbprint(key))
        if found is None:
            hint = "Register it: comity orders counsel --home HOME --name NAME --key FILE"
            raise ComityError("key_unusable", "Nobody is registered to file court orders with this key.", hint)
        return Filer(found["name"], key)


def read_owner_dsn() -> str:
    """The DSN of the tables' owner, which only the environment holds. Raises ComityError `bad_argument`."""
    if given := os.environ.get(OWNER_DSN_VARIABLE):
        return given
    message = "This is for the owner of the control database's tables, and the environment does not name one."
    raise ComityError("bad_argument", message, f"Set {OWNER_DSN_VARIABLE} for this one command.")


def _create_home(path: Path, database: str) -> None:
    """Make the home beside its place and move it there whole, so that a kill leaves either nothing or a home."""
    part = path.with_name(f"{path.name}.part-{secrets.token_hex(4)}")
    keys = part / "keys"
    keys.mkdir(parents=True, mode=0o700)
    part.chmod(0o700)
    write_private_file(keys / "control.key", secrets.token_hex(32))
    ledger = create_signing_key(keys / "ledger.key")
    create_signing_key(keys / "answers.key")
    origin = f"comity.invalid/ledger/{key_thumbprint(ledger)[:12]}"
    write_private_file(part / "home.json", json.dumps({"format": HOME_FORMAT, "origin": origin, "database": database}))
    part.rename(path)


def write_private_file(path: Path, text: str) -> None:
    """Replace a file, for its owner alone, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
