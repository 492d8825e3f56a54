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
from comity.ledger.filing import Person
from comity.model.batch import Manifest
from comity.signing import (
    Key,
    create_key,
    create_second_key,
    key_id,
    load_private_key,
    load_second_key,
    public_key,
)

FORMAT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
DSN, OWNER_DSN = "COMITY_DSN", "COMITY_OWNER_DSN"
"""The environment's names for the DSN of the application's role, and of the tables' owner (never kept)."""
_HEIR, _SECOND, _RETIRED, _WITNESSES = "ledger-next.key", "ledger-second.key", "ledger.retired", "witnesses.policy"
_CANARIES, _WITHHELD = "canaries.txt", "withheld.txt"


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
                _make(path, database or SQLITE)
            content = json.loads(about.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
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
    def law(self) -> Path:
        """The custodian's own statutes, agreements and agencies, beside those of the package; it may not exist."""
        return self.path / "law"

    @property
    def anchor(self) -> Path:
        """The file that remembers the last checkpoint signed."""
        return self.path / "control.anchor"

    def dsn(self) -> str:
        """Where the control database is, for the application's role: COMITY_DSN, else keys/control.dsn.

        Raises:
            ComityError: `store_unavailable` when neither says, `key_unusable` when others can read the file.
        """
        if given := os.environ.get(DSN):
            return given
        path = self.path / "keys" / "control.dsn"
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise ComityError("key_unusable", "Others can read the control database's DSN.", "chmod 600 it.")
            return path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            hint = f"Set {DSN}, or write it into keys/control.dsn of the home, readable by its owner alone."
            raise ComityError(
                "store_unavailable", "The home uses PostgreSQL, and nothing says where that is.", hint
            ) from error

    def control_key(self) -> bytes:
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

    def history_key(self) -> bytes:
        """The 16-byte key of the digests by which it is known what was asked before, derived from the database's key.

        Raises:
            ComityError: `key_unusable`.
        """
        derived = HKDF(hashes.SHA256(), 16, salt=None, info=b"comity: digests of what was asked")
        return derived.derive(self.control_key())

    def signing_key(self, name: str) -> Key:
        """The custodian's `ledger` or `answers` key."""
        return load_private_key(self.path / "keys" / f"{name}.key")

    @property
    def ledger_keys(self) -> tuple[Key, Key | None]:
        """The ledger's key, and during a handover the one that takes over."""
        heir = self._keys / _HEIR
        return self.signing_key("ledger"), load_private_key(heir) if heir.exists() else None

    @property
    def second_key(self) -> MLDSA44PrivateKey | None:
        """The ledger's ML-DSA-44 key, if it has one."""
        path = self._keys / _SECOND
        return load_second_key(path) if path.exists() else None

    def retired_ledger_keys(self) -> tuple[str, ...]:
        """The vkeys that signed the ledger once."""
        path = self._keys / _RETIRED
        return tuple(path.read_text(encoding="utf-8").split("\n")[:-1]) if path.exists() else ()

    def add_second_key(self) -> None:
        """Give the ledger an ML-DSA-44 key. Raises ComityError `key_unusable` when it has one."""
        create_second_key(self._keys / _SECOND)

    def begin_handover(self) -> None:
        """Make the key that takes over, unless a handover is under way."""
        if not (self._keys / _HEIR).exists():
            create_key(self._keys / _HEIR)

    def end_handover(self, vkey: str) -> None:
        """Let the heir sign alone; `vkey` is the old key's. The old private key is gone after this.

        Raises:
            ComityError: `key_unusable` when no handover is under way.
        """
        heir = self._keys / _HEIR
        if not heir.exists():
            raise ComityError("key_unusable", "No handover is under way.", "Begin one with: comity ledger rotate")
        if vkey not in self.retired_ledger_keys():  # killed between these two lines, running it again ends the same
            write_private(self._keys / _RETIRED, "".join(f"{key}\n" for key in (*self.retired_ledger_keys(), vkey)))
        heir.replace(self._keys / "ledger.key")

    @property
    def witness_policy(self) -> str | None:
        """The text of the file that says which witnesses must cosign, if there is one."""
        path = self.path / _WITNESSES
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else None

    def require_witnesses(self, policy: str) -> None:
        """From now on deliver only what these witnesses cosigned."""
        write_private(self.path / _WITNESSES, policy)

    @property
    def canaries(self) -> frozenset[str]:
        """The record_ids of synthetic people whom nobody can lawfully ask about (ADR 0013)."""
        return self._listed(_CANARIES)

    def watch(self, record_ids: Iterable[str]) -> None:
        """From now on these records are canaries too."""
        self._list(_CANARIES, self.canaries | set(record_ids))

    @property
    def withheld(self) -> frozenset[str]:
        """The record_ids about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""
        return self._listed(_WITHHELD)

    def withhold(self, record_ids: Iterable[str]) -> None:
        """From now on nothing is disclosed about these records either."""
        self._list(_WITHHELD, self.withheld | set(record_ids))

    def lift(self, record_ids: Iterable[str]) -> None:
        """From now on these records are withheld no longer."""
        self._list(_WITHHELD, self.withheld - set(record_ids))

    def _listed(self, name: str) -> frozenset[str]:
        path = self.path / name
        return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()

    def _list(self, name: str, record_ids: Iterable[str]) -> None:
        write_private(self.path / name, "".join(f"{record_id}\n" for record_id in sorted(record_ids)))

    @property
    def _keys(self) -> Path:
        return self.path / "keys"

    def registered(self, manifest: Manifest) -> Mapping[str, Key]:
        """The keys registered for the office that a manifest says signed it (R01, R02)."""
        wanted = (manifest.requester, manifest.signer.office)
        keys = [Key.import_key(s["key"]) for s in self.signers() if (s["requester"], s["office"]) == wanted]
        return {key_id(key): key for key in keys}

    def signers(self) -> list[dict[str, Any]]:
        """Every registered signer: requester, office, key (JWK), registered_at, synthetic."""
        path = self.path / "signers.json"
        if not path.exists():
            return []
        content = json.loads(path.read_text(encoding="utf-8"))
        return list(content)

    def register(self, *, requester: str, office: str, key: Key, registered_at: str, synthetic: bool) -> None:
        """Let a key's signature count for an office. Registering the same key again changes nothing."""
        entry = {
            "requester": requester,
            "office": office,
            "key": public_key(key).as_dict(private=False),
            "registered_at": registered_at,
            "synthetic": synthetic,
        }
        known = self.signers()
        same = ("requester", "office", "key")
        if not any(all(k[field] == entry[field] for field in same) for k in known):
            write_private(self.path / "signers.json", json.dumps([*known, entry], indent=2))

    def counsel(self) -> dict[str, dict[str, str]]:
        """Who may file court orders: key id -> name, and when that was registered."""
        path = self.path / "counsel.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def register_counsel(self, name: str, key: Key, *, registered_at: str) -> None:
        """Let a person file court orders. Registering the same again changes nothing.

        Raises:
            ComityError: `bad_argument` when the key is another person's, or the person has another key: one key for
                each, so that two keys are two persons.
        """
        known, identifier = self.counsel(), key_id(public_key(key))
        if known.get(identifier, {}).get("name") == name:
            return
        if identifier in known or any(name.casefold() == other["name"].casefold() for other in known.values()):
            message = (
                "That key is another person's, or that person has another key. It takes two persons, so each has one."
            )
            raise ComityError("bad_argument", message, "See: comity orders counsel --home HOME")
        known[identifier] = {"name": name, "registered_at": registered_at}
        write_private(self.path / "counsel.json", json.dumps(known, indent=2))

    def person(self, key: Key) -> Person:
        """Who files with this key. Raises ComityError `key_unusable` when nobody is registered with it."""
        found = self.counsel().get(key_id(key))
        if found is None:
            hint = "Register it: comity orders counsel --home HOME --name NAME --key FILE"
            raise ComityError("key_unusable", "Nobody is registered to file court orders with this key.", hint)
        return Person(found["name"], key)


def owner_dsn() -> str:
    """The DSN of the tables' owner, which only the environment holds. Raises ComityError `bad_argument`."""
    if given := os.environ.get(OWNER_DSN):
        return given
    message = "This is for the owner of the control database's tables, and the environment does not name one."
    raise ComityError("bad_argument", message, f"Set {OWNER_DSN} for this one command.")


def _make(path: Path, database: str) -> None:
    """Make the home beside its place and move it there whole, so that a kill leaves either nothing or a home."""
    part = path.with_name(f"{path.name}.part-{secrets.token_hex(4)}")
    keys = part / "keys"
    keys.mkdir(parents=True, mode=0o700)
    part.chmod(0o700)
    write_private(keys / "control.key", secrets.token_hex(32))
    ledger = create_key(keys / "ledger.key")
    create_key(keys / "answers.key")
    origin = f"comity.invalid/ledger/{key_id(ledger)[:12]}"
    write_private(part / "home.json", json.dumps({"format": FORMAT, "origin": origin, "database": database}))
    part.rename(path)


def write_private(path: Path, text: str) -> None:
    """Replace a file, for its owner alone, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
