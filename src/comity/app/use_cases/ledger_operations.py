"""Sign and publish the ledger, prove an entry, verify it offline, recompute it, erase answers by order, change keys.

Start at `publish_checkpoint`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import comity_ledger_verify as checker
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, EXIT_REFUSED, ComityError, PolicyError
from comity.ledger import log
from comity.ledger.filed import read_register
from comity.ledger.fsck import check_ledger
from comity.ledger.keys import KeyRing
from comity.ledger.leaf import encode_handover_leaf
from comity.ledger.publish import publish_log
from comity.ledger.purge import carry_out_purge, find_purgeable
from comity.model.filing import Act
from comity.store.database import Snapshot
from comity.tlog.tiles import CHECKPOINT_FILE
from comity.tlog.timestamp import load_root_certificates, open_timestamp, request_timestamp

VKEY_SUFFIX = "vkey"
"""The file beside a published ledger that holds its verifier key. A careful verifier has the key from elsewhere."""


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed checkpoint, and the verifier keys that a stranger may use: either of two during a handover."""

    note: str
    vkeys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedLedgerCheck:
    """What is wrong with a published ledger, in words (nothing, when it verifies), and how many receipts were checked.

    `summary` is the checker's sentence about a ledger that verifies; `rehearsals` are folders of answers that are sound
    and that nobody may use.
    """

    findings: list[str]
    receipt_count: int
    summary: str
    rehearsals: list[str]

    @property
    def lines(self) -> list[str]:
        """Return what to tell a person."""
        return [*self.findings, *self.rehearsals] or [self.summary]

    @property
    def exit_code(self) -> int:
        """Return how a command ends: with 3 if all is sound and answers are of a rehearsal."""
        if self.findings:
            return EXIT_INTEGRITY
        return EXIT_REFUSED if self.rehearsals else EXIT_DONE


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover that began: the ledger entry that says so, and the two verifier keys."""

    entry: int
    old_vkey: str
    new_vkey: str


def publish_checkpoint(home_path: Path, out: Path | None = None) -> SignedCheckpoint:
    """Sign the ledger's head; with `out`, also publish the tiles and the verifier keys that a stranger needs."""
    home = Home.open(home_path, allows_rehearsal=True)
    signer = bootstrap.load_key_ring(home)
    vkeys = _list_current_vkeys(signer)
    with bootstrap.open_store(home) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        if out is not None:
            publish_log(store, out, note, *signer.verifiers)
            write_vkeys(out, vkeys)
    return SignedCheckpoint(note, vkeys)


def write_vkeys(published: Path, vkeys: Sequence[str]) -> None:
    """Write the verifier keys of a published ledger into the file beside its folder (FOLDER.vkey), for everybody."""
    vkey_file = published.parent / f"{published.name}.{VKEY_SUFFIX}"
    vkey_file.write_text("".join(f"{vkey}\n" for vkey in vkeys), encoding="utf-8")
    vkey_file.chmod(0o644)  # it is published too


def write_receipt(home_path: Path, entry: int, out: Path) -> None:
    """Write the receipt (C2SP tlog-proof) of one entry, by its index from 0.

    Raises:
        ComityError: `bad_argument` when the ledger has no such entry; `output_exists` when the file exists.
    """
    home = Home.open(home_path, allows_rehearsal=True)
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        with store.read() as tx:
            size = log.tree_size(tx)
        if entry >= size:
            raise ComityError("bad_argument", f"The ledger has {size:,} entries.", "Give an index below that.")
        receipt = log.make_receipt(store, entry, note, *signer.verifiers)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(receipt)
    except FileExistsError:
        message = "The file to write the receipt to exists already: it may be another entry's receipt."
        raise ComityError("output_exists", message, "Name another with --out.") from None


def verify_folders_exist(*folders: Path) -> None:
    """Raise ComityError `bad_argument` with every folder that is not there."""
    if absent := [str(folder) for folder in folders if not folder.is_dir()]:
        message = f"There is no folder {', '.join(absent)}, so that nothing was verified."
        raise ComityError("bad_argument", message, "Look for a slip in the name.")


def load_log_keys(folder: Path, vkey_file: Path | None = None) -> Sequence[checker.Vkey]:
    """Return the verifier keys in a file; by default in the one beside the published folder (FOLDER.vkey).

    Raises:
        ComityError: `bad_argument` when it cannot be read, or is empty.
    """
    try:
        text = checker.load_file(vkey_file or folder.parent / f"{folder.name}.{VKEY_SUFFIX}").decode()
        vkeys = checker.parse_vkeys(text)
    except (UnicodeDecodeError, checker.VerificationError) as error:
        message = "The verifier key could not be read."
        raise ComityError("bad_argument", message, "Name its file with --vkey.") from error
    if not vkeys:
        raise ComityError("bad_argument", "The file of verifier keys is empty.", "Name another with --vkey.")
    return vkeys


@dataclass(frozen=True, slots=True)
class AuditEvidence:
    """What a person kept of a ledger: receipts, checkpoints, folders of answers and the key they are signed with."""

    receipt_files: Sequence[Path] = ()
    checkpoint_files: Sequence[Path] = ()
    answers_folders: Sequence[Path] = ()
    answers_key: str = ""


def verify_published_ledger(
    folder: Path, evidence: AuditEvidence = AuditEvidence(), *, vkey_file: Path | None = None
) -> PublishedLedgerCheck:
    """Verify a published ledger offline, from its entries up, with the separate checker; and what somebody kept of it.

    Without `vkey_file`, the keys beside the folder are used (FOLDER.vkey).

    Raises:
        ComityError: `bad_argument` when a key, a receipt or a checkpoint cannot be read.
    """
    verify_folders_exist(folder, *evidence.answers_folders)
    trust = checker.TrustPolicy(load_log_keys(folder, vkey_file))
    try:
        receipts = {str(path): checker.load_file(path) for path in evidence.receipt_files}
        checkpoints = {str(path): checker.load_file(path) for path in evidence.checkpoint_files}
    except checker.VerificationError as error:
        message = "A receipt or a checkpoint could not be read."
        raise ComityError("bad_argument", message, "Name them with --receipt and --checkpoint.") from error
    if evidence.answers_folders and not evidence.answers_key:
        message = "Answers are checked against the thumbprint of the custodian's key for answers, known from elsewhere."
        raise ComityError("bad_argument", message, "Give it with --answers-key.")
    if evidence.answers_key and not checker.is_thumbprint(evidence.answers_key):
        message = "What --answers-key gives is not a thumbprint of a key, so that no answers were verified."
        hint = "Give the one that the custodian announced: 43 letters, digits, - and _."
        raise ComityError("bad_argument", message, hint)
    report = checker.check_log(folder, trust, receipts, checkpoints)
    faults, rehearsals = checker.check_answers(evidence.answers_folders, evidence.answers_key, trust, report.log)
    findings = [*report.findings, *faults]
    summary = "" if findings else checker.format_summary(report)
    if evidence.answers_folders and not (findings or rehearsals):
        summary += f"; {checker.format_answers(len(evidence.answers_folders), has_log=True)}"
    return PublishedLedgerCheck(findings, report.receipt_count, summary, rehearsals)


def check_stored_ledger(home_path: Path) -> tuple[str, ...]:
    """Recompute the whole ledger inside the control database, and return what is wrong, in words."""
    home = Home.open(home_path, allows_rehearsal=True)
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        return tuple(check_ledger(store, signer.verifiers, signer.name))


def request_purge(home_path: Path, key_file: Path, batch_id: str, rows: Sequence[int], order: str) -> FiledStep:
    """Enter the erasure of the answers of rows (from 1), as an order demands, as the first of two persons.

    Raises:
        ComityError: `bad_argument` when there are no such answers.
        PolicyError: `filing_refused`.
    """
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        batch = find_purgeable(tx, batch_id, tuple(sorted(set(rows))))
    content = {"batch": batch.batch_id, "rows": sorted(set(rows)), "order": order}
    return file_act(home_path, key_file, Act.PURGE, content)


def purge_rows(home_path: Path, number: int) -> tuple[int, int]:
    """Erase for good the answers that two persons filed; return the ledger entry that says so, and how many.

    On PostgreSQL this is for the tables' owner.

    Raises:
        PolicyError: `filing_missing` unless two persons filed it.
        ComityError: `bad_argument` when there are no such answers, or the environment names no owner.
    """
    home = Home.open(home_path)
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home, as_owner=True) as store:
        entry, count = carry_out_purge(store, number, at=clock.now())
        log.sign_current_checkpoint(store, signer, at=clock.now())
    return entry, count


def request_handover(home_path: Path, key_file: Path) -> FiledStep:
    """Enter, as the first of two persons, that the ledger's key hands over to a new one. Raises `filing_refused`."""
    vkey = bootstrap.load_key_ring(Home.open(home_path)).verifier.to_text()
    return file_act(home_path, key_file, Act.ROTATION, {"vkey": vkey})


def begin_handover(home_path: Path, number: int, receipt_file: Path) -> Handover:
    """Create a new key, append a handover entry under a checkpoint that both keys sign, and write its receipt.

    Raises:
        PolicyError: `filing_missing` unless two persons filed the handover of the present key.
    """
    home = Home.open(home_path)
    old_vkey = bootstrap.load_key_ring(home).verifier.to_text()
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            _verify_rotation(tx, number, old_vkey)
        home.keys.begin_handover()
        key_ring = bootstrap.load_key_ring(home)
        old_vkey, new_vkey = _list_current_vkeys(key_ring)
        leaf = encode_handover_leaf(old_key=old_vkey, new_key=new_vkey, as_of=clock.now())
        with store.begin() as tx:
            _verify_rotation(tx, number, old_vkey)
            entry = log.append_entries(tx, [leaf], at=clock.now())
        note = log.sign_current_checkpoint(store, key_ring, at=clock.now())
        receipt_file.write_text(log.make_receipt(store, entry, note, *key_ring.verifiers), encoding="utf-8")
    return Handover(entry, old_vkey, new_vkey)


def _verify_rotation(tx: Snapshot, number: int, vkey: str) -> None:
    if read_register(tx).get_in_force(number, Act.ROTATION).content.vkey != vkey:
        message = "Two persons filed the handover of another key than the present one."
        raise PolicyError("filing_missing", message, "File the present one's: comity ledger rotate --key KEY")


def finish_handover(home_path: Path) -> tuple[str, ...]:
    """Let the new key sign alone and destroy the old one; return the verifier keys from now on.

    Raises:
        ComityError: `key_unusable` when no handover is under way.
    """
    home = Home.open(home_path)
    home.keys.finish_handover(bootstrap.load_key_ring(home).verifier.to_text())
    return _list_current_vkeys(bootstrap.load_key_ring(home))


def add_second_key(home_path: Path) -> str:
    """Give the ledger a second, post-quantum key (ML-DSA-44), and return its verifier key.

    Raises:
        ComityError: `key_unusable` when it has one.
    """
    home = Home.open(home_path)
    home.keys.create_second_key()
    cosigner = bootstrap.load_key_ring(home).post_quantum_cosigner
    return "" if cosigner is None else cosigner.verifier.to_text()


def timestamp_checkpoint(folder: Path, roots_file: Path, authority_url: str = "") -> datetime:
    """Verify the RFC 3161 stamp of a published checkpoint (FOLDER.tsr), and return its time; with a URL, get it first.

    Raises:
        ComityError: `bad_argument` when a file cannot be read or written.
        LedgerError: `proof_invalid` when the stamp does not verify.
    """
    stamp_file = folder.parent / f"{folder.name}.tsr"
    try:
        note = (folder / CHECKPOINT_FILE).read_bytes()
        roots = load_root_certificates(roots_file.read_bytes())
        if authority_url:
            stamp_file.write_bytes(request_timestamp(note, authority_url, roots))
        return open_timestamp(note, stamp_file.read_bytes(), roots)
    except OSError as error:
        message = "The checkpoint, the stamp or the roots could not be read or written."
        raise ComityError("bad_argument", message, "Give FOLDER and --roots, and --tsa to ask for a stamp.") from error


def _list_current_vkeys(signer: KeyRing) -> tuple[str, ...]:
    return tuple(key.to_text() for key in signer.current_keys)
