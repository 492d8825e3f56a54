"""File steps by two persons: one enters what opens, loosens or erases, and a second, with a key of their own, confirms.

Guarantees: a step and its ledger entry are one transaction, which waits for a release or delivery in progress and
which every later one sees. A step follows those on file, and what is filed fits what is in force, when it is entered
and again when it is confirmed; otherwise nothing is filed. The filer's key signs it, with the device that it came from.
Does not: carry out what was filed: whoever relies on a filing reads it in its own transaction.
Basis: ADR 0025.
Start at `enter_filing`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from comity.errors import ComityError, PolicyError
from comity.law.filed_content import FILED_CONTENT
from comity.law.filing_register import FilingRegister, FilingState, FilingStatus, find_fault, replay_filings
from comity.law.loader import build_document
from comity.ledger import leaf, log
from comity.ledger.filed import read_filings, read_register
from comity.model.filing import Act, Filing, FilingStep
from comity.orders.act_checks import FilingContext, verify_act
from comity.signing import Ed25519Key, extract_embedded_key, key_thumbprint, sign_detached
from comity.store import filings
from comity.store.database import Store, Transaction

SUSPICIOUSLY_SHORT = timedelta(hours=1)
"""Two steps or two enrollments that are closer together than this are pointed out to the second person."""


@dataclass(frozen=True, slots=True)
class Filer:
    """The person who files: a name, the private key that is enrolled for it, and the device that it is used on."""

    name: str
    key: Ed25519Key
    device: str = ""

    @property
    def thumbprint(self) -> str:
        """Return the thumbprint of the person's key."""
        return key_thumbprint(self.key)

    def find_time(self, at: datetime) -> datetime:
        """Return the time that the person's step says, which is the time of filing."""
        return at

    def sign(self, payload: bytes) -> str:
        """Return the person's signature over a step, as a detached JWS."""
        return sign_detached(payload, self.key)


@dataclass(frozen=True, slots=True)
class RemoteFiler:
    """A person who signed a step elsewhere, at `signed_at`, with a key of which only the `thumbprint` is known here."""

    name: str
    thumbprint: str
    device: str
    signed_at: datetime
    signature: str

    def find_time(self, _at: datetime) -> datetime:
        """Return the time that the signed step says."""
        return self.signed_at

    def sign(self, payload: bytes) -> str:
        """Return the signature that came. Raises PolicyError `filing_refused` unless it is the key's, over the step."""
        key = extract_embedded_key(payload, self.signature)
        if key is None or key_thumbprint(key) != self.thumbprint:
            message = (
                "The signature is not one by your key over this step: the step was changed, or another key signed."
            )
            raise refused_error(message, "Take the step from the page again, and sign it: comity filings sign")
        return self.signature


StepFiler = Filer | RemoteFiler
"""Whoever takes a step: with the key at hand, or signed elsewhere."""


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step before it is signed; `subject` None: the filing that the step itself begins."""

    act: Act
    step: FilingStep
    subject: str | None
    content: Any = None


def find_filer(register: FilingRegister, key: Ed25519Key, device: str) -> Filer:
    """Return the person who has a key, or a recovery key. Raises ComityError `key_unusable` when no one has it."""
    person = (register.persons | register.recovery_keys).get(key_thumbprint(key))
    if person is None:
        hint = "Enroll: comity persons enroll --home HOME --name NAME --key FILE"
        raise ComityError("key_unusable", "No enrolled person has this key.", hint)
    return Filer(person.name, key, device)


def enter_filing(  # noqa: PLR0913  each is a part of the filing
    store: Store, act: Act, content: Mapping[str, Any], filer: StepFiler, *, context: FilingContext, at: datetime
) -> FilingState:
    """Enter an act as the first of two persons. One that closes has effect now; any other waits for the second.

    Raises:
        PolicyError: `law_invalid` when the content is incomplete, `filing_refused` when it does not fit.
    """
    document = build_document(FILED_CONTENT[act], dict(content), f"the {act}").model_dump(mode="json")
    return _file_step(store, StepDraft(act, FilingStep.ENTERED, None, document), filer, context=context, at=at)


def confirm_filing(store: Store, number: int, filer: StepFiler, *, context: FilingContext, at: datetime) -> FilingState:
    """Confirm a pending filing as the second person. Raises PolicyError `filing_refused`, as `enter_filing`."""
    return _decide(store, number, FilingStep.CONFIRMED, filer, context=context, at=at)


def withdraw_filing(
    store: Store, number: int, filer: StepFiler, *, context: FilingContext, at: datetime
) -> FilingState:
    """Withdraw a pending filing; whoever entered it may, too. Raises PolicyError `filing_refused`."""
    return _decide(store, number, FilingStep.WITHDRAWN, filer, context=context, at=at)


def _decide(  # noqa: PLR0913  each is a part of the filing
    store: Store, number: int, step: FilingStep, filer: StepFiler, *, context: FilingContext, at: datetime
) -> FilingState:
    with store.read() as tx:
        state = read_register(tx).filings.get(number)
    if state is None:
        raise refused_error("No filing of that number is on file.")
    return _file_step(store, StepDraft(state.entered.act, step, str(number)), filer, context=context, at=at)


def _file_step(
    store: Store, draft: StepDraft, filer: StepFiler, *, context: FilingContext, at: datetime
) -> FilingState:
    with store.begin() as tx:  # from here on, no other writer
        on_file = read_filings(tx)
        register = replay_filings(on_file)
        filing = sign_step(draft, filer, entry=log.tree_size(tx), at=at)
        if (fault := find_fault(register, filing)) is not None:
            raise refused_error(fault)
        if draft.step is not FilingStep.WITHDRAWN:
            entered = filing if draft.step is FilingStep.ENTERED else register.filings[filing.number].entered
            if (fault := verify_act(entered, register, on_file, context, at=at)) is not None:
                raise refused_error(fault)
        record_step(tx, filing, at=at)
        return replay_filings((*on_file, filing)).filings[filing.number]


def sign_step(draft: StepDraft, filer: StepFiler, *, entry: int, at: datetime) -> Filing:
    """Return a step, signed by its filer. Raises PolicyError `filing_refused` for text that nobody can see."""
    verify_visible_text(draft.content, filer.name)
    unsigned = Filing(
        entry=entry,
        act=draft.act,
        subject=str(entry) if draft.subject is None else draft.subject,
        step=draft.step,
        by=filer.thumbprint,
        name=filer.name,
        device=filer.device,
        at=filer.find_time(at),
        content=leaf.canonicalize_json(draft.content).decode(),
        salt=leaf.generate_salts(1)[0],
        signature="",
    )
    return replace(unsigned, signature=filer.sign(leaf.encode_filing_payload(unsigned)))


def record_step(tx: Transaction, filing: Filing, *, at: datetime) -> None:
    """Append the ledger entry of a step at a time, and store the step; it may have been signed some minutes before."""
    log.append_entries(tx, [leaf.encode_filing_leaf(filing)], at=at)
    filings.insert(tx, filing)


def list_warnings(register: FilingRegister, state: FilingState, filer: StepFiler, at: datetime) -> list[str]:
    """Return what the second person should know: one device, or one hour, for what two persons should have done."""
    first, warnings = state.entered, []
    if first.device and first.device == filer.device:
        warnings.append("Both persons file from one device.")
    if at - first.at < SUSPICIOUSLY_SHORT and state.status is not FilingStatus.WITHDRAWN:
        warnings.append("The first person filed it less than an hour ago.")
    holders = register.persons | register.recovery_keys
    persons = [holders.get(first.by), holders.get(filer.thumbprint)]
    both = [person for person in persons if person is not None]
    if len(both) == 2:
        if both[0].device and both[0].device == both[1].device:
            warnings.append("Both persons were enrolled from one device.")
        if abs(both[0].enrolled_at - both[1].enrolled_at) < SUSPICIOUSLY_SHORT:
            warnings.append("Both persons were enrolled within one hour.")
    return warnings


def verify_visible_text(*content: Any) -> None:
    """Raise PolicyError `filing_refused` for characters that cannot be seen, such as one that reverses the reading."""
    if not all("".join(text.split()).isprintable() for text in _iterate_strings(list(content))):
        raise refused_error("What is filed has marks in it that nobody can see.", "Write it in plain text.")


def _iterate_strings(content: Any) -> Iterator[str]:
    """Yield every text in plain data, keys of objects left out."""
    if isinstance(content, str):
        yield content
    if isinstance(content, dict | list | tuple):
        for item in content.values() if isinstance(content, dict) else content:
            yield from _iterate_strings(item)


def refused_error(message: str, hint: str = "See: comity filings list --home HOME") -> PolicyError:
    """Return the error for a step that cannot be filed."""
    return PolicyError("filing_refused", message, f"Nothing was filed. {hint}")
