"""`comity serve --demo`: a synthetic home made at the first start, and seats by links that log in once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.app.settings import load_settings
from comity.app.use_cases import demo_house
from comity.app.use_cases.demo_house import DemoHouse, open_demo_house
from comity.errors import ComityError
from comity.model.progress import no_progress
from tests.support.api_service import ApiServer, serve_api
from tests.support.browser_session import BrowserSession
from tests.support.two_persons import run_command

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass
class Demo:
    """A demonstration that is served."""

    house: DemoHouse
    server: ApiServer

    def sit_down(self, subject: str) -> BrowserSession:
        """Follow a seat's link as a browser does; return the browser."""
        [link] = [link for link, seat in self.house.seats.list_links() if seat.subject == subject]
        browser = BrowserSession(self.server)
        for _ in range(2):
            assert browser.get(f"/login/link/{link}").status == 200, "loading the page uses nothing up"
        assert browser.post(f"/login/link/{link}", token="").status == 200
        assert BrowserSession(self.server).post(f"/login/link/{link}", token="").status == 403, "it counts once"
        assert BrowserSession(self.server).get(f"/login/link/{link}").status == 403
        return browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A small demonstration, made once for the module."""
    folder = tmp_path_factory.mktemp("demo") / "seats"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_house, "_PEOPLE", 1000)
        patch.setattr(demo_house, "_REQUESTS", 200)
        open_demo_house(folder, progress=no_progress)
    house = open_demo_house(folder, progress=no_progress)
    settings = load_settings(None, house.settings | {"port": 0, "requests_per_second": 1000})
    with serve_api(settings, house.seats) as server:
        yield Demo(house, server)


def test_a_demonstration_shows_batches_in_each_state_and_says_that_it_is_synthetic(demo: Demo) -> None:
    browser = demo.sit_down("bea")
    batches = browser.get_json("/console/batches")
    assert batches["is_synthetic"] is True, "the index that was built says so itself"
    assert batches["counts"] == {"answered": 2, "held": 1}
    assert b"Synthetic data: no person on these pages exists." in browser.get("/console").body
    names = [one["name"] for one in batches["batches"]]
    flows = [{s["step"]: s["rows"] for s in browser.get_json(f"/console/batches/{n}")["flow"]} for n in names]
    assert [flow["answered"] for flow in flows] == [None, 200, 200]
    assert flows[2]["compared"] == 0, "as it was sent, no row was compared"
    assert 0 < flows[1]["compared"] < 200, "cured, some were refused and the others compared"


def test_two_seats_lift_what_one_stopped(demo: Demo) -> None:
    ann, cal = demo.sit_down("ann"), demo.sit_down("cal")
    assert ann.post("/console/stop", {"reason": "An answer was wrong"}).status == 303
    [stop] = cal.get_json("/console/stop")["stops"]
    assert (stop["by"], stop["reason"]) == ("Ann Arlen", "An answer was wrong")
    assert cal.post(f"/console/stop/{stop['stop']}/lift", {"reason": "It was right"}).status == 303
    lift = cal.get_json("/console/stop")["stops"][0]["lift"]
    path = f"/console/filings/{lift}/decision"
    assert cal.post(path, {"step": "confirmed"}).status == 409, "the same person"
    assert ann.post(path, {"step": "entered"}).status == 400
    assert ann.post(path, {"step": "confirmed"}).status == 303
    assert ann.get_json("/console/stop")["stops"] == []


def test_a_demonstration_is_no_setting_and_serves_no_other_home(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_HOST", "0.0.0.0")
    assert load_settings(None, demo.house.settings).host == "127.0.0.1", "to this machine alone, whatever is set"
    monkeypatch.setenv("COMITY_DEMO", "1")
    with pytest.raises(ComityError, match="COMITY_DEMO of the environment is no setting"):
        load_settings(None, demo.house.settings)
    monkeypatch.undo()
    assert run_command("serve", "--demo", "--home", str(demo.house.folder / "home")) == 2
    (tmp_path / "something").write_text("else")
    with pytest.raises(ComityError) as refused:
        open_demo_house(tmp_path, progress=no_progress)
    assert refused.value.code == "output_exists"
    with serve_api(demo.server.settings.model_copy(update={"port": 0})) as plain:
        for link, _ in demo.house.seats.list_links():
            browser = BrowserSession(plain)
            assert browser.get(f"/login/link/{link}").status == 404, "outside of a demonstration there are no links"
            assert browser.post(f"/login/link/{link}", token="").status == 404
