"""Create the control database's tables and guards, bring them to this version, move them, and replace a lost anchor.

Start at `migrate_store`, `move_to_postgresql` and `replace_anchor`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.app import bootstrap, clock
from comity.app.home import POSTGRESQL, Home
from comity.app.home.control_dsn import read_owner_dsn
from comity.errors import ComityError, LedgerError
from comity.ledger import events, leaf, log
from comity.ledger.filed import read_register
from comity.ledger.fsck import check_ledger
from comity.orders.filing_steps import find_filer
from comity.signing import Ed25519Key, load_private_key, sign_detached
from comity.store import database, entries, schema_version
from comity.store.anchor import Anchor
from comity.store.database import Store
from comity.store.postgresql import parse_role
from comity.store.transfer import copy_database

_MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class ControlDatabase:
    """Which database a home uses, and the version of its tables."""

    database: str
    version: str


def migrate_store(home_path: Path, *, use_postgresql: bool = False) -> ControlDatabase:
    """Create the tables or migrate them to this version; `use_postgresql` creates a new home on PostgreSQL.

    Raises:
        ComityError: `bad_argument` when the environment lacks a DSN, or the application's DSN names no role;
            `store_unavailable` when the database cannot be reached.
    """
    home = Home.open_or_create(home_path, database=POSTGRESQL if use_postgresql else None)
    if home.database == POSTGRESQL:
        role = parse_role(home.read_dsn())
        if role is None:
            raise ComityError("bad_argument", "The DSN of the application does not name its role.", "Add user=...")
        database.migrate_postgresql(read_owner_dsn(), role=role)
    with bootstrap.open_store(home):
        pass
    return ControlDatabase(home.database, schema_version.CURRENT_REVISION)


def move_to_postgresql(home_path: Path) -> dict[str, int]:
    """Move a home's control database from its SQLite file to PostgreSQL; return the rows of each table.

    The ledger is checked whole before and after. The file stays in the home as control.db.moved, for you to keep or to
    erase; if the command is killed, the home still uses the file, and the same command starts over with an empty
    database.

    Raises:
        ComityError: `bad_argument`, it is on PostgreSQL already, or the environment lacks a DSN; `store_unavailable`,
            the database cannot be reached, or is not empty.
        LedgerError: `ledger_damaged`, the ledger is not sound.
    """
    home = Home.open(home_path)
    if home.database == POSTGRESQL:
        raise ComityError("bad_argument", "The home is on PostgreSQL already.", "Nothing needs to be moved.")
    owner_dsn, role = read_owner_dsn(), parse_role(home.read_dsn())
    if role is None:
        raise ComityError("bad_argument", "The DSN of the application does not name its role.", "Add user=...")
    signer = bootstrap.load_key_ring(home)
    database.migrate_postgresql(owner_dsn, role=role)
    with bootstrap.open_store(home) as source:
        _verify_sound(check_ledger(source, signer.verifiers, signer.name))
        target = Store.connect(owner_dsn)
        try:
            counts = copy_database(source, target)
        finally:
            target.close()
    moved = Store.connect(home.read_dsn(), anchor=home.anchor_file, second_anchor=home.find_second_anchor())
    try:
        _verify_sound(check_ledger(moved, signer.verifiers, signer.name))
    finally:
        moved.close()
    home.use_postgresql()
    return counts


def _verify_sound(findings: Sequence[str]) -> None:
    if findings:
        message = f"The ledger is not sound, so it was not moved. The first of {len(findings)} findings: {findings[0]}"
        raise LedgerError("ledger_damaged", message, "Run: comity ledger fsck")


def replace_anchor(home_path: Path, key_files: tuple[Path, Path], reason: str) -> int:
    """Replace a lost anchor by the last checkpoint on file, as two persons vouch; return the entry that says so.

    The ledger must be sound, and no anchor outside of the home may know of a later checkpoint.

    Raises:
        ComityError: `bad_argument` when the anchor is there, or the two keys are one person's; `key_unusable`.
        LedgerError: `ledger_damaged` when the ledger is not sound, or the database was restored from an older copy.
    """
    if not reason.strip() or not reason.isprintable() or len(reason) > _MAX_REASON_LENGTH:
        raise ComityError("bad_argument", "It takes a reason, in one line.", "Give --reason")
    home = Home.open(home_path)
    keys = [load_private_key(path) for path in key_files]
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        _verify_two_persons(store, keys)
        _verify_only_anchor_is_missing(store, home, check_ledger(store, signer.verifiers, signer.name))
        with store.begin(replaces_anchor=True) as tx:
            last = entries.get_last_checkpoint(tx)
            if last is None:
                raise ComityError("bad_argument", "Nothing was signed yet, so there is no anchor to replace.")
            vouched = {"reason": reason, "root": last.root.hex(), "size": last.size}
            content = {"vouched": vouched, "signatures": [_sign_statement(vouched, home, key) for key in keys]}
            entry = events.record_committed_entry(
                tx, "anchor", about="anchor", public={}, content=content, at=clock.now()
            )
            tx.signed_checkpoint = last.size, last.root
        log.sign_current_checkpoint(store, signer, at=clock.now())
    return entry


def _verify_two_persons(store: Store, keys: Sequence[Ed25519Key]) -> None:
    """Raise ComityError `key_unusable` or `bad_argument` unless the keys are those of two enrolled persons."""
    with store.read() as tx:
        register = read_register(tx)
    persons = {find_filer(register, key, "").name for key in keys}
    if len(persons) < len(keys):
        raise ComityError("bad_argument", "It takes two persons.", "Give the keys of two different ones.")


def _sign_statement(vouched: dict[str, object], home: Home, key: Ed25519Key) -> str:
    """Return a person's detached signature over what is vouched for, of this ledger."""
    return sign_detached(leaf.canonicalize_json({"anchor": vouched, "origin": home.origin}), key)


def _verify_only_anchor_is_missing(store: Store, home: Home, findings: tuple[str, ...]) -> None:
    with store.read() as tx:
        missing = Anchor(home.anchor_file).check(tx.connection)
    if home.anchor_file.exists() or not missing:
        raise ComityError("bad_argument", "The anchor is not missing.", "See what is wrong: comity ledger fsck")
    if others := [finding for finding in findings if finding not in missing]:
        message = (
            f"The ledger is not sound, so nobody can vouch for it. The first of {len(others)} findings: {others[0]}"
        )
        raise LedgerError("ledger_damaged", message, "Run: comity ledger fsck")
