"""Render a statement about an order as a page that a court can read and print.

Guarantees: every figure and list on the page is taken from the document that is signed; no script; nothing is fetched.
Does not: count, sign or check. `comity.orders.statement` counts; `comity.orders.statement_folder` signs.
Start at `render_statement`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from comity.app.pages.page_template import load_template

FIGURE_LABELS = {
    "attempts_blocked": "{attempts} to have a batch answered {were} blocked by this order",
    "batches_blocked": "different {batches} {were} blocked by it",
    "released_while_on_file": (
        "{batches} {were} answered under an agreement that it touches, while it was in force and on file"
    ),
    "released_while_a_part_was_open": (
        "of these {were} answered while a part of it was open, and may have lain in that part"
    ),
    "released_before_it_was_on_file": "{batches} {were} answered while it was in force, but before it was on file",
    "released_while_not_in_force": (
        "{batches} {were} answered since it first took effect, while another paper had suspended or ended it"
    ),
    "rehearsals_blocked": "{rehearsals} {were} blocked by it",
    "rehearsals_released_while_on_file": "{rehearsals} of another day {were} answered while it was on file",
    "services": "{services} {were} recorded",
}
"""What each figure counts, in words, whose nouns and verbs follow the count (`describe_figure`)."""

_NOUNS = MappingProxyType(
    {"attempts": "attempt", "batches": "batch", "rehearsals": "rehearsal", "services": "service", "were": "was"}
)


def describe_figure(name: str, count: int) -> str:
    """Return what a figure counts, in words that fit its count.

    >>> describe_figure("services", 1), describe_figure("services", 0)
    ('service was recorded', 'services were recorded')
    """
    words = {many: one if count == 1 else many for many, one in _NOUNS.items()}
    return FIGURE_LABELS[name].format_map(words)


def render_statement(document: Mapping[str, Any]) -> str:
    """Render a statement as an HTML page."""
    entries = {kind: [{"known_as_of": None, **item} for item in items] for kind, items in document["entries"].items()}
    parts = [line for filed in document["papers"] for line in _describe_paper(filed["paper"])]
    return load_template("statement.html.j2").render(
        d={**document, "entries": entries}, describe_figure=describe_figure, names=tuple(FIGURE_LABELS), parts=parts
    )


def _describe_paper(paper: Mapping[str, Any]) -> Iterator[str]:
    """Yield which part of an order a paper is about, and which matter it decides, in words."""
    for act in paper["acts_on"]:
        if part := act.get("part"):
            districts = [district["name"] for district in part.get("districts") or ()]
            names = [*part["parties"], *districts, *part["statutes"], *part["cases"], *filter(None, [part["in_words"]])]
            yield f"{paper['id']}: {act['order']} {act['how']} in part, as to {'; '.join(names)}"
    for one in paper["decides"]:
        yield f"{paper['id']}: decides the {one['matter']} in {one['case']}: {one['outcome'].replace('_', ' ')}"
