"""Open or create the custodian's home folder, and say where each thing in it is.

Guarantees: a home is created beside its place and moved there whole, so a kill leaves nothing or a complete home.
A mistyped name makes no home: `Home.open` opens what is there; `Home.open_or_create` is for commands that begin one.
Start at `Home.open`.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comity.app.home.control_dsn import read_application_dsn
from comity.app.home.key_store import KeyStore, create_keys
from comity.app.home.private_file import write_private_file
from comity.app.home.signer_registry import SignerRegistry
from comity.errors import ComityError
from comity.folders import is_open_to_others, lock_folder, replace_file_in
from comity.signing import key_thumbprint

HOME_FORMAT = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
ANCHOR_FOLDER_VARIABLE = "COMITY_ANCHOR_FOLDER"
"""The environment's name for a folder outside of the home, best on another disk, that keeps the second anchor."""

_ABOUT_FILE = "home.json"
_ANCHOR_NAME_LENGTH = 32  # of a hash's 64 characters
_LEDGER_ORIGIN, REHEARSAL_ORIGIN = "comity.invalid/ledger/", "comity.invalid/rehearsal/"


HOW_HOMES_BEGIN = "A home begins with: comity verify, comity persons enroll, or comity store migrate."

LOOSE_FILES = {
    "withheld.txt": "File it: comity withhold add --records FILE --index INDEX --home HOME --key KEY.",
    "canaries.txt": "File it: comity canaries add --records FILE --index INDEX --home HOME --key KEY.",
    "counsel.json": "Enroll each person: comity persons enroll.",
    "law": "File it: comity law add FOLDER --home HOME --key KEY.",
    "witnesses.policy": "File it: comity witness require FILE --home HOME --key KEY.",
}
"""Files of earlier homes that decided by themselves, and what replaces each."""


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home folder: its path, the name of its ledger, and the database that it uses."""

    path: Path
    origin: str
    database: str = SQLITE

    @classmethod
    def open_or_create(cls, path: Path, *, database: str | None = None) -> "Home":
        """Open the home at `path`, and create it if it is missing: for the commands that begin a home.

        Args:
            path: the folder.
            database: which database it must use; a new home uses SQLite unless this says otherwise.

        Raises:
            ComityError: `store_unavailable` when it cannot be created, or the folder holds something else; as `open`.
        """
        try:
            if not (path / _ABOUT_FILE).exists():
                if path.exists() and any(path.iterdir()):
                    message, hint = "The home folder holds other files.", "Name an empty or new folder with --home."
                    raise ComityError("store_unavailable", message, hint)
                _create_home(path, database or SQLITE, _LEDGER_ORIGIN)
        except OSError as error:
            message = "The home folder could not be made."
            raise ComityError("store_unavailable", message, "Check --home and its permissions.") from error
        return cls.open(path, database=database)

    @classmethod
    def open(cls, path: Path, *, database: str | None = None, allows_rehearsal: bool = False) -> "Home":
        """Open the home at `path`, which must be there; nothing is written.

        Args:
            path: the folder.
            database: which database it must use, if that matters.
            allows_rehearsal: whether it may be the home of a rehearsal, in which nothing is done in earnest.

        Raises:
            ComityError: `home_missing` when there is none, `store_unavailable` when it cannot be opened.
        """
        verify_home_exists(path)
        try:
            if is_open_to_others(path):
                message = (
                    "Others than its owner can enter the home folder, where the keys and the control database are."
                )
                raise ComityError("folder_exposed", message, "Find out who could, then run: chmod 700 HOME")
            content = json.loads((path / _ABOUT_FILE).read_text(encoding="utf-8"))
            if content["format"] != HOME_FORMAT:
                raise ComityError("store_unavailable", "The home folder is of another version of Comity.")
            home = cls(path, content["origin"], content.get("database", SQLITE))
            if home.database not in {SQLITE, POSTGRESQL} or database not in {None, home.database}:
                raise ComityError("store_unavailable", "The home folder is on record as using another database.")
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = "The home folder could not be opened."
            raise ComityError("store_unavailable", message, "Check --home and its permissions.") from error
        if home.is_rehearsal and not allows_rehearsal:
            message = "The folder holds a rehearsal. Nothing in it counts, and nothing can be done with it in earnest."
            raise ComityError(
                "store_unavailable", message, "Name the home with --home; its rehearsal is a folder in it."
            )
        return home

    def use_postgresql(self) -> None:
        """Say that the control database is on PostgreSQL from now on, and put its SQLite file aside."""
        with lock_folder(self.path) as folder:
            about = {"format": HOME_FORMAT, "origin": self.origin, "database": POSTGRESQL}
            replace_file_in(folder, _ABOUT_FILE, json.dumps(about).encode())
        for ending in ("", "-wal", "-shm"):
            file = self.control_db.with_name(self.control_db.name + ending)
            if file.exists():
                file.rename(file.with_name(f"{self.control_db.name}.moved{ending}"))

    @property
    def is_rehearsal(self) -> bool:
        """Return whether this is the home of a rehearsal: its ledger's origin says so in every proof."""
        return self.origin.startswith(REHEARSAL_ORIGIN)

    @property
    def rehearsal_folder(self) -> Path:
        """Return the folder of the last rehearsal; it may not exist."""
        return self.path / "rehearsal"

    def open_rehearsal(self) -> "Home":
        """Open the home of the last rehearsal.

        Raises:
            ComityError: `bad_argument` when nothing was rehearsed.
        """
        if not self.rehearsal_folder.exists():
            message = "Nothing was rehearsed in this home."
            raise ComityError("bad_argument", message, "Rehearse the batch first: comity verify BATCH --as-of TIME")
        return Home.open(self.rehearsal_folder, allows_rehearsal=True)

    @contextmanager
    def create_rehearsal(self) -> Iterator["Home"]:
        """Replace the last rehearsal by an empty home with keys and a ledger of its own; one rehearsal at a time."""
        with lock_folder(self.path):
            shutil.rmtree(self.rehearsal_folder, ignore_errors=True)
            _create_home(self.rehearsal_folder, SQLITE, REHEARSAL_ORIGIN)
            yield self.open_rehearsal()

    @property
    def control_db(self) -> Path:
        """Return the control database file, for a home on SQLite."""
        return self.path / "control.db"

    @property
    def desk_db(self) -> Path:
        """Return the file of the service's own database; it may not exist."""
        return self.path / "desk.db"

    @property
    def anchor_file(self) -> Path:
        """Return the file that keeps the last checkpoint signed."""
        return self.path / "control.anchor"

    def find_second_anchor(self) -> Path | None:
        """Return the file outside of the home that keeps the last checkpoint too; None where no folder can keep it.

        It is in COMITY_ANCHOR_FOLDER, or else in the user's state folder (XDG_STATE_HOME). A rehearsal has none.
        """
        if self.is_rehearsal:
            return None
        try:
            state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
            folder = Path(os.environ.get(ANCHOR_FOLDER_VARIABLE) or Path(state) / "comity" / "anchors")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            return None
        name = hashlib.sha256(self.origin.encode()).hexdigest()[:_ANCHOR_NAME_LENGTH]
        return folder / f"{name}.anchor" if os.access(folder, os.W_OK) else None

    @property
    def keys(self) -> KeyStore:
        """Return the store of the custodian's private keys."""
        return KeyStore(self.path / "keys")

    @property
    def signers(self) -> SignerRegistry:
        """Return the registry of the keys of synthetic requesters; other keys are filed by two persons."""
        return SignerRegistry(self.path / "signers.json")

    def verify_no_loose_files(self) -> None:
        """Refuse a home with a file that once decided what two persons must file now.

        Raises:
            ComityError: `home_altered`, with what to do about the first such file.
        """
        for name, remedy in LOOSE_FILES.items():
            if (self.path / name).exists():
                raise ComityError(
                    "home_altered",
                    f"The home folder holds {name}. What it says counts only as filed, so that the file cannot loosen "
                    "or tighten anything, and whoever relies on it would be deceived.",
                    f"{remedy} Then move it out of the home.",
                )
        self.signers.verify_synthetic()

    def read_dsn(self) -> str:
        """Return the DSN of the control database, for the application's role.

        Raises:
            ComityError: as `read_application_dsn`.
        """
        return read_application_dsn(self.path / "keys" / "control.dsn")


def verify_home_exists(path: Path) -> None:
    """Raise ComityError `home_missing` when there is no home at `path`; nothing is written."""
    if not (path / _ABOUT_FILE).is_file():
        message = f"There is no home at {path}, so that nothing was read, checked or written."
        hint = f"Look for a slip in the name. {HOW_HOMES_BEGIN}"
        raise ComityError("home_missing", message, hint)


def _create_home(path: Path, database: str, origin_prefix: str) -> None:
    """Create the home beside its place and move it there whole."""
    partial = path.with_name(f"{path.name}.part-{secrets.token_hex(4)}")
    keys = partial / "keys"
    keys.mkdir(parents=True, mode=0o700)
    partial.chmod(0o700)
    origin = f"{origin_prefix}{key_thumbprint(create_keys(keys))[:12]}"
    about = {"format": HOME_FORMAT, "origin": origin, "database": database}
    write_private_file(partial / _ABOUT_FILE, json.dumps(about))
    partial.rename(path)
