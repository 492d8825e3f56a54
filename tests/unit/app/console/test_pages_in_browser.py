"""Every page in Chromium: without JavaScript, at 320 px, by keyboard, in forced colors, and by checks of our own.

The checks are ours (labels, headings, names, contrast, targets), not axe: no package that is pinned carries it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api_service import ApiServer
from tests.support.chromium import Chromium, find_chromium, run_chromium
from tests.support.console_server import open_browser, serve_console, walk_pages

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed (apt-get install chromium)"),
]

CHECKS = """(() => {
  const faults = [], say = (what, node) => faults.push(what + ": " + (node ? node.outerHTML.slice(0, 120) : ""));
  const all = (query) => [...document.querySelectorAll(query)];
  const shown = (node) => node.getClientRects().length > 0;
  const name = (node) => (node.getAttribute("aria-label") || node.textContent || "").trim();
  if (document.documentElement.lang !== "en") say("no language");
  if (!document.title.trim()) say("no title");
  if (all("h1").length !== 1) say("not one h1");
  if (all("main").length !== 1 || all("header").length !== 1) say("landmarks");
  let level = 1;
  for (const one of all("h1, h2, h3, h4")) {
    const own = Number(one.tagName[1]);
    if (own > level + 1) say("heading skipped", one);
    level = own;
  }
  for (const one of all("input:not([type=hidden]), textarea, select"))
    if (!one.labels.length || !name(one.labels[0])) say("no label", one);
  for (const one of all("a, button, summary")) if (!name(one)) say("no name", one);
  for (const one of all("table")) {
    if (!one.caption || !name(one.caption)) say("no caption", one);
    if ([...one.querySelectorAll("th")].some((th) => !th.scope)) say("no scope", one);
  }
  for (const one of all("svg"))
    if (one.getAttribute("role") !== "img" || !one.querySelector("title")) say("picture", one);
  const ids = all("[id]").map((one) => one.id);
  if (new Set(ids).size !== ids.length) say("an id twice");
  for (const one of all("button, .button, nav a")) {
    const box = one.getBoundingClientRect();
    if (shown(one) && !one.closest(".skip") && (box.height < 24 || box.width < 24)) say("target too small", one);
  }
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const part = color.slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(node) || node.closest("svg")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) say("contrast " + ratio.toFixed(2), node);
  }
  return faults;
})()"""

FOCUSED = """(() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return one === document.body ? null : {
    place: [...document.querySelectorAll("*")].indexOf(one),
    is_marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    is_seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0,
    words: one.textContent.trim().slice(0, 40) || one.name,
  };
})()"""

FOCUSABLE = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), textarea, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility()).map((one) => [...document.querySelectorAll("*")].indexOf(one))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for the module."""
    with serve_console(tmp_path_factory.mktemp("console")) as server:
        yield server


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for the module, in which no page's script runs."""
    with run_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(server: ApiServer) -> list[str]:
    """Every page that a person with two roles reaches, one for each kind of filing and batch, and those for anybody."""
    return [*walk_pages(open_browser(server, "bea")), "/login", "/console/none"]


def log_in(chromium: Chromium, server: ApiServer, name: str) -> None:
    chromium.set_size(1280)
    chromium.set_media()
    chromium.set_cookies(server.url, open_browser(server, name).cookies)


def test_no_page_scrolls_sideways_and_each_passes_our_checks_wide_and_narrow(
    chromium: Chromium, server: ApiServer, pages: list[str]
) -> None:
    log_in(chromium, server, "bea")
    assert len(pages) > 12
    for path in pages:
        chromium.open(f"{server.url}{path}")
        for width in (1280, 320):
            chromium.set_size(width)
            assert chromium.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert chromium.evaluate(CHECKS) == [], (path, width)


def test_our_checks_find_what_they_are_for(chromium: Chromium, server: ApiServer) -> None:
    log_in(chromium, server, "bea")
    chromium.open(f"{server.url}/console/stop")
    chromium.evaluate(
        """document.querySelector("main").innerHTML = `<h3>Skipped</h3><input name="a">
        <button></button>
        <table><tr><th>x</th></tr></table><p>grey</p><svg><text>x</text></svg>`;
        document.querySelector("main p").style.color = "#999";
        document.querySelector("main button").style = "min-height: 9px; height: 9px; padding: 0";"""
    )
    found = " ".join(chromium.evaluate(CHECKS))
    for fault in (
        "not one h1",
        "no label",
        "no name",
        "no caption",
        "no scope",
        "contrast 2.85",
        "picture",
        "too small",
    ):
        assert fault in found


def test_everything_is_reached_by_keyboard_in_order_and_the_focus_is_seen(
    chromium: Chromium, server: ApiServer, pages: list[str]
) -> None:
    log_in(chromium, server, "bea")
    for path in pages:
        chromium.open(f"{server.url}{path}")
        expected: list[int] = chromium.evaluate(FOCUSABLE)
        reached: list[int] = []
        for _ in range(len(expected)):
            chromium.press("Tab")
            focused: dict[str, Any] | None = chromium.evaluate(FOCUSED)
            assert focused is not None, (path, reached)
            assert focused["is_marked"], (path, focused)
            assert focused["is_seen"], (path, focused)
            reached.append(focused["place"])
        assert reached == expected, path


def test_in_forced_colors_every_button_and_note_has_an_edge(
    chromium: Chromium, server: ApiServer, pages: list[str]
) -> None:
    log_in(chromium, server, "bea")
    chromium.set_media(forced_colors="active")
    edges = """[...document.querySelectorAll("button, .button, .waits li, .note, .stop, textarea, input[type=text]")]
      .filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).borderTopWidth) < 1).length"""
    for path in ("/console", "/console/stop", "/console/sessions", "/login", *(p for p in pages if "/filings/" in p)):
        chromium.open(f"{server.url}{path}")
        assert chromium.evaluate("matchMedia('(forced-colors: active)').matches")
        assert chromium.evaluate(edges) == 0, path
    chromium.set_media()


def test_a_person_stops_everything_by_keyboard_alone(chromium: Chromium, server: ApiServer) -> None:
    log_in(chromium, server, "pat")
    chromium.open(f"{server.url}/console")
    go_to(chromium, "Stop everything")
    assert chromium.evaluate("document.title") == "Stop everything - Comity"
    assert "Nothing is stopped." in chromium.evaluate("document.body.innerText")
    focus(chromium, "reason")
    chromium.type_text("An answer was wrong")
    chromium.press("Tab")
    press_enter(chromium)
    assert "Everything is stopped by Pat Pine" in chromium.evaluate("document.body.innerText")
    chromium.open(f"{server.url}/console")
    assert chromium.evaluate("document.querySelector('.stop').getBoundingClientRect().bottom < innerHeight")


def go_to(chromium: Chromium, words: str) -> None:
    """Press Tab until a link is focused, and follow it."""
    focus(chromium, words)
    press_enter(chromium)


def focus(chromium: Chromium, words: str) -> None:
    for _ in range(60):
        if (chromium.evaluate(FOCUSED) or {}).get("words") == words:
            return
        chromium.press("Tab")
    raise AssertionError(f"nothing that says {words} is reached by keyboard")


def press_enter(chromium: Chromium) -> None:
    chromium.events.clear()
    chromium.press("Enter")
    chromium.wait_for("Page.loadEventFired")


def test_what_waits_is_within_the_first_screen(chromium: Chromium, server: ApiServer) -> None:
    log_in(chromium, server, "bea")
    chromium.open(f"{server.url}/console")
    waiting = """[...document.querySelectorAll(".waits li:not(.none)")].every(
      (one) => one.getBoundingClientRect().bottom <= innerHeight)"""
    assert chromium.evaluate(waiting)
