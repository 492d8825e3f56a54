"""The seats of a demonstration: synthetic persons whose keys the service holds, each with a link that logs in once.

Guarantees: a link counts once, and only in the process that made it; outside of a demonstration there are no seats, so
that no link and no key exists (`build_application` is given none).
Does not: let anybody sit at a seat of a real home: `comity.app.use_cases.demo_house` makes the home.
Start at `DemoSeats`.
"""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from comity.app.use_cases.people_sessions import Account
from comity.orders.filing_steps import Filer

DEMO_ISSUER = "https://demo.invalid"
"""The issuer of the accounts of a demonstration, which no provider can have (RFC 6761)."""


@dataclass(frozen=True, slots=True)
class DemoSeat:
    """A synthetic person: who files, the name of the account, and what the person may do."""

    filer: Filer
    subject: str
    roles: tuple[str, ...]


class DemoSeats:
    """The seats of one process, with their links."""

    def __init__(self, seats: Sequence[DemoSeat]) -> None:
        """Make a link for each seat."""
        self._filers = {seat.filer.thumbprint: seat.filer for seat in seats}
        self._seats = {secrets.token_urlsafe(32): seat for seat in seats}
        self._lock = threading.Lock()

    def list_links(self) -> list[tuple[str, DemoSeat]]:
        """Return the links that were not used yet, each with its seat."""
        with self._lock:
            return list(self._seats.items())

    def find_seat(self, link: str) -> DemoSeat | None:
        """Return whose a link is, without using it; None for one that is unknown or was used."""
        with self._lock:
            return self._seats.get(link)

    def use_link(self, link: str) -> Account | None:
        """Return the account that a link logs in, and forget the link."""
        with self._lock:
            seat = self._seats.pop(link, None)
        return None if seat is None else Account(DEMO_ISSUER, seat.subject)

    def find_filer(self, key: str) -> Filer | None:
        """Return the person of a key, by its thumbprint; None for a person without a seat."""
        return self._filers.get(key)
