"""The service over the whole path: a batch goes in by parts, a worker answers it, and its own agency fetches that."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comity import recall
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases import job_worker
from comity.app.use_cases.file_marks import compute_file_mark
from comity.app.use_cases.job_worker import run_worker
from comity.app.use_cases.work_folder import BatchPlaces
from comity.errors import ComityError
from comity.law import load_law
from comity.orders import order_filings
from comity.signing import Ed25519Key
from comity.store.desk import jobs, uploads
from tests.support import postgres_server
from tests.support.api_client_key import TokenClient, enroll_client
from tests.support.api_service import ApiServer, Reply, make_settings, serve_api
from tests.support.batch_folders import make_row
from tests.support.postgres_server import PostgresServer
from tests.support.rule_cases import build_order
from tests.support.two_persons import JO, SAM
from tests.support.workspace import AUGUST_2025, Workspace, read_answers, request_about

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ROWS = [request_about(1), request_about(3, street2="Apt 7C"), request_about(2, case_number=""), request_about(4)]
ANSWER_FILES = ["answers.csv", "answers.json", "answers.json.jws", "receipt.tlog-proof", "letter.json"]


@dataclass
class Service:
    """A running service over a town's index, with two agencies' clients."""

    world: Workspace
    home: Home
    server: ApiServer
    client: TokenClient
    stranger: TokenClient
    patch: pytest.MonkeyPatch = field(repr=False)

    def work(self) -> int:
        """Do every job that is due."""
        return run_worker(self.server.settings, threading.Event(), until_idle=True)

    def submit(self, name: str, rows: Any = ROWS, *, part_bytes: int = 700, **manifest: Any) -> str:
        """Send a batch whole and submit it; return the operation."""
        folder = self.world.write_batch(name, rows, **manifest)
        assert self.put_manifest(folder).status == 201
        assert self.put_signature(folder).status == 200
        for number, part in enumerate(split_parts(folder, part_bytes), 1):
            assert self.put_part(name, number, part).status == 200
        reply = self.post(f"/v1/batches/{name}/submission", version=self.version_of(name))
        assert reply.status == 202, reply
        return str(reply.json["operation"])

    def put_manifest(self, folder: Path, version: str = "") -> Reply:
        headers = {"If-Match": version} if version else {}
        data = (folder / "batch.json").read_bytes()
        return self.client.send("PUT", f"/v1/batches/{folder.name}/manifest", data, headers)

    def put_signature(self, folder: Path) -> Reply:
        data = (folder / "batch.json.jws").read_bytes()
        return self.client.send("PUT", f"/v1/batches/{folder.name}/signature", data)

    def put_part(self, name: str, number: int, part: bytes, digest: str = "") -> Reply:
        path = f"/v1/batches/{name}/requests/parts/{number}"
        return self.client.send("PUT", path, part, {"Content-Digest": digest or digest_of(part)})

    def post(self, path: str, *, key: str = "", version: str = "", client: TokenClient | None = None) -> Reply:
        headers = {"Idempotency-Key": key or secrets.token_hex(16)} | ({"If-Match": version} if version else {})
        return (client or self.client).send("POST", path, headers=headers)

    def show(self, name: str) -> Any:
        reply = self.client.send("GET", f"/v1/batches/{name}")
        assert reply.status == 200, reply
        return reply.json

    def version_of(self, name: str) -> str:
        return self.client.send("GET", f"/v1/batches/{name}").headers["etag"]

    def fetch(self, name: str, out: Path) -> dict[str, tuple[str, str]]:
        """Fetch every file of a batch's answers; return the answers."""
        listed = self.client.send("GET", f"/v1/batches/{name}/answers")
        assert listed.status == 200, listed
        out.mkdir()
        for file in listed.json["files"]:
            reply = self.client.send("GET", f"/v1/batches/{name}/answers/{file['name']}")
            assert (reply.status, len(reply.body)) == (200, file["size"])
            assert hashlib.sha256(reply.body).hexdigest() == file["sha256"]
            (out / file["name"]).write_bytes(reply.body)
        return read_answers(out)

    def set_clock(self, at: Any) -> None:
        """Set the clock of service and worker, and let the clients begin again."""
        self.patch.setattr(clock, "now", lambda: at)
        for client in (self.client, self.stranger):
            client.token = ""
            client.log_in()


def split_parts(folder: Path, part_bytes: int) -> list[bytes]:
    data = (folder / "requests.csv").read_bytes()
    return [data[start : start + part_bytes] for start in range(0, len(data), part_bytes)]


def digest_of(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@pytest.fixture(scope="module")
def service(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the module."""
    with run_service(Workspace(tmp_path_factory.mktemp("service"), town.index, town.key)) as service:
        yield service


@contextmanager
def run_service(world: Workspace, dsn: str = "") -> Iterator[Service]:
    """Run a service on a day before the orders that hold every batch today; on PostgreSQL when a DSN is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: AUGUST_2025)
        home = world.open_home(dsn=dsn)
        key, other = enroll_client(home), enroll_client(home, requester="us-other")
        with serve_api(
            make_settings(world.root, index=world.index, requests_per_second=1000, max_open_uploads=20)
        ) as server:
            service = Service(world, home, server, TokenClient(server, key), TokenClient(server, other), patch)
            service.set_clock(AUGUST_2025)
            yield service


@pytest.fixture(scope="module")
def answered(service: Service) -> str:
    """A batch that was submitted and answered."""
    operation = service.submit("answered")
    service.work()
    assert service.client.send("GET", f"/v1/operations/{operation}").json["state"] == "done"
    return "answered"


def test_a_batch_goes_in_by_parts_and_its_answers_are_those_of_the_command(
    service: Service, town: Workspace, tmp_path: Path
) -> None:
    operation = service.submit("whole")
    waiting = service.client.send("GET", f"/v1/operations/{operation}")
    assert waiting.json == {"operation": operation, "kind": "verify", "batch_id": "whole", "state": "queued"}
    assert service.show("whole")["state"] == "received"
    assert service.client.send("GET", "/v1/batches/whole/answers").code == "not_answered"
    service.work()
    done = service.client.send("GET", f"/v1/operations/{operation}", headers={"Prefer": "wait=5"})
    assert done.headers["preference-applied"] == "wait=5"
    assert (done.json["state"], done.json["result"]) == ("done", {"state": "answered", "rules": []})
    assert service.show("whole")["state"] == "answered"
    by_api = service.fetch("whole", tmp_path / "fetched")
    calm = Workspace(tmp_path, town.index, town.key)
    _, by_command = calm.verify_batch(calm.write_batch("calm", ROWS))
    assert by_api == by_command
    assert {code for code, _ in by_api.values()} == {"CONFIRMED", "NOT_CONFIRMED", "REFUSED"}
    assert set(ANSWER_FILES) <= {path.name for path in (tmp_path / "fetched").iterdir()}


def test_one_client_cannot_take_every_connection_by_waiting(service: Service) -> None:
    operation = service.submit("waited-for", [request_about(4, tax_year="2022")])
    path, replies = f"/v1/operations/{operation}", []

    def wait(proof: str) -> None:
        replies.append(service.client.send("GET", path, headers={"Prefer": "wait=3"}, proof=proof))

    proofs = [service.client.make_proof("GET", path) for _ in range(10)]
    threads = [threading.Thread(target=wait, args=(proof,)) for proof in proofs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 10
    assert sum("preference-applied" in reply.headers for reply in replies) == 8
    again = service.client.send("GET", path, headers={"Prefer": "wait=1"})
    assert again.headers["preference-applied"] == "wait=1", "places are free again"
    service.work()


def test_a_job_about_a_batch_that_was_begun_again_touches_nothing(service: Service) -> None:
    folder = service.world.write_batch("restarted", ROWS)
    service.put_manifest(folder)
    service.put_signature(folder)
    for number, part in enumerate(split_parts(folder, 700), 1):
        service.put_part("restarted", number, part)
    operation = service.post("/v1/batches/restarted/lint").json["operation"]
    folder = service.world.write_batch("restarted", ROWS[:1])
    assert service.put_manifest(folder, service.version_of("restarted")).status == 200
    service.work()
    reply = service.client.send("GET", f"/v1/operations/{operation}").json
    assert (reply["state"], reply["problem"]) == ("failed", "/problems/version_changed")
    assert service.show("restarted")["state"] == "receiving"


def test_a_clock_that_was_set_back_gives_no_answer(service: Service, answered: str) -> None:
    path, earlier = f"/v1/batches/{answered}/answers/answers.csv", AUGUST_2025 - timedelta(days=2)
    assert service.client.send("GET", path).status == 200
    service.set_clock(earlier)
    try:
        assert service.client.send("GET", path).code == "not_answered"
    finally:
        service.set_clock(AUGUST_2025)
    with bootstrap.open_store(service.home) as store, pytest.raises(ComityError) as refused:
        compute_file_mark(store, "irs-ice-2025", at=earlier)
    assert refused.value.code == "clock_behind"


def test_the_control_database_may_be_on_a_server(town: Workspace, tmp_path: Path, postgresql: PostgresServer) -> None:
    dsn = postgres_server.create_fresh_database(postgresql)
    with run_service(Workspace(tmp_path, town.index, town.key), dsn) as service:
        service.submit("remote", [request_about(1)])
        assert service.work() == 1
        assert {code for code, _ in service.fetch("remote", tmp_path / "fetched").values()} == {"CONFIRMED"}
        assert service.server.send("GET", "/readyz").json["ready"] is True
    assert not (tmp_path / "home" / "control.db").exists()


def test_manifest_and_signature_come_first_and_are_checked(service: Service) -> None:
    folder = service.world.write_batch("ordered", ROWS)
    part = split_parts(folder, 700)[0]
    assert service.put_part("ordered", 1, part).code == "not_found"
    assert service.put_signature(folder).code == "not_found"
    assert service.put_manifest(folder).status == 201
    early = service.put_part("ordered", 1, part)
    assert (early.status, early.code) == (409, "upload_unordered")
    submission = service.post("/v1/batches/ordered/submission", version=service.version_of("ordered"))
    assert submission.code == "upload_unordered"
    data = (folder / "batch.json.jws").read_bytes()
    for wrong in (b"", b"x", data[:-3] + b"AA\n", data.replace(b"..", b".e30.")):
        reply = service.client.send("PUT", "/v1/batches/ordered/signature", wrong)
        assert (reply.status, reply.code) == (403, "batch_unsigned")
    assert service.put_signature(folder).json["signed"] is True
    assert service.put_part("ordered", 1, part).status == 200


def test_a_signature_of_a_key_that_is_not_on_file_is_refused(service: Service, tmp_path: Path) -> None:
    stranger = Workspace(tmp_path, service.world.index, Ed25519Key.generate_key("Ed25519"))
    folder = stranger.write_batch("unregistered", ROWS)
    assert service.put_manifest(folder).status == 201
    reply = service.put_signature(folder)
    assert (reply.status, reply.code) == (403, "signer_unregistered")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "batch_unreadable"),
        (b"{}", "batch_unreadable"),
        (b"\xff", "batch_unreadable"),
        (b"[" * 100_000, "batch_unreadable"),
        (b'{"batch_id": "Maria Testcase"}', "batch_unreadable"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused_without_its_values(service: Service, data: bytes, code: str) -> None:
    reply = service.client.send("PUT", "/v1/batches/unread/manifest", data)
    assert (reply.status, reply.code) == (400, code)
    assert b"Maria" not in reply.body


def test_a_manifest_of_another_batch_or_agency_is_refused(service: Service) -> None:
    folder = service.world.write_batch("elsewhere", ROWS)
    data = (folder / "batch.json").read_bytes()
    assert service.client.send("PUT", "/v1/batches/another/manifest", data).code == "manifest_refused"
    assert service.stranger.send("PUT", "/v1/batches/elsewhere/manifest", data).code == "manifest_refused"


def test_another_agencys_batch_is_what_does_not_exist(service: Service, answered: str) -> None:
    operation = service.post(f"/v1/batches/{answered}/submission", version='"' + "0" * 32 + '"').json["operation"]
    assert service.client.send("GET", f"/v1/operations/{operation}").status == 200
    paths = [f"/v1/batches/{answered}{rest}" for rest in ("", "/manifest", "/signature", "/parts", "/answers")]
    paths += [f"/v1/batches/{answered}/answers/{name}" for name in ANSWER_FILES]
    for path in [*paths, f"/v1/operations/{operation}"]:
        own, other = service.client.send("GET", path), service.stranger.send("GET", path)
        missing = service.stranger.send("GET", path.replace(answered, "none").replace(operation, "none"))
        assert own.status == 200, path
        assert (other.status, other.code) == (404, "not_found"), path
        assert {k: v for k, v in other.json.items() if k != "instance"} == {
            k: v for k, v in missing.json.items() if k != "instance"
        }
    for path in (f"/v1/batches/{answered}/submission", f"/v1/batches/{answered}/lint"):
        assert service.post(path, version='"' + "0" * 32 + '"', client=service.stranger).status == 404
    assert service.stranger.send("GET", "/v1/batches").json == {"batches": [], "next": None}


def test_parts_come_in_any_order_and_gaps_are_listed(service: Service) -> None:
    folder = service.world.write_batch("gaps", ROWS)
    service.put_manifest(folder)
    service.put_signature(folder)
    parts = split_parts(folder, 200)
    assert len(parts) > 4
    for number in (4, 1):
        service.put_part("gaps", number, parts[number - 1])
    listed = service.client.send("GET", "/v1/batches/gaps/parts").json
    assert listed["gaps"] == [2, 3]
    assert [(part["number"], part["sha256"]) for part in listed["parts"]] == [
        (number, hashlib.sha256(parts[number - 1]).hexdigest()) for number in (1, 4)
    ]
    reply = service.post("/v1/batches/gaps/submission", version=service.version_of("gaps"))
    assert (reply.status, reply.code) == (409, "upload_incomplete")
    assert "2, 3" in reply.json["detail"]
    for number, part in enumerate(parts[:-1], 1):
        service.put_part("gaps", number, part)
    short = service.post("/v1/batches/gaps/submission", version=service.version_of("gaps"))
    assert (short.status, short.code) == (422, "digest_differs")
    service.put_part("gaps", len(parts), parts[-1])
    assert service.post("/v1/batches/gaps/submission", version=service.version_of("gaps")).status == 202


def test_a_part_is_what_its_digest_says_or_is_not_stored(service: Service) -> None:
    folder = service.world.write_batch("digests", ROWS)
    service.put_manifest(folder)
    service.put_signature(folder)
    part = split_parts(folder, 700)[0]
    for digest, status, code in (
        (digest_of(b"other"), 422, "digest_differs"),
        ("x", 400, "digest_missing"),
        ("sha-512=:AAAA:", 400, "digest_missing"),
        (f"{digest_of(part)}, {digest_of(part)}", 400, "digest_missing"),
    ):
        reply = service.put_part("digests", 1, part, digest)
        assert (reply.status, reply.code) == (status, code)
    assert service.client.send("GET", "/v1/batches/digests/parts").json == {"parts": [], "gaps": []}
    assert list(service.server.settings.work_folder.rglob("*.part")) == []
    for number in (0, 10_001, 10**30):
        assert service.put_part("digests", number, part).status == 400
    assert service.put_part("digests", 1, bytes(16 * 2**20 + 1)).code == "too_large"


def test_what_was_submitted_is_not_changed_any_more(service: Service, answered: str) -> None:
    folder = service.world.root / answered
    assert service.put_manifest(folder).status == 200, "the same again changes nothing"
    assert service.put_signature(folder).code == "upload_submitted"
    assert service.put_part(answered, 1, b"x").code == "upload_submitted"
    changed = json.loads((folder / "batch.json").read_text()) | {"created_at": "2025-07-02T12:00:00Z"}
    path, data = f"/v1/batches/{answered}/manifest", json.dumps(changed).encode()
    reply = service.client.send("PUT", path, data, {"If-Match": service.version_of(answered)})
    assert (reply.status, reply.code) == (409, "upload_submitted")


def test_a_change_names_the_version_that_its_caller_saw(service: Service) -> None:
    folder = service.world.write_batch("versions", ROWS)
    service.put_manifest(folder)
    first = service.version_of("versions")
    assert service.client.send("GET", "/v1/batches/versions", headers={"If-None-Match": first}).status == 304
    service.put_signature(folder)
    folder = service.world.write_batch("versions", ROWS[:2])
    assert service.put_manifest(folder).code == "version_missing"
    stale = service.put_manifest(folder, first)
    assert (stale.status, stale.code) == (412, "version_changed")
    for wrong in ("*", 'W/"x"', f"{first}, {first}", "x"):
        assert service.put_manifest(folder, wrong).code == "request_invalid"
    renewed = service.put_manifest(folder, service.version_of("versions"))
    assert (renewed.status, renewed.json["signed"]) == (200, False)
    assert service.post("/v1/batches/versions/submission").code == "version_missing"


def test_a_post_sent_twice_with_one_key_is_done_once(service: Service) -> None:
    service.submit("once")
    folder = service.world.root / "once"
    assert folder.is_dir()
    version, key = service.version_of("once"), secrets.token_hex(16)
    first = service.post("/v1/batches/once/submission", key=key, version=version)
    assert (first.status, first.headers["location"]) == (202, f"/v1/operations/{first.json['operation']}")
    again = service.post("/v1/batches/once/submission", key=key, version=version)
    assert (again.status, again.body) == (202, first.body)
    other = service.post("/v1/batches/once/lint", key=key)
    assert (other.status, other.code) == (422, "key_reused")
    for wrong in ("", "short", "x" * 200, "sp ace spaced"):
        reply = service.client.send("POST", "/v1/batches/once/submission", headers={"Idempotency-Key": wrong})
        assert (reply.status, reply.code) == (400, "key_missing")
    failed = service.post("/v1/batches/none/submission", key=key + "x", version=version)
    assert failed.code == "not_found"
    assert service.post("/v1/batches/once/submission", key=key + "x", version=version).status == 202


def test_a_batch_is_linted_before_it_is_submitted(service: Service) -> None:
    folder = service.world.write_batch("linted", [*ROWS, make_row(request_id="q9", statute="", last_name="Secretname")])
    service.put_manifest(folder)
    service.put_signature(folder)
    assert service.post("/v1/batches/linted/lint").code == "upload_incomplete"
    for number, part in enumerate(split_parts(folder, 700), 1):
        service.put_part("linted", number, part)
    operation = service.post("/v1/batches/linted/lint").json["operation"]
    service.work()
    reply = service.client.send("GET", f"/v1/operations/{operation}")
    assert (reply.json["kind"], reply.json["state"]) == ("lint", "done")
    assert "r04_criminal_statute" in json.dumps(reply.json["result"])
    assert b"Secretname" not in reply.body
    assert service.show("linted")["state"] == "receiving"


def test_batches_are_listed_by_pages(service: Service, answered: str) -> None:
    first = service.client.send("GET", "/v1/batches?limit=2").json
    assert len(first["batches"]) == 2
    names, cursor = [one["batch_id"] for one in first["batches"]], first["next"]
    while cursor:
        page = service.client.send("GET", f"/v1/batches?limit=2&cursor={cursor}").json
        names += [one["batch_id"] for one in page["batches"]]
        cursor = page["next"]
    assert answered in names
    assert len(names) == len(set(names)) > 3
    for query in ("limit=0", "limit=201", "limit=x", "cursor=x", "cursor=MQ", "cursor=%00", "cursor=LTE="):
        reply = service.client.send("GET", f"/v1/batches?{query}")
        assert (reply.status, reply.code) == (400, "request_invalid"), query


def test_the_published_ledger_is_for_anybody(service: Service, answered: str) -> None:
    assert answered
    checkpoint = service.server.send("GET", "/v1/ledger/checkpoint")
    assert checkpoint.body.startswith(service.home.origin.encode())
    size = int(checkpoint.body.splitlines()[1])
    tile = service.server.send("GET", f"/v1/ledger/tile/0/000.p/{size}")
    assert (tile.status, len(tile.body)) == (200, 32 * size)
    assert tile.headers["cache-control"].startswith("public")
    assert service.server.send("GET", f"/v1/ledger/tile/entries/000.p/{size}").status == 200
    for path in (
        "../checkpoint",
        "0/000/../../../../home/home.json",
        "..%2f..%2fhome%2fhome.json",
        "64/000",
        "0/1",
        "x",
    ):
        assert service.server.send("GET", f"/v1/ledger/tile/{path}").status == 404


def test_an_order_that_comes_before_the_answers_are_fetched_holds_them_until_it_ends(
    service: Service, tmp_path: Path
) -> None:
    service.submit("overtaken", [request_about(8)])
    service.work()
    before = service.fetch("overtaken", tmp_path / "before")
    assert {code for code, _ in before.values()} == {"CONFIRMED"}
    answers = BatchPlaces(service.server.settings.work_folder, "us-dhs-ice", "overtaken").answers
    order: dict[str, Any] = {"id": "X1", "dated": AUGUST_2025.date(), "instruments": ["tro"]}
    order = build_order({**order, "binds": ["irs"], "prohibits": ["disclose"]})
    shipped = load_law()
    with bootstrap.open_store(service.home) as store:
        order_filings.enter_order(store, order, JO, law=shipped, at=AUGUST_2025)
        reply = service.client.send("GET", "/v1/batches/overtaken/answers/answers.csv")
        assert (reply.status, reply.code) == (503, "delivery_rechecked")
        assert b"CONFIRMED" not in reply.body
        assert int(reply.headers["retry-after"]) > 0
        service.work()
        assert service.show("overtaken")["state"] == "held"
        assert service.client.send("GET", "/v1/batches/overtaken/answers/answers.csv").code == "not_answered"
        assert not answers.exists()
        assert service.work() == 0, "nothing on file has changed"
        for person in (SAM, JO):
            order_filings.withdraw_order(store, "X1", person, law=shipped, at=AUGUST_2025)
            service.work()
    assert service.show("overtaken")["state"] == "answered"
    assert service.fetch("overtaken", tmp_path / "after") == before


def test_what_is_recalled_is_not_fetched_any_more_and_its_notice_is(service: Service) -> None:
    service.submit("asked-back", [request_about(6)])
    service.work()
    assert service.client.send("GET", "/v1/batches/asked-back/answers/answers.csv").status == 200
    with bootstrap.open_store(service.home) as store:
        issued = recall.issue_recall(
            store,
            load_law(),
            recall.RecallCriteria(rule="a07_number_and_street"),
            reason="The rule read these addresses wrongly.",
            at=AUGUST_2025,
            acknowledge_by=AUGUST_2025.date(),
            certify_by=AUGUST_2025.date(),
        )
    assert service.show("asked-back")["state"] == "recalled"
    assert service.client.send("GET", "/v1/batches/asked-back/answers/answers.csv").code == "delivery_rechecked"
    service.work()
    assert service.client.send("GET", "/v1/batches/asked-back/answers/answers.csv").code == "not_answered"
    assert service.show("asked-back")["state"] == "recalled"
    listed = service.client.send("GET", "/v1/recalls").json["recalls"]
    assert [(one["recall"], one["recipient"]) for one in listed] == [(issued.recall_id, "us-dhs-ice")]
    path = f"/v1/recalls/{issued.recall_id}/notice"
    notice = service.client.send("GET", f"{path}/notice.json").json
    rows = service.client.send("GET", f"{path}/affected.csv").body
    assert notice["affected_sha256"] == hashlib.sha256(rows).hexdigest()
    assert service.client.send("GET", f"{path}/notice.json.jws").body.count(b".") == 2
    assert service.stranger.send("GET", "/v1/recalls").json == {"recalls": []}
    assert service.stranger.send("GET", f"{path}/notice.json").code == "not_found"
    assert service.client.send("GET", f"{path}/..%2fnotice.json").code == "not_found"


def test_a_batch_with_another_content_under_a_name_that_is_on_file_is_refused(service: Service, answered: str) -> None:
    settings, places = service.server.settings, BatchPlaces
    with bootstrap.open_desk(service.home) as desk, desk.begin() as connection:
        upload = uploads.find_upload(connection, "us-dhs-ice", answered)
        assert upload is not None
        uploads.delete_upload(connection, upload)
    places(settings.work_folder, "us-dhs-ice", answered).erase()
    operation = service.submit(answered, [request_about(5)])
    service.work()
    reply = service.client.send("GET", f"/v1/operations/{operation}").json
    assert (reply["state"], reply["problem"]) == ("failed", "/problems/batch_conflict")
    shown = service.show(answered)
    assert (shown["state"], shown["problem"]) == ("refused", "/problems/batch_conflict")
    assert service.client.send("GET", f"/v1/batches/{answered}/answers").code == "not_answered"


def test_a_result_is_seen_at_its_tick_and_not_before(service: Service) -> None:
    operation = service.submit("ticked", [request_about(7)])
    late = AUGUST_2025 + timedelta(seconds=2)
    service.set_clock(late)
    try:
        service.work()
        assert service.client.send("GET", f"/v1/operations/{operation}").json["state"] == "running"
        assert service.show("ticked")["state"] == "in_progress"
        assert service.client.send("GET", "/v1/batches/ticked/answers").code == "not_answered"
        service.set_clock(AUGUST_2025 + timedelta(seconds=5))
        assert service.client.send("GET", f"/v1/operations/{operation}").json["state"] == "done"
    finally:
        service.set_clock(AUGUST_2025 + timedelta(seconds=5))
    assert service.show("ticked")["state"] == "answered"


def test_what_nobody_submits_is_forgotten_with_its_files(service: Service) -> None:
    folder = service.world.write_batch("abandoned", ROWS)
    service.put_manifest(folder)
    places = BatchPlaces(service.server.settings.work_folder, "us-dhs-ice", "abandoned")
    assert places.batch.is_dir()
    service.set_clock(AUGUST_2025 + timedelta(days=8))
    service.work()
    assert service.client.send("GET", "/v1/batches/abandoned").code == "not_found"
    assert not places.batch.exists()


def test_a_job_that_fails_is_tried_again_later_and_then_waits_for_a_person(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    operation = service.submit("unlucky", [request_about(5)])

    def fail(*_: Any, **__: Any) -> None:
        raise ComityError("index_unavailable", "The index is being moved.")

    with monkeypatch.context() as broken:
        broken.setattr(job_worker, "verify_batch_folder", fail)
        for attempt in range(jobs.MAX_ATTEMPTS + 1):
            service.set_clock(now + timedelta(hours=attempt))
            assert service.work() == (attempt < jobs.MAX_ATTEMPTS)
            assert service.work() == 0, "not at once"
    assert service.client.send("GET", f"/v1/operations/{operation}").json["state"] == "running"
    assert job_worker.count_jobs(service.server.settings)["stuck"] == 1
    assert "stuck" not in job_worker.count_jobs(service.server.settings, retry_stuck=True)
    service.work()
    assert service.show("unlucky")["state"] == "answered"


def test_an_agency_has_so_many_open_batches_and_no_more(service: Service) -> None:
    limit = service.server.settings.max_open_uploads
    replies = [service.put_manifest(service.world.write_batch(f"open-{n}", ROWS[:1])) for n in range(limit + 1)]
    assert [reply.status for reply in replies] == [201] * limit + [429]
    assert replies[-1].code == "too_many_uploads"
