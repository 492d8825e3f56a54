"""Routes of the console's pages, each with its JSON twin, and of the forms on them.

Guarantees: a page shows what `comity.app.console` says, and nothing else; who may see it, the gatekeeper has decided. A
form leads to a page again, so that loading it twice sends nothing twice. What opens is filed with the person's own
signature: the service holds nobody's key, but for the seats of a demonstration.
Start at `show_home`.
"""

from fastapi import APIRouter, Request, Response

from comity.app import clock
from comity.app.access import PersonCaller
from comity.app.api.page_responses import answer_page, lead_to
from comity.app.api.problems import ProblemError
from comity.app.api.service_access import FormDependency, PersonDependency, ServiceDependency
from comity.app.console import batch_view, filing_view, law_view
from comity.app.console.home_view import describe_home
from comity.app.console.stop_view import describe_stop
from comity.app.use_cases import signed_steps, stops
from comity.app.use_cases.demo_seats import DemoSeats
from comity.app.use_cases.signed_steps import Decision
from comity.model.filing import FilingStep
from comity.orders.filing_steps import Filer, RemoteFiler

console_router = APIRouter(prefix="/console", include_in_schema=False)


@console_router.get("")
def show_home(request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show what waits for the reader."""
    return answer_page(request, "home.html.j2", describe_home(service, caller, at=clock.now()))


@console_router.get("/batches")
def show_batches(request: Request, service: ServiceDependency, _caller: PersonDependency) -> Response:
    """Show the newest batches."""
    return answer_page(request, "batches.html.j2", batch_view.describe_batches(service))


@console_router.get("/batches/{name}")
def show_batch(name: str, request: Request, service: ServiceDependency, _caller: PersonDependency) -> Response:
    """Show one batch, and its way from received to answered."""
    return answer_page(request, "batch.html.j2", batch_view.describe_batch(service, name, at=clock.now()))


@console_router.get("/filings")
def show_filings(request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show what waits for a second person."""
    return answer_page(request, "filings.html.j2", filing_view.describe_filings(service, caller))


@console_router.get("/filings/{name}")
def show_filing(name: str, request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show a filing whole, as its first person filed it, and what the second one signs."""
    can_sign_here = _find_seat(request, caller) is not None
    data = filing_view.describe_filing(service, caller, name, can_sign_here=can_sign_here, at=clock.now())
    return answer_page(request, "filing.html.j2", data)


@console_router.post("/filings/{name}/decision")
def decide_filing(
    name: str, request: Request, service: ServiceDependency, caller: PersonDependency, form: FormDependency
) -> Response:
    """Confirm or withdraw a filing: `step` is the step that was signed; at a seat of a demonstration, its word."""
    entered = filing_view.find_pending(service, name).entered
    if not caller.roles & filing_view.list_deciding_roles(entered.act):
        message = "None of your roles decides about this act."
        raise ProblemError("not_allowed", message, "The page says which roles do.")
    seat, step, signature = _find_seat(request, caller), form.get("step", ""), form.get("signature", "").strip()
    filer: Filer | RemoteFiler
    if seat is not None:
        word, filer = step, seat
    else:
        word, signed_at = signed_steps.read_step(step)
        filer = RemoteFiler(caller.name, caller.key, filing_view.CONSOLE_DEVICE, signed_at, signature)
    if word not in signed_steps.DECISIONS:
        raise ProblemError("request_invalid", "A filing is confirmed or withdrawn.", "Take the step from the page.")
    decision = Decision(entered.act, entered.subject, FilingStep(word))
    signed_steps.file_signed(service.home, service.store, decision, filer, at=clock.now())
    return lead_to("/console/filings")


@console_router.get("/orders")
def show_orders(request: Request, service: ServiceDependency, _caller: PersonDependency) -> Response:
    """Show the docket of court orders and their timeline."""
    return answer_page(request, "orders.html.j2", law_view.describe_orders(service, at=clock.now()))


@console_router.get("/recalls")
def show_recalls(request: Request, service: ServiceDependency, _caller: PersonDependency) -> Response:
    """Show what every recall asks of whom."""
    return answer_page(request, "recalls.html.j2", law_view.describe_recalls(service, at=clock.now()))


@console_router.get("/ledger")
def show_ledger(request: Request, service: ServiceDependency, _caller: PersonDependency) -> Response:
    """Show the ledger's head, and who cosigned it."""
    return answer_page(request, "ledger.html.j2", law_view.describe_ledger(service))


@console_router.get("/stop")
def show_stop(request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show the stops in force, and the form that stops everything."""
    can_sign_here = _find_seat(request, caller) is not None
    return answer_page(request, "stop.html.j2", describe_stop(service, caller, can_sign_here=can_sign_here))


@console_router.post("/stop")
def stop_everything(service: ServiceDependency, caller: PersonDependency, form: FormDependency) -> Response:
    """Stop everything at once; no reason is demanded, so that one click does it."""
    said = form.get("reason", "").strip() or "No reason was given with the click"
    stops.stop_for(service, caller, said, at=clock.now())
    return lead_to("/console/stop")


@console_router.post("/stop/{number}/lift")
def lift_stop(
    number: int, request: Request, service: ServiceDependency, caller: PersonDependency, form: FormDependency
) -> Response:
    """Enter, at a seat of a demonstration, that a stop counts no longer; elsewhere the command line does."""
    seat = _find_seat(request, caller)
    if seat is None:
        message = "The service has no key of yours to enter a lift with."
        raise ProblemError("not_allowed", message, "On your own machine: comity filings lift-stop NUMBER")
    stops.enter_lift(service, seat, number, form.get("reason", "").strip(), at=clock.now())
    return lead_to("/console/filings")


def _find_seat(request: Request, caller: PersonCaller) -> Filer | None:
    """Return a person of a demonstration with their key; None outside of one."""
    seats = request.app.state.seats
    return seats.find_filer(caller.key) if isinstance(seats, DemoSeats) else None
