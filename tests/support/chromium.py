"""Debian's Chromium over the DevTools protocol, by two pipes: no driver and no package beside the browser itself.

Started once for a module, without JavaScript in pages unless a check of ours runs in them. `find_chromium` says where
there is one; without it the tests of pages do not run, and the closing lines say so.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SECONDS = 60
_START = """
import os, sys
ends = [os.dup(os.dup(os.dup(int(end)))) for end in sys.argv[1:3]]
os.dup2(ends[0], 3), os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from descriptor 3 and writes to 4."""

_KEYS = {"Tab": 9, "Enter": 13}


def find_chromium() -> str | None:
    """Return the path of Chromium; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Chromium:
    """One page of a browser."""

    process: subprocess.Popen[bytes]
    to_browser: int
    from_browser: int
    session: str = ""
    received: bytes = b""
    last_id: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call the browser; return the result."""
        self.last_id += 1
        message: dict[str, Any] = {"id": self.last_id, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._receive()
            if reply.get("id") == self.last_id:
                assert "error" not in reply, (method, reply)
                return dict(reply["result"])
            self.events.append(reply)

    def wait_for(self, method: str) -> dict[str, Any]:
        """Return the next event of a name."""
        while True:
            for place, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[: place + 1]
                    return dict(event["params"])
            self.events.append(self._receive())

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.from_browser], [], [], _SECONDS)
            assert ready, "the browser does not answer"
            data = os.read(self.from_browser, 1 << 20)
            assert data, "the browser has ended"
            self.received += data
        message, self.received = self.received.split(b"\0", 1)
        return dict(json.loads(message))

    def open(self, url: str) -> None:
        """Go to a page, and wait until it has loaded."""
        self.events.clear()
        result = self.call("Page.navigate", url=url)
        assert "errorText" not in result, result
        self.wait_for("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Return what a script of ours says of the page. The page's own scripts never run."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def set_size(self, width: int, height: int = 900) -> None:
        """Set the size of the window in CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def set_media(self, **features: str) -> None:
        """Emulate media features, such as forced_colors="active"."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media="", features=listed)

    def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Be the browser in which somebody is logged in."""
        self.call("Network.clearBrowserCookies")
        for name, value in cookies.items():
            reply = self.call(
                "Network.setCookie",
                name=name,
                value=value,
                url=url,
                secure=True,
                httpOnly=True,
                sameSite="Strict",
                path="/",
            )
            assert reply["success"], reply

    def press(self, key: str) -> None:
        """Press a key of the keyboard."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def type_text(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def save_screenshot(self, path: Path) -> None:
        """Save a picture of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def run_chromium(folder: Path) -> Iterator[Chromium]:
    """Run Chromium with one page, in which no page's script runs."""
    program = find_chromium()
    assert program is not None
    read_there, to_browser = os.pipe()
    from_browser, write_there = os.pipe()
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--hide-scrollbars",
        f"--user-data-dir={folder}",
        "--remote-debugging-pipe",
        "about:blank",
    ]
    command = [sys.executable, "-c", _START, str(read_there), str(write_there), program, *options]
    process = subprocess.Popen(
        command, pass_fds=(read_there, write_there), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(read_there)
    os.close(write_there)
    browser = Chromium(process, to_browser, from_browser)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            browser.call(f"{domain}.enable")
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        yield browser
    finally:
        process.kill()
        process.wait()
        os.close(to_browser)
        os.close(from_browser)
