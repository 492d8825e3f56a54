"""What the console's pages show, to whom, and what their forms do: over HTTP, with every person logged in."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.service_readiness import open_service
from comity.app.use_cases.stops import list_stops
from comity.law.filing_register import FilingRegister, FilingStatus
from comity.ledger.filed import read_register
from comity.ledger.fsck import check_ledger
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.signing import sign_detached
from tests.support.api_service import ApiServer, Reply
from tests.support.browser_session import BrowserSession
from tests.support.console_house import make_filer
from tests.support.console_server import ROWS, open_browser, serve_console, walk_pages
from tests.support.sample_ledger import B1
from tests.support.two_persons import JO

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

VALUES = (b"Secret-", b"Wanted-", b"NOT_CONFIRMED", b"CONFIRMED", b"match", b"0.25")
"""What answers and records of the sample ledger hold, and no page may."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for the module."""
    with serve_console(tmp_path_factory.mktemp("console")) as server:
        yield server


def register_of(server: ApiServer) -> FilingRegister:
    with bootstrap.open_store(Home.open(server.settings.home)) as store, store.read() as tx:
        return read_register(tx)


def enter(server: ApiServer, act: Act, content: dict[str, Any], who: filing_steps.Filer = JO) -> str:
    """Enter an act; return its number."""
    home = Home.open(server.settings.home)
    with bootstrap.open_store(home) as store:
        context = bootstrap.load_filing_context(home)
        state = filing_steps.enter_filing(store, act, content, who, context=context, at=clock.now())
    return str(state.entered.number)


def decide(browser: BrowserSession, name: str, signer: str, step: str = "confirmed") -> Reply:
    """Sign a step of a page with a person's key, as `comity filings sign` does, and send it."""
    steps = browser.get_json(f"/console/filings/{name}")["steps"]
    text = next(one["text"] for one in steps if one["step"] == step)
    signature = sign_detached(text.encode(), make_filer(signer).key)
    return browser.post(f"/console/filings/{name}/decision", {"step": text, "signature": signature})


def find_pending(server: ApiServer, act: Act) -> str:
    return next(str(s.entered.number) for s in register_of(server).pending if s.entered.act is act)


def test_the_first_page_says_what_waits_for_its_reader(server: ApiServer) -> None:
    waits = {one["label"]: one["count"] for one in open_browser(server, "ann").get_json("/console")["waits"]}
    assert (waits["to decide"], waits["with others"]) == (1, 2)
    assert waits["due"] > 0
    of_counsel = {one["label"]: one["count"] for one in open_browser(server, "cal").get_json("/console")["waits"]}
    assert of_counsel["to decide"] == 2
    labels = {one["label"] for one in open_browser(server, "sue").get_json("/console")["waits"]}
    assert labels == {"to decide", "with others", "due"}, "security sees no batch"


def test_no_page_shows_a_value_of_a_record_or_of_an_answer(server: ApiServer) -> None:
    browser = open_browser(server, "bea")
    pages = walk_pages(browser)
    assert len(pages) >= 13, pages
    for path, page in pages.items():
        twin = browser.get(path, Accept="application/json")
        assert twin.status == 200, path
        assert not [value for value in VALUES if value in page + twin.body], path
        assert b"Synthetic data: no person on these pages exists." in page, path
        assert twin.json["is_synthetic"] is True
        hashes = re.findall(rb"[0-9a-f]{64}", twin.body)
        assert all(one in page for one in hashes), (path, "a page and its twin say the same")


def test_what_a_person_wrote_is_text_and_no_markup(server: ApiServer) -> None:
    browser = open_browser(server, "cal")
    page = browser.get(f"/console/filings/{find_pending(server, Act.SUSPENSION_LIFT)}").body
    assert b"&lt;b&gt;Reviewed&lt;/b&gt; &amp; found in order" in page
    assert b"<b>Reviewed" not in page


def test_a_batch_is_shown_from_received_to_answered_and_by_rule(server: ApiServer) -> None:
    browser = open_browser(server, "dan")
    listed = {one["batch_id"]: one for one in browser.get_json("/console/batches")["batches"]}
    assert {name: one["state"] for name, one in listed.items()} == {"B1": "answered", "B2": "received"}
    one = browser.get_json(f"/console/batches/{B1}")
    refused = sum(row % 3 == 2 for row in range(ROWS))
    assert [(step["step"], step["rows"]) for step in one["flow"]] == [
        ("received", ROWS),
        ("judged", ROWS),
        ("refused", refused),
        ("compared", ROWS - refused),
        ("answered", ROWS),
    ]
    assert one["refused"] == [{"rule": rule, "rows": refused} for rule in ("r07_case_number", "r09_orders")]
    waiting = browser.get_json(f"/console/batches/{listed['B2']['name']}")
    assert [step["rows"] for step in waiting["flow"]] == [5, None, None, None, None]
    assert "The agreement irs-ice-2025 is suspended." in waiting["holds"]
    assert any(hold.startswith("Court order O") for hold in waiting["holds"])
    page = browser.get(f"/console/batches/{B1}").body
    assert page.count(b"<svg") == 1
    assert browser.get("/console/batches/none").status == 404


def test_a_second_person_signs_what_the_page_shows_and_it_has_effect(server: ApiServer) -> None:
    number, browser = find_pending(server, Act.SUPPRESSION_LIFT), open_browser(server, "ann")
    shown = browser.get_json(f"/console/filings/{number}")
    assert (shown["by"], shown["device"], shown["may_confirm"]) == ("Jo", "jo@desk-jo", True)
    assert "2 of the custodian's" in shown["content"]
    assert decide(browser, number, "ann").headers["location"] == "/console/filings"
    state = register_of(server).filings[int(number)]
    assert state.status is FilingStatus.IN_FORCE
    assert state.decided is not None
    assert (state.decided.name, state.decided.device) == ("Ann Arlen", "console")
    assert decide_again(browser, number) == 404, "it waits no more"
    home = Home.open(server.settings.home)
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, bootstrap.load_key_ring(home).verifiers, home.origin) == ()


def decide_again(browser: BrowserSession, number: str) -> int:
    return browser.post(f"/console/filings/{number}/decision", {"step": "{}", "signature": "x"}).status


def test_counsel_confirms_a_court_order_and_nobody_else_does(server: ApiServer) -> None:
    assert b"None of your roles decides about this act." in decide(open_browser(server, "bea"), "order:X1", "bea").body
    counsel = open_browser(server, "cal")
    shown = counsel.get_json("/console/filings/order:X1")
    assert '"id": "X1"' in shown["content"]
    assert any("no federal court is cited so" in note for note in shown["notes"]), "as whoever entered it was told"
    assert "no federal court is cited so" in counsel.get("/console/filings/order:X1").body.decode()
    assert decide(counsel, "order:X1", "cal").status == 303
    orders = {one["order"]: one["now"] for one in counsel.get_json("/console/orders")["orders"]}
    assert orders["X1"] == "in force"


def test_a_step_counts_only_as_it_was_signed_by_whom_and_when(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = enter(server, Act.STOP, {"reason": "An answer was wrong"}, make_filer("bea"))
    number = enter(server, Act.STOP_LIFT, {"stop": int(stop), "reason": "It was right"}, make_filer("bea"))
    own, other = open_browser(server, "bea"), open_browser(server, "ann")
    assert own.get_json(f"/console/filings/{number}")["may_confirm"] is False
    assert b"The same person entered it. It takes two." in decide(own, number, "bea").body
    assert b"not one by your key over this step" in decide(other, number, "bea").body
    confirmed, withdrawn = (one["text"] for one in other.get_json(f"/console/filings/{number}")["steps"])
    signature = sign_detached(withdrawn.encode(), make_filer("ann").key)
    path = f"/console/filings/{number}/decision"
    assert b"not one by your key" in other.post(path, {"step": confirmed, "signature": signature}).body
    for text in ("confirmed", "{}", '{"step":"entered","at":"2026-01-01T00:00:00.000000Z"}', "\u0000"):
        assert other.post(path, {"step": text, "signature": signature}).status in {400, 409}, text
    assert open_browser(server, "pat").post(path, {"step": confirmed}).status == 403, "no deciding role"
    later = clock.now() + timedelta(minutes=16)
    signature = sign_detached(confirmed.encode(), make_filer("ann").key)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        late = open_browser(server, "ann").post(path, {"step": confirmed, "signature": signature})
    assert b"signed too long ago" in late.body
    assert register_of(server).filings[int(number)].status is FilingStatus.PENDING
    assert decide(open_browser(server, "ann"), number, "ann").status == 303
    assert register_of(server).filings[int(number)].status is FilingStatus.IN_FORCE


def test_one_click_of_any_acting_role_stops_everything_and_two_lift_it(server: ApiServer) -> None:
    assert open_browser(server, "ian").post("/console/stop").status == 403
    privacy = open_browser(server, "pat")
    assert privacy.post("/console/stop").headers["location"] == "/console/stop"
    with open_service(server.settings) as service:
        assert bootstrap.read_law(service.store).is_suspended("irs-ice-2025")
        [stop] = list_stops(service)
    assert stop.name == "Pat Pine"
    assert open_browser(server, "cal").get_json("/console")["stopped_by"] == ["Pat Pine"]
    assert privacy.post(f"/console/stop/{stop.number}/lift", {"reason": "Lifted"}).status == 403, "no key of hers here"
    lift = enter(server, Act.STOP_LIFT, {"stop": stop.number, "reason": "It was right"})
    assert privacy.get_json("/console/stop")["stops"][0]["lift"] == int(lift)
    assert decide(open_browser(server, "sue"), lift, "sue").status == 303
    with open_service(server.settings) as service:
        assert list_stops(service) == []


def test_what_does_not_exist_is_a_page_to_readers_and_a_problem_to_programs(server: ApiServer) -> None:
    browser = open_browser(server, "cal")
    assert browser.server.send("GET", "/console/none.json").code == "not_found"
    missing = browser.get("/console/none")
    assert (missing.status, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert browser.get("/console/batches", Accept="application/json").status == 200
