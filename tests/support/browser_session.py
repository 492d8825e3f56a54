"""A person's browser for tests over HTTP: cookies, redirects one by one, and the forms of a page."""

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.support.api_service import ApiServer, Reply

PAGE = {"Accept": "text/html"}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class BrowserSession:
    """One browser with its cookies."""

    server: ApiServer
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """Ask for a page; no redirect is followed."""
        return self._keep(self.server.send("GET", path, headers=PAGE | self._cookie() | headers))

    def get_json(self, path: str) -> Any:
        """Return the JSON twin of a page."""
        reply = self._keep(self.server.send("GET", f"{path}.json", headers=self._cookie()))
        assert reply.status == 200, reply
        return reply.json

    def post(
        self, path: str, fields: Mapping[str, str] | None = None, *, token: str | None = None, **headers: str
    ) -> Reply:
        """Send a form as a page of the service does; `token` and `headers` change what a page sends."""
        form = {"form_token": self.find_token() if token is None else token} | dict(fields or {})
        own = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.server.url} | PAGE
        own |= {"Sec-Fetch-Site": "same-origin"} | self._cookie() | headers
        return self._keep(self.server.send("POST", path, urlencode(form).encode(), {k: v for k, v in own.items() if v}))

    def find_token(self) -> str:
        """Return what the forms of this session's pages carry."""
        found = _TOKEN.search(self.get("/console").body.decode())
        return "" if found is None else found[1]

    def begin_login(self) -> str:
        """Begin a log-in; return the provider's URL."""
        reply = self.get("/login/start")
        assert reply.status == 303, reply
        return reply.headers["location"]

    def ask_provider(self, url: str) -> str:
        """Let the provider answer; return the path of the callback, with its query."""
        try:
            with _opener.open(url, timeout=10):
                raise AssertionError("the provider sends the browser back")
        except urllib.error.HTTPError as error:
            location = error.headers["Location"]
            error.close()
        assert location.startswith(self.server.url), location
        return str(location.removeprefix(self.server.url))

    def log_in(self) -> Reply:
        """Log in at the provider; return the response to the callback."""
        return self.get(self.ask_provider(self.begin_login()))

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())} if self.cookies else {}

    def _keep(self, reply: Reply) -> Reply:
        for name, value, rest in re.findall(r"(__Host-[\w-]+)=([^;]*);([^,]*)", reply.headers.get("set-cookie", "")):
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return reply


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


_opener = urllib.request.build_opener(_NoRedirects)
