"""Open or create the custodian's home folder, and say where each thing in it is.

Guarantees: a home is created beside its place and moved there whole, so a kill leaves nothing or a complete home.
Start at `Home.open`.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from comity.app.home.control_dsn import read_application_dsn
from comity.app.home.counsel_registry import CounselRegistry
from comity.app.home.key_store import KeyStore, create_keys
from comity.app.home.private_file import write_private_file
from comity.app.home.record_id_list import RecordIdList
from comity.app.home.signer_registry import SignerRegistry
from comity.app.home.witness_policy_file import WitnessPolicyFile
from comity.errors import ComityError
from comity.signing import key_thumbprint

HOME_FORMAT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home folder: its path, the name of its ledger, and the database that it uses."""

    path: Path
    origin: str
    database: str = SQLITE

    @classmethod
    def open(cls, path: Path, *, database: str | None = None) -> "Home":
        """Open the home at `path`, and create it if it is missing.

        Args:
            path: the folder.
            database: which database it must use; a new home uses SQLite unless this says otherwise.

        Raises:
            ComityError: `store_unavailable` when it cannot be created, or the folder holds something else.
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
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = "The home folder could not be opened or made."
            raise ComityError("store_unavailable", message, "Check --home and its permissions.") from error
        return home

    @property
    def control_db(self) -> Path:
        """Return the control database file, for a home on SQLite."""
        return self.path / "control.db"

    @property
    def anchor_file(self) -> Path:
        """Return the file that keeps the last checkpoint signed."""
        return self.path / "control.anchor"

    @property
    def law_folder(self) -> Path:
        """Return the folder of the custodian's own statutes, agreements and agencies; it may not exist."""
        return self.path / "law"

    @property
    def keys(self) -> KeyStore:
        """Return the store of the custodian's private keys."""
        return KeyStore(self.path / "keys")

    @property
    def signers(self) -> SignerRegistry:
        """Return the registry of the keys of the requesters' offices."""
        return SignerRegistry(self.path / "signers.json")

    @property
    def counsel(self) -> CounselRegistry:
        """Return the registry of the persons who may file court orders."""
        return CounselRegistry(self.path / "counsel.json")

    @property
    def canaries(self) -> RecordIdList:
        """Return the list of synthetic people about whom no request can be lawful (ADR 0013)."""
        return RecordIdList(self.path / "canaries.txt")

    @property
    def withheld(self) -> RecordIdList:
        """Return the list of records that the Secretary determined not to disclose (26 USC 6103(i)(6))."""
        return RecordIdList(self.path / "withheld.txt")

    @property
    def witness_policy(self) -> WitnessPolicyFile:
        """Return the file that says which witnesses must cosign."""
        return WitnessPolicyFile(self.path / "witnesses.policy")

    def read_dsn(self) -> str:
        """Return the DSN of the control database, for the application's role.

        Raises:
            ComityError: as `read_application_dsn`.
        """
        return read_application_dsn(self.path / "keys" / "control.dsn")


def _create_home(path: Path, database: str) -> None:
    """Create the home beside its place and move it there whole."""
    partial = path.with_name(f"{path.name}.part-{secrets.token_hex(4)}")
    keys = partial / "keys"
    keys.mkdir(parents=True, mode=0o700)
    partial.chmod(0o700)
    origin = f"comity.invalid/ledger/{key_thumbprint(create_keys(keys))[:12]}"
    about = {"format": HOME_FORMAT, "origin": origin, "database": database}
    write_private_file(partial / "home.json", json.dumps(about))
    partial.rename(path)
