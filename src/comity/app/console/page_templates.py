"""Load the console's templates, and render a page with what every page has: who reads it, and where it leads.

Guarantees: every value is escaped; a name that a template misspells is an error, not an empty text.
Start at `render_page`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from comity.app.access import ACCESS_TABLE, PersonCaller

MENU = (
    ("/console", "Home"),
    ("/console/batches", "Batches"),
    ("/console/filings", "Approvals"),
    ("/console/orders", "Court orders"),
    ("/console/recalls", "Recalls"),
    ("/console/ledger", "Ledger"),
    ("/console/sessions", "Sessions"),
    ("/console/stop", "Stop everything"),
)
"""The pages of the menu, in order; each reader sees those that their roles open."""


def render_page(template: str, data: Mapping[str, Any], caller: PersonCaller | None, *, path: str = "") -> str:
    """Return a page as text; `caller` is None before the log-in, and `path` marks its place in the menu."""
    context = {"page": data, "caller": caller, "path": path, "menu": () if caller is None else list_menu(caller)}
    return _environment().get_template(template).render(context)


def list_menu(caller: PersonCaller) -> list[tuple[str, str]]:
    """Return the pages that a person may open, with their names in the menu."""
    opened = {row.path for row in ACCESS_TABLE if row.method == "GET" and row.people & caller.roles}
    return [(path, name) for path, name in MENU if path in opened]


@cache
def read_style() -> bytes:
    """Return the one file of styles."""
    return (files("comity.app.console") / "templates" / "style.css").read_bytes()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("comity.app.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
