"""`comity orders`: the court orders on file, which of them stop what, and what counsel files about them."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity import __version__, law
from comity.app import bootstrap, clock
from comity.app.cli import make_command_group
from comity.app.cli.arguments import AsOfOption, HomeOption, KnownAsOfOption, OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.app.pages import statement_page, timeline_page
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_INTEGRITY, ComityError
from comity.law import CourtOrder, Filing, Law, apply_filings, compute_seal
from comity.law.loader import parse_yaml
from comity.ledger import log
from comity.orders import order_filings, statement, statement_folder
from comity.orders.order_filings import Filer
from comity.orders.timeline import layout_timeline
from comity.signing import key_thumbprint, load_private_key, load_public_key
from comity.store import filings
from comity.store.database import Store
from comity.tlog.note import VerifierKey

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
OptionalHomeOption = Annotated[
    Path | None, typer.Option("--home", help="The custodian's home folder, for the orders entered there too.")
]
CounselKeyOption = Annotated[Path, typer.Option("--key", help="Your private key; see: comity orders counsel")]
AgreementOption = Annotated[str, typer.Option("--agreement", help="The agreement's id.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Court orders as dated data.")
    commands.command("list")(list_orders)
    commands.command("status")(show_status)
    commands.command("counsel")(register_counsel)
    commands.command("add")(enter_order_file)
    commands.command("confirm")(confirm_pending_order)
    commands.command("withdraw")(withdraw_pending_order)
    commands.command("serve")(record_order_service)
    commands.command("timeline")(draw_timeline)
    commands.command("statement")(write_statement)
    commands.command("check")(check_statement_folder)
    app.add_typer(commands, name="orders")


def load_law(home: Path | None, *, known_as_of: datetime | None = None) -> Law:
    """The law as shipped, and with a home the orders entered there; as far as it was on file at a time."""
    if home is None:
        return apply_filings(law.load_law(), (), known_as_of=known_as_of)
    opened = Home.open(home)
    with bootstrap.open_store(opened) as store, store.read() as tx:
        return apply_filings(law.load_law(folder=opened.law_folder), filings.list_filings(tx), known_as_of=known_as_of)


def _load_law_without_filings(home: Path) -> Law:
    """The law on file with the custodian's own agreements, without the orders entered."""
    return law.load_law(folder=Home.open(home).law_folder)


def list_orders(home: OptionalHomeOption = None, as_json: JsonOption = False) -> None:
    """List every order on file, whether it blocks or opens nothing.

    Example: comity orders list --home home
    """
    rules = load_law(home)
    orders = sorted(rules.orders.values(), key=lambda order: order.effective_at)
    facts = [_order_to_dict(order, rules) for order in orders]
    print_result({"orders": facts}, [_format_order(order, rules) for order in orders], as_json=as_json)


def _order_to_dict(o: CourtOrder, rules: Law) -> dict[str, Any]:
    """Everything about an order, with what it is now and what other orders say of it."""
    said = [(other, act) for other in rules.orders.values() for act in other.acts_on if act.order == o.id]
    return o.model_dump(mode="json") | {
        "opens_nothing": o.is_denial_or_opinion,
        "pending": o.id in rules.pending,
        "in_force": bool(o.prohibits) and rules.is_in_force(o.id, clock.now()),
        "named_by": [{"order": other.id, "how": str(act.how), "effective_at": act.effective_at} for other, act in said],
    }


def _format_order(o: CourtOrder, rules: Law) -> str:
    effect = (
        f"binds {', '.join(o.binds)}" if o.binds else "opens nothing" if o.is_denial_or_opinion else "prohibits nothing"
    )
    acts = "".join(f"; {act.how} {act.order}" for act in o.acts_on)
    pending = "; pending: a second person must confirm it" if o.id in rules.pending else ""
    served = f"; served on {len(o.served)}" if o.served else ""
    instruments = ", ".join(map(str, o.instruments))
    return f"{o.id:<4} {o.effective_at:%Y-%m-%d}  {o.court}, {o.case_number}: {instruments}; {effect}{acts}{served}{pending}"


def show_status(
    agreement: AgreementOption = "irs-ice-2025",
    home: OptionalHomeOption = None,
    as_of: AsOfOption = "",
    known_as_of: KnownAsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say which orders stop an agreement at a time. Ends with 4 when one does.

    With --known-as-of, only what was on file then counts; what came on file later is named beside it.

    Example: comity orders status --as-of 2026-02-25
    """
    moment, knew = clock.parse_replay_times(as_of, known_as_of)
    at, now = moment or clock.now(), load_law(home)
    now.get_agreement(agreement)
    known = now if knew is None else load_law(home, known_as_of=knew)
    found, later = known.find_orders_in_force(at, agreement), now.find_orders_in_force(at, agreement)
    ids = [order.id for order in found]
    known_later = [order.id for order in later if order.id not in ids]
    lines = [
        f"{o.id} stops {agreement}: {o.court}, {o.case_number}, since {o.effective_at:%Y-%m-%d}"
        + _format_limits(o, known)
        for o in found
    ]
    lines = lines or [f"No order stops {agreement} as of {at:%Y-%m-%d}."]
    if moment is not None:
        lines.append("As known now." if knew is None else f"As known on {knew:%Y-%m-%d %H:%M} UTC.")
    if known_later:
        lines.append(f"Known only later: {', '.join(known_later)}.")
    result = {
        "agreement": agreement, "at": at.isoformat(), "known_as_of": knew and knew.isoformat(), "orders": ids,
        "pending": [o.id for o in found if o.id in known.pending], "known_later": known_later,
    }  # fmt: skip
    print_result(result, lines, as_json=as_json)
    raise typer.Exit(EXIT_HELD if found else EXIT_DONE)


def _format_limits(o: CourtOrder, rules: Law) -> str:
    limits = [*o.statutes, *(district.name for district in o.districts)]
    pending = " (to be confirmed by a second person)" if o.id in rules.pending else ""
    return (f", for {', '.join(limits)}" if limits else "") + pending


def register_counsel(
    home: HomeOption,
    name: Annotated[str, typer.Option("--name", help="The person's name.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="The person's public key (PEM or JWK).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say who may file court orders, each with one key of their own; with --name and --key, register a person.

    Example: comity orders counsel --home home --name "Jo Doe" --key jo.pub
    """
    opened = Home.open(home)
    if bool(name.strip()) != bool(key):
        raise ComityError("bad_argument", "A person is registered with a name and a key.", "Give both, or neither.")
    if key is not None:
        opened.register_counsel(" ".join(name.split()), load_public_key(key), registered_at=clock.now().isoformat())
    known = [{"key": identifier, **person} for identifier, person in opened.read_counsel().items()]
    lines = [f"{person['key']}  {person['name']}" for person in known]
    print_result({"counsel": known}, lines or ["Nobody is registered to file court orders."], as_json=as_json)


def enter_order_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The order's fields (YAML), as in comity/law/orders.")],
    home: HomeOption,
    key: CounselKeyOption,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="The order itself; its SHA-256 is filed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter an order, as the first of two persons. What it prohibits binds at once; it opens nothing until confirmed.

    Example: comity orders add order.yaml --home home --key jo.key --pdf order.pdf
    """
    try:
        document = dict(parse_yaml(file.read_text(encoding="utf-8"), file.name))
        hashed = {} if pdf is None else {"pdf_sha256": hashlib.sha256(pdf.read_bytes()).hexdigest()}
    except (OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ComityError("bad_argument", "The order's file could not be read.", "Give its fields in YAML.") from error
    if document.get("pdf_sha256") not in {None, *hashed.values()} and pdf is not None:
        raise ComityError("bad_argument", "The PDF is not the one whose hash the file names.", "Give the other one.")
    document = _fill_defaults(document) | hashed
    _record_filing(home, key, lambda store, person: order_filings.enter_order(store, document, person, law=_load_law_without_filings(home), at=clock.now()),
          "entered {order}. It is pending: what it prohibits binds now; a second person must confirm it", as_json=as_json)  # fmt: skip


def _fill_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Fill in the seal over the words, and the dates that follow from others, where the file leaves them out."""
    words = document.get("text") or document.get("summary") or ""
    effective = document.get("effective_at")
    defaults = {
        "sha256": compute_seal(str(words)),
        "effective_from": str(effective)[:10],
        "last_checked_on": clock.now().date(),
    }
    return defaults | document


def confirm_pending_order(
    order: OrderArgument, home: HomeOption, key: CounselKeyOption, as_json: JsonOption = False
) -> None:
    """Confirm a pending order, as the second person. From now on it also ends the orders that it names.

    Example: comity orders confirm O6 --home home --key sam.key
    """
    _record_filing(home, key, lambda store, person: order_filings.confirm_order(store, order, person, law=_load_law_without_filings(home), at=clock.now()),
          "confirmed {order}", as_json=as_json)  # fmt: skip


def withdraw_pending_order(
    order: OrderArgument, home: HomeOption, key: CounselKeyOption, as_json: JsonOption = False
) -> None:
    """Take back a pending order that was entered in error, as the second person.

    Example: comity orders withdraw O6 --home home --key sam.key
    """
    _record_filing(home, key, lambda store, person: order_filings.withdraw_order(store, order, person, law=_load_law_without_filings(home), at=clock.now()),
          "withdrew {order}", as_json=as_json)  # fmt: skip


def record_order_service(
    order: OrderArgument,
    home: HomeOption,
    key: CounselKeyOption,
    party: Annotated[str, typer.Option("--party", help="The agency or person bound that was served.")],
    at: Annotated[str, typer.Option("--at", help="When (ISO 8601).")],
    person: Annotated[str, typer.Option("--person", help="To whom it was handed.")] = "",
    how: Annotated[str, typer.Option("--how", help="By hand, by certified mail, ...")] = "",
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of service; its SHA-256 is filed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Record who was served with an order, when and how.

    Example: comity orders serve O3 --home home --key jo.key --party ice --at 2026-02-06T15:00:00Z --how "by hand"
    """
    try:
        proof_sha256 = None if proof is None else hashlib.sha256(proof.read_bytes()).hexdigest()
    except OSError as error:
        raise ComityError("bad_argument", "The proof of service could not be read.") from error
    service = {
        "party": party, "at": clock.parse_time(at), "person": person or None, "how": how or None,
        "proof_sha256": proof_sha256,
    }  # fmt: skip
    _record_filing(home, key, lambda store, who: order_filings.record_service(store, order, service, who, law=_load_law_without_filings(home), at=clock.now()),
          "recorded service of {order}", as_json=as_json)  # fmt: skip


def draw_timeline(
    out: Annotated[Path, typer.Option("--out", help="Where to write: a page (.html), or the picture alone (.svg).")],
    agreement: AgreementOption = "irs-ice-2025",
    home: OptionalHomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the orders over time: which stand when, and what may not be done when.

    Example: comity orders timeline --out orders.html
    """
    rules, now = load_law(home), clock.now()
    drawn = layout_timeline(rules, agreement, now=now)
    text = (
        timeline_page.render_timeline_svg(drawn)
        if out.suffix == ".svg"
        else timeline_page.render_timeline_page(drawn, rules, now=now)
    )
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ComityError(
            "output_exists", "The picture could not be written.", "Name another file with --out."
        ) from error
    print_result({"out": str(out), "orders": [lane.order.id for lane in drawn.lanes]}, [f"Open {out}"], as_json=as_json)


def write_statement(order: OrderArgument, home: HomeOption, out: OutOption, as_json: JsonOption = False) -> None:
    """State for the court what an order stopped and who was served: signed, every figure from ledger entries.

    Example: comity orders statement O2 --home home --out statement
    """
    opened = Home.open(home)
    signer = bootstrap.load_key_ring(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        document, receipts = statement.make_statement(
            store, order, law=law.load_law(folder=opened.law_folder), checkpoint=note, verifiers=signer.verifiers, version=__version__, at=clock.now()
        )  # fmt: skip
    page = statement_page.render_statement(document)
    statement_folder.write_statement(out, document, receipts, opened.load_signing_key("answers"), page=page)
    counted = document["figures"]
    lines = [f"{counted[name]:>6,}  {words}" for name, words in statement_page.FIGURE_LABELS.items()]
    lines.append(f"Counted from {document['ledger']['size']:,} entries. Open {out / 'statement.html'}")
    print_result({"out": str(out), "figures": counted, "entries": document["ledger"]["size"]}, lines, as_json=as_json)


def check_statement_folder(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A statement.")],
    vkey: Annotated[Path, typer.Option("--vkey", help="The ledger's verifier keys, from elsewhere.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The custodian's public key for answers, from elsewhere.")
    ] = None,
    ledger: Annotated[Path | None, typer.Option("--ledger", help="The published ledger, to count again.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a statement, as anybody may who has it. Ends with 5 when anything is wrong.

    With --ledger, every figure is counted again from the published entries; without, only what the receipts show.

    Example: comity orders check statement --vkey public.vkey --ledger public
    """
    document, receipts, signed_by = statement_folder.read_statement(folder)
    try:
        keys = [VerifierKey.from_text(line) for line in vkey.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise ComityError("bad_argument", "The verifier key could not be read.", "Name it with --vkey.") from error
    if not keys:
        raise ComityError("bad_argument", "The file of verifier keys is empty.", "Name another with --vkey.")
    try:
        found = list(statement.check_statement(document, receipts, keys, ledger))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ComityError("proof_invalid", "The statement is not of the form of one.") from error
    if key is not None and key_thumbprint(load_public_key(key)) != signed_by:
        found.append("it is signed by another key than the one given")
    whose = "the key given" if key is not None else f"key {signed_by}; compare it with the custodian's"
    counted = (
        "every published entry"
        if ledger is not None
        else "the entries shown; whether others are left out, --ledger tells"
    )
    result = {"verified": not found, "findings": found, "signed_by": signed_by, "counted_again": ledger is not None}
    print_result(result, found or [f"true: signed by {whose}; its figures follow from {counted}."], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if found else EXIT_DONE)


def _record_filing(home: Path, key: Path, file: Callable[[Store, Filer], Filing], done: str, *, as_json: bool) -> None:
    """File something as the person whose key it is, sign the ledger's head, and say what was filed."""
    opened = Home.open(home)
    person = opened.identify_filer(load_private_key(key))
    with bootstrap.open_store(opened) as store:
        filed = file(store, person)
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(opened), at=clock.now())
    facts = {
        "order": filed.order,
        "step": str(filed.step),
        "entry": filed.entry,
        "by": filed.by,
        "at": filed.at.isoformat(),
    }
    print_result(
        facts,
        [f"{person.name} {done.format(order=filed.order)}. Entry {filed.entry} of the ledger says so."],
        as_json=as_json,
    )
