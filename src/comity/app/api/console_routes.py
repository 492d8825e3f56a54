"""Routes of the console's pages, each with its JSON twin.

Guarantees: a page shows what `comity.app.console` says, and nothing else; who may see it, the gatekeeper has decided.
Start at `show_home`.
"""

from fastapi import APIRouter, Request, Response

from comity.app.api.page_responses import answer_page
from comity.app.api.service_access import PersonDependency, ServiceDependency
from comity.app.console.home_view import describe_home

console_router = APIRouter(include_in_schema=False)


@console_router.get("/console")
def show_home(request: Request, service: ServiceDependency, caller: PersonDependency) -> Response:
    """Show what waits for the reader."""
    return answer_page(request, "home.html.j2", describe_home(service, caller))
