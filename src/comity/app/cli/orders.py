"""`comity orders`: the court orders on file, which of them stop what, and what counsel files about them."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity import __version__, law
from comity.app import bootstrap, clock, timeline
from comity.app import statement as statement_folder
from comity.app.cli import group
from comity.app.cli.arguments import AsOf, HomeFolder, KnownAsOf, Out
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_INTEGRITY, ComityError
from comity.law import Filing, Law, Order, sha256_of, with_filings
from comity.law.loader import read
from comity.ledger import filing, log, statement
from comity.ledger.filing import Person
from comity.ledger.note import VerifierKey
from comity.signing import key_id, load_private_key, load_public_key
from comity.store import filings
from comity.store.connection import Store

OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
OptionalHome = Annotated[
    Path | None, typer.Option("--home", help="The custodian's home folder, for the orders entered there too.")
]
CounselKey = Annotated[Path, typer.Option("--key", help="Your private key; see: comity orders counsel")]
Agreement = Annotated[str, typer.Option("--agreement", help="The agreement's id.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Court orders as dated data.")
    commands.command("list")(list_)
    commands.command("status")(status)
    commands.command("counsel")(counsel)
    commands.command("add")(add)
    commands.command("confirm")(confirm)
    commands.command("withdraw")(withdraw)
    commands.command("serve")(serve)
    commands.command("timeline")(timeline_)
    commands.command("statement")(statement_)
    commands.command("check")(check)
    app.add_typer(commands, name="orders")


def on_file(home: Path | None, *, known_as_of: datetime | None = None) -> Law:
    """The law as shipped, and with a home the orders entered there; as far as it was on file at a time."""
    if home is None:
        return with_filings(law.load(), (), known_as_of=known_as_of)
    opened = Home.open(home)
    with bootstrap.open_store(opened) as store, store.read() as tx:
        return with_filings(law.load(folder=opened.law), filings.all_filings(tx), known_as_of=known_as_of)


def _own_law(home: Path) -> Law:
    """The law on file with the custodian's own agreements, without the orders entered."""
    return law.load(folder=Home.open(home).law)


def list_(home: OptionalHome = None, as_json: Json = False) -> None:
    """List every order on file, whether it blocks or opens nothing.

    Example: comity orders list --home home
    """
    rules = on_file(home)
    orders = sorted(rules.orders.values(), key=lambda order: order.effective_at)
    facts = [_facts(order, rules) for order in orders]
    show({"orders": facts}, [_line(order, rules) for order in orders], as_json=as_json)


def _facts(o: Order, rules: Law) -> dict[str, Any]:
    """Everything about an order, with what it is now and what other orders say of it."""
    said = [(other, act) for other in rules.orders.values() for act in other.acts_on if act.order == o.id]
    return o.model_dump(mode="json") | {
        "opens_nothing": o.opens_nothing,
        "pending": o.id in rules.pending,
        "in_force": bool(o.prohibits) and rules.is_in_force(o.id, clock.now()),
        "named_by": [{"order": other.id, "how": str(act.how), "effective_at": act.effective_at} for other, act in said],
    }


def _line(o: Order, rules: Law) -> str:
    effect = f"binds {', '.join(o.binds)}" if o.binds else "opens nothing" if o.opens_nothing else "prohibits nothing"
    acts = "".join(f"; {act.how} {act.order}" for act in o.acts_on)
    pending = "; pending: a second person must confirm it" if o.id in rules.pending else ""
    served = f"; served on {len(o.served)}" if o.served else ""
    instruments = ", ".join(map(str, o.instruments))
    return f"{o.id:<4} {o.effective_at:%Y-%m-%d}  {o.court}, {o.case_number}: {instruments}; {effect}{acts}{served}{pending}"


def status(
    agreement: Agreement = "irs-ice-2025",
    home: OptionalHome = None,
    as_of: AsOf = "",
    known_as_of: KnownAsOf = "",
    as_json: Json = False,
) -> None:
    """Say which orders stop an agreement at a time. Ends with 4 when one does.

    With --known-as-of, only what was on file then counts; what came on file later is named beside it.

    Example: comity orders status --as-of 2026-02-25
    """
    moment, knew = clock.parse_replay(as_of, known_as_of)
    at, now = moment or clock.now(), on_file(home)
    now.agreement(agreement)
    known = now if knew is None else on_file(home, known_as_of=knew)
    found, later = known.orders_in_force(at, agreement), now.orders_in_force(at, agreement)
    ids = [order.id for order in found]
    known_later = [order.id for order in later if order.id not in ids]
    lines = [
        f"{o.id} stops {agreement}: {o.court}, {o.case_number}, since {o.effective_at:%Y-%m-%d}" + _limits(o, known)
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
    show(result, lines, as_json=as_json)
    raise typer.Exit(EXIT_HELD if found else EXIT_DONE)


def _limits(o: Order, rules: Law) -> str:
    limits = [*o.statutes, *(district.name for district in o.districts)]
    pending = " (to be confirmed by a second person)" if o.id in rules.pending else ""
    return (f", for {', '.join(limits)}" if limits else "") + pending


def counsel(
    home: HomeFolder,
    name: Annotated[str, typer.Option("--name", help="The person's name.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="The person's public key (PEM or JWK).")] = None,
    as_json: Json = False,
) -> None:
    """Say who may file court orders, each with one key of their own; with --name and --key, register a person.

    Example: comity orders counsel --home home --name "Jo Doe" --key jo.pub
    """
    opened = Home.open(home)
    if bool(name.strip()) != bool(key):
        raise ComityError("bad_argument", "A person is registered with a name and a key.", "Give both, or neither.")
    if key is not None:
        opened.register_counsel(" ".join(name.split()), load_public_key(key), registered_at=clock.now().isoformat())
    known = [{"key": identifier, **person} for identifier, person in opened.counsel().items()]
    lines = [f"{person['key']}  {person['name']}" for person in known]
    show({"counsel": known}, lines or ["Nobody is registered to file court orders."], as_json=as_json)


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The order's fields (YAML), as in comity/law/orders.")],
    home: HomeFolder,
    key: CounselKey,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="The order itself; its SHA-256 is filed.")] = None,
    as_json: Json = False,
) -> None:
    """Enter an order, as the first of two persons. What it prohibits binds at once; it opens nothing until confirmed.

    Example: comity orders add order.yaml --home home --key jo.key --pdf order.pdf
    """
    try:
        document = dict(read(file.read_text(encoding="utf-8"), file.name))
        hashed = {} if pdf is None else {"pdf_sha256": hashlib.sha256(pdf.read_bytes()).hexdigest()}
    except (OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise ComityError("bad_argument", "The order's file could not be read.", "Give its fields in YAML.") from error
    if document.get("pdf_sha256") not in {None, *hashed.values()} and pdf is not None:
        raise ComityError("bad_argument", "The PDF is not the one whose hash the file names.", "Give the other one.")
    document = _sealed(document) | hashed
    _file(home, key, lambda store, person: filing.enter(store, document, person, law=_own_law(home), at=clock.now()),
          "entered {order}. It is pending: what it prohibits binds now; a second person must confirm it", as_json=as_json)  # fmt: skip


def _sealed(document: dict[str, Any]) -> dict[str, Any]:
    """Fill in the seal over the words, and the dates that follow from others, where the file leaves them out."""
    words = document.get("text") or document.get("summary") or ""
    effective = document.get("effective_at")
    defaults = {
        "sha256": sha256_of(str(words)),
        "effective_from": str(effective)[:10],
        "last_checked_on": clock.now().date(),
    }
    return defaults | document


def confirm(order: OrderId, home: HomeFolder, key: CounselKey, as_json: Json = False) -> None:
    """Confirm a pending order, as the second person. From now on it also ends the orders that it names.

    Example: comity orders confirm O6 --home home --key sam.key
    """
    _file(home, key, lambda store, person: filing.confirm(store, order, person, law=_own_law(home), at=clock.now()),
          "confirmed {order}", as_json=as_json)  # fmt: skip


def withdraw(order: OrderId, home: HomeFolder, key: CounselKey, as_json: Json = False) -> None:
    """Take back a pending order that was entered in error, as the second person.

    Example: comity orders withdraw O6 --home home --key sam.key
    """
    _file(home, key, lambda store, person: filing.withdraw(store, order, person, law=_own_law(home), at=clock.now()),
          "withdrew {order}", as_json=as_json)  # fmt: skip


def serve(
    order: OrderId,
    home: HomeFolder,
    key: CounselKey,
    party: Annotated[str, typer.Option("--party", help="The agency or person bound that was served.")],
    at: Annotated[str, typer.Option("--at", help="When (ISO 8601).")],
    person: Annotated[str, typer.Option("--person", help="To whom it was handed.")] = "",
    how: Annotated[str, typer.Option("--how", help="By hand, by certified mail, ...")] = "",
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of service; its SHA-256 is filed.")] = None,
    as_json: Json = False,
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
    _file(home, key, lambda store, who: filing.serve(store, order, service, who, law=_own_law(home), at=clock.now()),
          "recorded service of {order}", as_json=as_json)  # fmt: skip


def timeline_(
    out: Annotated[Path, typer.Option("--out", help="Where to write: a page (.html), or the picture alone (.svg).")],
    agreement: Agreement = "irs-ice-2025",
    home: OptionalHome = None,
    as_json: Json = False,
) -> None:
    """Draw the orders over time: which stand when, and what may not be done when.

    Example: comity orders timeline --out orders.html
    """
    rules, now = on_file(home), clock.now()
    drawn = timeline.picture(rules, agreement, now=now)
    text = timeline.svg(drawn) if out.suffix == ".svg" else timeline.page(drawn, rules, now=now)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ComityError(
            "output_exists", "The picture could not be written.", "Name another file with --out."
        ) from error
    show({"out": str(out), "orders": [lane.order.id for lane in drawn.lanes]}, [f"Open {out}"], as_json=as_json)


def statement_(order: OrderId, home: HomeFolder, out: Out, as_json: Json = False) -> None:
    """State for the court what an order stopped and who was served: signed, every figure from ledger entries.

    Example: comity orders statement O2 --home home --out statement
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_checkpoint(store, signer, at=clock.now())
        document, receipts = statement.make_statement(
            store, order, law=law.load(folder=opened.law), checkpoint=note, verifiers=signer.verifiers, version=__version__, at=clock.now()
        )  # fmt: skip
    statement_folder.write(out, document, receipts, opened.signing_key("answers"))
    counted = document["figures"]
    lines = [f"{counted[name]:>6,}  {words}" for name, words in statement_folder.WORDS.items()]
    lines.append(f"Counted from {document['ledger']['size']:,} entries. Open {out / 'statement.html'}")
    show({"out": str(out), "figures": counted, "entries": document["ledger"]["size"]}, lines, as_json=as_json)


def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A statement.")],
    vkey: Annotated[Path, typer.Option("--vkey", help="The ledger's verifier keys, from elsewhere.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The custodian's public key for answers, from elsewhere.")
    ] = None,
    ledger: Annotated[Path | None, typer.Option("--ledger", help="The published ledger, to count again.")] = None,
    as_json: Json = False,
) -> None:
    """Check a statement, as anybody may who has it. Ends with 5 when anything is wrong.

    With --ledger, every figure is counted again from the published entries; without, only what the receipts show.

    Example: comity orders check statement --vkey public.vkey --ledger public
    """
    document, receipts, signed_by = statement_folder.read(folder)
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
    if key is not None and key_id(load_public_key(key)) != signed_by:
        found.append("it is signed by another key than the one given")
    whose = "the key given" if key is not None else f"key {signed_by}; compare it with the custodian's"
    counted = (
        "every published entry"
        if ledger is not None
        else "the entries shown; whether others are left out, --ledger tells"
    )
    result = {"verified": not found, "findings": found, "signed_by": signed_by, "counted_again": ledger is not None}
    show(result, found or [f"true: signed by {whose}; its figures follow from {counted}."], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if found else EXIT_DONE)


def _file(home: Path, key: Path, file: Callable[[Store, Person], Filing], done: str, *, as_json: bool) -> None:
    """File something as the person whose key it is, sign the ledger's head, and say what was filed."""
    opened = Home.open(home)
    person = opened.person(load_private_key(key))
    with bootstrap.open_store(opened) as store:
        filed = file(store, person)
        log.sign_checkpoint(store, bootstrap.ledger_signer(opened), at=clock.now())
    facts = {
        "order": filed.order,
        "step": str(filed.step),
        "entry": filed.entry,
        "by": filed.by,
        "at": filed.at.isoformat(),
    }
    show(
        facts,
        [f"{person.name} {done.format(order=filed.order)}. Entry {filed.entry} of the ledger says so."],
        as_json=as_json,
    )
