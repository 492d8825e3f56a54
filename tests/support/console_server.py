"""A service with batches, people and filings that wait, for tests of the console's pages."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.people_sessions import Account, open_session
from comity.app.use_cases.service_readiness import open_service
from comity.law import load_law
from comity.model.filing import Act
from comity.orders import filing_steps, order_filings
from tests.support.api_service import ApiServer, make_settings, serve_api
from tests.support.browser_session import BrowserSession
from tests.support.console_house import enroll_people
from tests.support.rule_cases import build_order
from tests.support.sample_ledger import insert_batch, insert_released_batch
from tests.support.two_persons import JO

ISSUER = "https://idp.example"
BINDING = {"binds": ["irs"], "prohibits": ["disclose"]}
ROWS = 30


@contextmanager
def serve_console(root: Path) -> Iterator[ApiServer]:
    """Serve a home with a batch that was answered, one that waits, everybody who has a role, and pending filings."""
    home = Home.open_or_create(root / "home")
    (root / "index").mkdir()
    (root / "index" / "index.json").write_text(json.dumps({"segments": [{"synthetic": True}]}))
    with bootstrap.open_store(home) as store:
        insert_released_batch(store, "B1", ROWS)
        with store.begin() as tx:
            insert_batch(tx, "B2", 5)
    enroll_people(home, ISSUER)
    file_pending(home)
    with serve_api(make_settings(root, requests_per_second=1000)) as server:
        yield server


def file_pending(home: Home) -> None:
    """File, as Jo, what waits for a second person of each role that decides, an order too."""
    at, context = clock.now(), bootstrap.load_filing_context(home)
    agreement = {"agreement": "irs-ice-2025", "reason": "<b>Reviewed</b> & found in order"}
    withheld = {"kind": "withheld", "records": ["Secret-90001", "Secret-90002"], "reason": "No longer determined"}
    with bootstrap.open_store(home) as store:
        for act, content in (
            (Act.SUSPENSION, agreement),
            (Act.SUSPENSION_LIFT, agreement),
            (Act.SUPPRESSION, withheld),
            (Act.SUPPRESSION_LIFT, withheld),
        ):
            filing_steps.enter_filing(store, act, content, JO, context=context, at=at)
        order = build_order({"id": "X1", "dated": at.date(), "instruments": ["tro"]} | BINDING)
        order_filings.enter_order(store, order, JO, law=load_law(), at=at)


def open_browser(server: ApiServer, name: str) -> BrowserSession:
    """Return a browser in which a person is logged in, with a session as any log-in opens one."""
    with open_service(server.settings) as service:
        token = open_session(service, Account(ISSUER, name), at=clock.now())
    assert token is not None
    return BrowserSession(server, {"__Host-comity-session": token})


def walk_pages(browser: BrowserSession) -> dict[str, bytes]:
    """Return every page that a person can reach by links from the first one, by its path."""
    pages: dict[str, bytes] = {}
    waiting = ["/console"]
    while waiting:
        path = waiting.pop(0)
        reply = browser.get(path)
        assert reply.status == 200, (path, reply)
        pages[path] = reply.body
        found = re.findall(r'href="(/console[^"#]*)"', reply.body.decode())
        waiting += [p for p in dict.fromkeys(found) if p not in {*pages, *waiting} and not p.endswith(".css")]
    return pages
