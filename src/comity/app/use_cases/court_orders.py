"""List court orders and what they stop, and take what counsel files about them: two persons for each order (ADR 0012).

Guarantees: a filing and its ledger entry are one transaction, and the checkpoint that covers it is signed before the
result is returned.
Start at `list_orders`, or `enter_order`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.pages.docket_page import render_docket_page
from comity.app.pages.timeline_page import render_timeline_page, render_timeline_svg
from comity.app.use_cases.filings_by_two import FiledStep, describe_device, file_act
from comity.errors import ComityError
from comity.law import CourtOrder, Law, apply_filings, compute_seal, load_law
from comity.law.dispositions import Disposition
from comity.ledger import log
from comity.ledger.filed import read_filings, read_register
from comity.model.filing import Act, Filing
from comity.orders import filing_steps, order_entry, order_filings, order_preview
from comity.orders.docket import DocketEntry, make_docket
from comity.orders.filing_steps import Filer
from comity.orders.order_fields import PAPER_KINDS, render_template
from comity.orders.order_preview import AgreementPreview
from comity.orders.order_steps import OrderStatus, OrderSteps, list_order_steps
from comity.orders.timeline import layout_timeline
from comity.plain_yaml import YamlFault, parse_plain_yaml
from comity.signing import load_private_key
from comity.store import batches
from comity.store.database import Snapshot, Store

_MAX_ORDER_BYTES = 1 << 20
_PDF_MARK, _PDF_HEAD = b"%PDF-", 1024  # readers look for the mark in the first 1,024 bytes


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order on file, what it is now, and what other orders say of it: pairs (other order's id, act)."""

    order: CourtOrder
    is_pending: bool
    is_in_force: bool
    acts_by_others: tuple[tuple[str, Disposition], ...]


@dataclass(frozen=True, slots=True)
class OrderList:
    """Every order on file, and the steps of those that two persons withdrew, whose ids stand for them for good."""

    states: tuple[OrderState, ...]
    withdrawn: tuple[OrderSteps, ...]


@dataclass(frozen=True, slots=True)
class DocketSheet:
    """The docket's lines, and the steps of the orders that two persons withdrew."""

    entries: tuple[DocketEntry, ...]
    withdrawn: tuple[OrderSteps, ...]


@dataclass(frozen=True, slots=True)
class AgreementStatus:
    """Which orders stop an agreement at a time; `known_later_ids` came on file after `known_as_of`.

    `stopped_since` is, by order, when the present period began in which it stops the agreement without a break.
    `open_parts` are, by order, the parts of it that other papers opened, with the paper that did.
    """

    agreement: str
    at: datetime
    known_as_of: datetime | None
    orders: tuple[CourtOrder, ...]
    pending_ids: frozenset[str]
    known_later_ids: tuple[str, ...]
    open_parts: Mapping[str, tuple[str, ...]]
    stopped_since: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class RecordedFiling:
    """A filing that is on file, who filed it, and its order as it is on file after it; None when it is withdrawn.

    `is_pending` says whether the order waits for another person.
    """

    filing: Filing
    person: str
    is_pending: bool
    order: CourtOrder | None


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """An order that could be filed, what it leaves open, and what it would change, agreement by agreement.

    `held_batches` says how many batches are held now under each agreement.
    """

    order: CourtOrder
    remarks: tuple[str, ...]
    agreements: tuple[AgreementPreview, ...]
    held_batches: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ConfirmationPreview:
    """An order that waits for its second person, what it leaves open, and what confirming it would change.

    `order` is None when it does not wait; `steps` are then those of an order that was entered here, if it was.
    """

    order: CourtOrder | None
    remarks: tuple[str, ...]
    agreements: tuple[AgreementPreview, ...]
    held_batches: Mapping[str, int]
    steps: OrderSteps | None


def list_orders(home_path: Path | None) -> OrderList:
    """List every order on file, by the time from which it is in effect; without a home, those that ship."""
    law, steps = _read_law(home_path)
    now = clock.now()
    states = [
        OrderState(
            order,
            is_pending=order.id in law.pending,
            is_in_force=bool(order.prohibits) and law.is_in_force(order.id, now),
            acts_by_others=tuple(
                (other.id, act) for other in law.orders.values() for act in other.acts_on if act.order == order.id
            ),
        )
        for order in sorted(law.orders.values(), key=lambda order: order.effective_at)
    ]
    return OrderList(tuple(states), _find_withdrawn(steps))


def read_docket(home_path: Path | None, *, as_of: datetime | None, page: Path | None) -> DocketSheet:
    """Return the docket sheet as of a time (now, unless one is given), and write it to `page` as HTML.

    Raises:
        ComityError: `output_exists` when the page cannot be written.
    """
    (law, steps), at = _read_law(home_path), as_of or clock.now()
    sheet = DocketSheet(make_docket(law, at=at, steps=steps), _find_withdrawn(steps))
    if page is not None:
        text = render_docket_page(sheet.entries, law.fingerprint, at=at, withdrawn=sheet.withdrawn)
        _write_text(page, text, "The docket sheet")
    return sheet


def _read_law(home_path: Path | None) -> tuple[Law, tuple[OrderSteps, ...]]:
    """Return the law on file, and the steps of the orders that were entered here."""
    if home_path is None:
        return bootstrap.load_law(None), ()
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        return _read_law_of(tx)


def _read_law_of(tx: Snapshot) -> tuple[Law, tuple[OrderSteps, ...]]:
    filed = read_filings(tx)
    return apply_filings(load_law(), filed), list_order_steps(filed)


def _find_withdrawn(steps: Sequence[OrderSteps]) -> tuple[OrderSteps, ...]:
    return tuple(one for one in steps if one.status is OrderStatus.WITHDRAWN)


def _count_held_batches(tx: Snapshot) -> Mapping[str, int]:
    return Counter(batch.agreement for batch in batches.list_batches(tx) if batch.status == batches.HELD)


def find_status(
    agreement: str, home_path: Path | None, *, as_of: datetime | None, known_as_of: datetime | None
) -> AgreementStatus:
    """Find which orders stop an agreement at a time, as far as was on file at another.

    Raises:
        PolicyError: `agreement_unknown`.
    """
    at, home = as_of or clock.now(), _open_home(home_path)
    law_now = bootstrap.load_law(home)
    law_now.get_agreement(agreement)
    law_then = law_now if known_as_of is None else bootstrap.load_law(home, known_as_of=known_as_of)
    orders = law_then.find_blocking_orders(at, agreement)
    order_ids = {order.id for order in orders}
    known_later = [o.id for o in law_now.find_blocking_orders(at, agreement) if o.id not in order_ids]
    entries = make_docket(law_then, at=at)
    open_parts = {
        entry.order.id: tuple(
            f"{act.extent.removeprefix('part: ')} ({act.paper})"
            for act in entry.acts
            if act.extent.startswith("part: ") and act.state == "in effect"
        )
        for entry in entries
        if entry.order in orders
    }
    return AgreementStatus(
        agreement,
        at,
        known_as_of,
        orders,
        frozenset(law_then.pending),
        tuple(known_later),
        {order_id: parts for order_id, parts in open_parts.items() if parts},
        {order.id: _find_period_start(law_then, order, at) for order in orders},
    )


def _find_period_start(law: Law, order: CourtOrder, at: datetime) -> datetime:
    """Return since when an order that is in force at a time has been so without a break."""
    start = at
    for moment in reversed([moment for moment in law.list_order_change_times() if moment <= at]):
        if not law.is_in_force(order.id, moment):
            break
        start = moment
    return max(start, order.effective_at)


def make_template(kind: str, out: Path | None) -> str:
    """Return the file of an order to fill in, and write it to `out`, which must be a new file.

    Raises:
        ComityError: `bad_argument` for a kind of paper that there is none of, `output_exists`.
    """
    if kind not in PAPER_KINDS:
        raise ComityError("bad_argument", "There is no template of that kind.", f"Kinds: {', '.join(PAPER_KINDS)}.")
    text = render_template(kind)
    if out is not None:
        try:
            with out.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            message = "The template could not be written: the file exists, or its folder does not."
            raise ComityError("output_exists", message, "Name a new file with --out.") from error
    return text


def preview_order(
    home_path: Path, order_file: Path, pdf_file: Path | None = None, *, is_preview: bool = True
) -> OrderPreview:
    """Say what an order would change before it is filed, and what it leaves open.

    An order that is still to come is shown, too, unless it is about to be filed (`is_preview` False).

    Raises:
        ComityError: `bad_argument` when a file cannot be read or the PDF is another one.
        PolicyError: `order_refused`, with everything that is missing or wrong.
    """
    home, document = Home.open(home_path), _read_order_document(order_file, pdf_file)
    with bootstrap.open_store(home) as store, store.read() as tx:
        (law, steps), held = _read_law_of(tx), _count_held_batches(tx)
    past_ids = [one.order_id for one in steps]
    draft = order_entry.draft_order(document, law, at=clock.now(), past_ids=past_ids, is_preview=is_preview)
    return OrderPreview(draft.order, draft.remarks, order_preview.preview_order(law, draft.order), held)


def enter_order(home_path: Path, key_file: Path, order_file: Path, pdf_file: Path | None = None) -> RecordedFiling:
    """Enter an order, as the first of two persons: what it prohibits binds now; it opens nothing until confirmed.

    Raises:
        ComityError: `bad_argument` when a file cannot be read or the PDF is another one, `key_unusable`.
        PolicyError: `order_refused`, with everything that is missing or wrong.
    """
    document = _read_order_document(order_file, pdf_file)
    return _record_filing(
        home_path,
        key_file,
        lambda store, filer: order_filings.enter_order(store, document, filer, law=load_law(), at=clock.now()),
    )


def preview_confirmation(home_path: Path, order_id: str) -> ConfirmationPreview:
    """Say what the second person of a pending order would confirm, what it leaves open, and what that would change."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        (law, steps), held = _read_law_of(tx), _count_held_batches(tx)
    its_steps = next((one for one in steps if one.order_id == order_id), None)
    if order_id not in law.pending:
        return ConfirmationPreview(None, (), (), held, its_steps)
    order = law.orders[order_id]
    remarks = order_entry.list_remarks(order, law.leave_out_order(order_id))
    changes = order_preview.preview_confirmation(law, order_id)
    return ConfirmationPreview(order, remarks, changes, held, its_steps)


def confirm_order(home_path: Path, key_file: Path, order_id: str) -> RecordedFiling:
    """Confirm a pending order, as the second person: from now on it also ends the orders that it names.

    Raises:
        ComityError: `key_unusable`.
        PolicyError: `order_refused` when it is not pending, or the same person entered it.
    """
    return _record_filing(
        home_path,
        key_file,
        lambda store, filer: order_filings.confirm_order(store, order_id, filer, law=load_law(), at=clock.now()),
    )


def withdraw_order(home_path: Path, key_file: Path, order_id: str) -> RecordedFiling:
    """Take back a pending order that was entered in error; it takes two persons. Raises as `confirm_order`."""
    return _record_filing(
        home_path,
        key_file,
        lambda store, filer: order_filings.withdraw_order(store, order_id, filer, law=load_law(), at=clock.now()),
    )


def clear_agreement(home_path: Path, key_file: Path, order_id: str, agreement: str, reason: str) -> FiledStep:
    """Enter, as the first of two persons, that an order does not reach an agreement. Raises `filing_refused`."""
    content = {"order": order_id, "agreement": agreement, "reason": reason}
    return file_act(home_path, key_file, Act.CLEARANCE, content)


def review_order(home_path: Path, key_file: Path, order_id: str, seen_at: datetime, reason: str) -> FiledStep:
    """Enter, as the first of two persons, that an order was as it is on file at a time. Raises `filing_refused`.

    Raises:
        ComityError: `bad_argument` for a time that is still to come.
    """
    if seen_at > clock.now():
        raise ComityError("bad_argument", "Nobody has seen a docket at a time that is still to come.")
    content = {"order": order_id, "seen_at": seen_at.isoformat(), "reason": reason}
    return file_act(home_path, key_file, Act.ORDER_REVIEW, content)


def clear_batch(  # noqa: PLR0913  each is a part of the filing
    home_path: Path, key_file: Path, order_id: str, *, batch_folder: Path, exception_number: int, reason: str
) -> FiledStep:
    """Enter, as the first of two persons, that one batch lies within an exception that an order names.

    Args:
        home_path: the custodian's home.
        key_file: the first person's key.
        order_id: the order.
        batch_folder: the batch as received; its manifest's hash is filed, which covers its requests.
        exception_number: which of the order's exceptions, from 1.
        reason: why.

    Raises:
        ComityError: `order_unknown` when no such order is on file; `bad_argument` when it has no such exception.
        RequestError: `batch_unreadable`.
        PolicyError: `filing_refused`.
    """
    from comity import intake  # noqa: PLC0415  takes seconds to import; only this command about orders reads a batch

    order = bootstrap.load_law(Home.open(home_path)).orders.get(order_id)
    if order is None:
        hint = "Nothing was filed. Look it up with: comity orders list --home HOME"
        raise ComityError("order_unknown", "No order of that id is on file.", hint)
    exceptions = order.exceptions
    if not 1 <= exception_number <= len(exceptions):
        message = f"The order on file has {len(exceptions)} exceptions, and none of that number."
        raise ComityError("bad_argument", message, "See its exceptions: comity orders list --json --home HOME")
    content = {
        "order": order_id,
        "batch": intake.read_draft(batch_folder).manifest_sha256,
        "exception": exceptions[exception_number - 1],
        "reason": reason,
    }
    return file_act(home_path, key_file, Act.EXCEPTION, content)


def record_service(
    home_path: Path, key_file: Path, order_id: str, service: Mapping[str, Any], proof_file: Path | None = None
) -> RecordedFiling:
    """Record who was served with an order; `service` has the fields of `comity.law.ServiceRecord` but for the proof.

    Raises:
        ComityError: `bad_argument` when the proof cannot be read, `key_unusable`.
        PolicyError: `order_refused`, `law_invalid`.
    """
    try:
        proof_sha256 = None if proof_file is None else hashlib.sha256(proof_file.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise ComityError("bad_argument", f"There is no file {proof_file}.", "Correct the name.") from error
    except OSError as error:
        raise ComityError("bad_argument", "The proof of service could not be read.") from error
    content = {**service, "proof_sha256": proof_sha256}
    return _record_filing(
        home_path,
        key_file,
        lambda store, filer: order_filings.record_service(
            store, order_id, content, filer, law=load_law(), at=clock.now()
        ),
    )


def draw_timeline(
    agreement: str,
    home_path: Path | None,
    out: Path,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
) -> Sequence[str]:
    """Draw an agreement's orders over time into `out` (.svg: the picture alone), and return the orders' ids.

    With days given, the picture begins with the one, at 00:00 UTC, or ends with the other, whole.

    Raises:
        PolicyError: `agreement_unknown`.
        ComityError: `output_exists` when the file cannot be written, `bad_argument` for a last day before the first.
    """
    law, now = bootstrap.load_law(_open_home(home_path)), clock.now()
    first = None if first_day is None else datetime.combine(first_day, time(0), UTC)
    last = None if last_day is None else datetime.combine(last_day, time(0), UTC) + timedelta(days=1)
    try:
        layout = layout_timeline(law, agreement, now=now, first=first, last=last)
    except ValueError as error:
        raise ComityError(
            "bad_argument", "The picture would end before it begins.", "Give a --to that is after --from."
        ) from error
    text = render_timeline_svg(layout) if out.suffix == ".svg" else render_timeline_page(layout, law, now=now)
    _write_text(out, text, "The picture")
    return [lane.order.id for lane in layout.lanes]


def _write_text(out: Path, text: str, what: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ComityError("output_exists", f"{what} could not be written.", "Name another file.") from error


def _open_home(home_path: Path | None) -> Home | None:
    return None if home_path is None else Home.open(home_path)


def _read_order_document(order_file: Path, pdf_file: Path | None) -> dict[str, Any]:
    """Read an order's fields and the hash of its PDF, and fill in what follows from them."""
    try:
        with order_file.open("rb") as file:
            text = file.read(_MAX_ORDER_BYTES + 1)
        if len(text) > _MAX_ORDER_BYTES:
            raise ComityError("bad_argument", "The order's file is too large.", "Quote less of it in `text`.")
        document = dict(parse_plain_yaml(text.decode("utf-8-sig")))
        pdf_hash = {} if pdf_file is None else {"pdf_sha256": _hash_pdf(pdf_file)}
    except FileNotFoundError as error:
        missing = pdf_file if pdf_file is not None and order_file.exists() else order_file
        raise ComityError("bad_argument", f"There is no file {missing}.", "Correct the name.") from error
    except YamlFault as fault:
        message = f"{order_file.name} cannot be read: {fault}."
        raise ComityError("bad_argument", message, "Nothing was filed. Correct that line of the file.") from fault
    except (OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ComityError("bad_argument", "The order's file could not be read.", "Give its fields in YAML.") from error
    if document.get("pdf_sha256") not in {None, *pdf_hash.values()} and pdf_file is not None:
        raise ComityError("bad_argument", "The PDF is not the one whose hash the file names.", "Give the other one.")
    return _fill_defaults(document) | pdf_hash


def _hash_pdf(file: Path) -> str:
    """Return the SHA-256 of a PDF. Raises OSError, or ComityError `bad_argument` for a file that is none."""
    content = file.read_bytes()
    if _PDF_MARK not in content[:_PDF_HEAD]:
        message = "The file that --pdf names is no PDF, so it cannot be the order as it was issued."
        raise ComityError("bad_argument", message, "Give the PDF from the docket.")
    return hashlib.sha256(content).hexdigest()


def _fill_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Fill in the seal over the words, and the dates that follow from others, where the file leaves them out."""
    order_text = document.get("text") or document.get("summary") or ""
    defaults = {
        "sha256": compute_seal(str(order_text)),
        "effective_from": str(document.get("effective_at") or clock.now())[:10],
        "last_checked_on": clock.now().date(),
    }
    return defaults | document


def _record_filing(home_path: Path, key_file: Path, file_step: Callable[[Store, Filer], Filing]) -> RecordedFiling:
    """File a step as the person who is registered with the key, and sign the ledger's checkpoint."""
    home = Home.open(home_path)
    key = load_private_key(key_file)
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            filer = filing_steps.find_filer(read_register(tx), key, describe_device())
        filing = file_step(store, filer)
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
        with store.read() as tx:
            law = apply_filings(load_law(), read_filings(tx))
    subject = filing.subject
    return RecordedFiling(filing, filer.name, is_pending=subject in law.pending, order=law.orders.get(subject))
