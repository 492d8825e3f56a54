"""The requester's side of the service: from a signed folder to verified answers, by commands, over the API alone."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity import law, pipeline, recall
from comity.app import bootstrap, clock, service_client
from comity.app.home import Home
from comity.app.service_client import ServiceClient, ServiceReply
from comity.app.use_cases import client_batches
from comity.app.use_cases.job_worker import run_worker
from comity.app.use_cases.received_answers import choose_custodian_keys
from comity.errors import ComityError, ServiceError
from comity.ledger import log
from comity.signing import Ed25519Key, create_signing_key, key_thumbprint
from comity.store import batches
from tests.support.api_client_key import enroll_client
from tests.support.api_service import ApiServer, make_settings, serve_api
from tests.support.two_persons import run_command
from tests.support.workspace import AUGUST_2025, Workspace, read_answers, request_about

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass
class Office:
    """An agency's office with its system's key, beside a running service."""

    world: Workspace
    home: Home
    server: ApiServer
    key: Path

    def run(self, command: str, *arguments: str) -> int:
        """Run a command of the client; return its exit code."""
        return run_command("client", command, *arguments, "--url", self.server.url, "--key", str(self.key))

    def open_client(self) -> ServiceClient:
        """Return a client of its own."""
        return ServiceClient(self.server.url, self.load_key())

    def load_key(self) -> Ed25519Key:
        return Ed25519Key.import_key(self.key.read_bytes())

    def work(self) -> None:
        """Let the service do what is due."""
        run_worker(self.server.settings, threading.Event(), until_idle=True)

    def list_keys(self) -> list[str]:
        """Return the options that name the custodian's keys, as the agency knows them from elsewhere."""
        answers_key = key_thumbprint(self.home.keys.load_signing_key("answers"))
        vkey = bootstrap.load_key_ring(self.home).verifier.to_text()
        return ["--answers-key", answers_key, "--log-key", vkey]


@pytest.fixture(scope="module")
def office(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office and one service for the module, on a day before the orders that hold every batch today."""
    world = Workspace(tmp_path_factory.mktemp("client"), town.index, town.key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: AUGUST_2025)
        patch.setattr(client_batches, "_SECONDS_BETWEEN_LOOKS", 0.05)
        home, key = world.open_home(), world.root / "system.key"
        enroll_client(home, key=create_signing_key(key))
        with serve_api(make_settings(world.root, index=town.index, requests_per_second=1000)) as server:
            yield Office(world, home, server, key)


@pytest.fixture(scope="module")
def fetched(office: Office) -> Path:
    """The answers of a batch that went the whole way by commands."""
    rows = [request_about(1), request_about(3, street2="Apt 7C"), request_about(2, case_number="")]
    batch, out = office.world.write_batch("whole", rows), office.world.root / "answers"
    assert office.run("submit", str(batch)) == 0
    assert office.run("follow", "whole", "--seconds", "0") == 4, "nobody has worked yet"
    office.work()
    assert office.run("follow", "whole") == 0
    assert office.run("fetch", "whole", "--out", str(out)) == 0
    return out


def verify(office: Office, answers: Path, folder: Path, *keys: str) -> int:
    """Verify answers by command, with the given keys, and a copy of the ledger in a folder."""
    kept = ["--keys", str(folder / "none.json"), "--ledger", str(folder / "ledger")]
    return office.run("verify", str(answers), *kept, *(keys or office.list_keys()))


def test_a_signed_folder_becomes_verified_answers(
    office: Office, fetched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {code for code, _ in read_answers(fetched).values()} == {"CONFIRMED", "NOT_CONFIRMED", "REFUSED"}
    assert verify(office, fetched, tmp_path) == 0
    assert "1 folder of answers, with its receipt, agrees with the log" in capsys.readouterr().out
    assert (tmp_path / "ledger" / "checkpoint").read_text().startswith(office.home.origin)
    assert fetched.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in fetched.iterdir()), "for their owner alone"


@pytest.mark.parametrize("name", ["answers.csv", "answers.json", "answers.json.jws", "receipt.tlog-proof"])
def test_answers_that_were_changed_do_not_verify(office: Office, fetched: Path, tmp_path: Path, name: str) -> None:
    changed = shutil.copytree(fetched, tmp_path / "changed")
    text = (changed / name).read_bytes()
    (changed / name).write_bytes(text.replace(b"NOT_CONFIRMED", b"CONFIRMED") if name == "answers.csv" else text[:-9])
    assert verify(office, changed, tmp_path) in {2, 5}


def test_keys_that_only_the_service_vouches_for_are_not_taken(office: Office, fetched: Path, tmp_path: Path) -> None:
    other = key_thumbprint(Ed25519Key.generate_key("Ed25519"))
    own = office.list_keys()
    assert verify(office, fetched, tmp_path, "--answers-key", other, *own[2:]) == 5
    with pytest.raises(ComityError, match="No keys of the custodian are kept"):
        choose_custodian_keys(fetched, tmp_path / "keys.json", answers_key="", log_key="")


def test_an_upload_that_broke_off_goes_on_where_it_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = office.world.write_batch("broken", [request_about(4), request_about(5), request_about(6)])
    client, request = office.open_client(), ServiceClient.request
    sent: list[str] = []

    def break_off(self: ServiceClient, method: str, path: str, *rest: Any) -> ServiceReply:
        if "/requests/parts/" in path:
            if len(sent) == 2:
                raise ServiceError("service_unreachable", "The connection broke off.")
            sent.append(path)
        return request(self, method, path, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(ServiceClient, "request", break_off)
        with pytest.raises(ServiceError, match="broke off"):
            client_batches.submit_folder(client, batch, part_bytes=200)
    finished = client_batches.submit_folder(office.open_client(), batch, part_bytes=200)
    assert finished.part_count > 4
    assert finished.sent_parts == finished.part_count - 2
    again = client_batches.submit_folder(office.open_client(), batch, part_bytes=200)
    assert (again.operation, again.sent_parts) == (finished.operation, 0)


def test_a_folder_that_was_signed_again_replaces_what_was_sent(office: Office) -> None:
    batch = office.world.write_batch("renewed", [request_about(7)])
    office.open_client().request("PUT", "/v1/batches/renewed/manifest", (batch / "batch.json").read_bytes())
    batch = office.world.write_batch("renewed", [request_about(8)])
    assert client_batches.submit_folder(office.open_client(), batch).sent_parts == 1
    batch = office.world.write_batch("renewed", [request_about(1)])
    with pytest.raises(ServiceError) as refused:
        client_batches.submit_folder(office.open_client(), batch)
    assert refused.value.code == "upload_submitted"


def test_a_file_that_is_not_what_was_listed_is_not_written(
    office: Office, fetched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetched.is_dir()
    monkeypatch.setattr(ServiceClient, "download", lambda *_: "0" * 64)
    with pytest.raises(ComityError) as refused:
        client_batches.fetch_answers(office.open_client(), "whole", tmp_path / "out")
    assert refused.value.code == "proof_invalid"
    assert list(tmp_path.iterdir()) == []


def test_answers_overwrite_nothing(office: Office, fetched: Path) -> None:
    assert office.run("fetch", "whole", "--out", str(fetched)) == 2


def test_errors_of_the_service_end_the_command_as_the_table_says(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.run("follow", "none") == 2
    assert "The agency has no batch of that id here." in capsys.readouterr().err
    create_signing_key(tmp_path / "stranger.key")
    unknown = ["--url", office.server.url, "--key", str(tmp_path / "stranger.key")]
    assert run_command("client", "follow", "none", *unknown) == 3
    assert "two persons registered the key" in capsys.readouterr().err
    away = ["--url", "http://127.0.0.1:9", "--key", str(office.key)]
    assert run_command("client", "follow", "none", *away) == 1


@pytest.mark.parametrize(
    "url", ["http://comity.example", "https://comity.example/v1", "comity.example", "ftp://127.0.0.1", "https://"]
)
def test_a_service_elsewhere_is_spoken_to_over_tls_alone(office: Office, url: str) -> None:
    with pytest.raises(ComityError) as refused:
        ServiceClient(url, office.load_key())
    assert refused.value.code == "bad_argument"


def test_what_a_service_says_is_shown_without_control_characters() -> None:
    body = json.dumps({"type": "/problems/not_found", "detail": "\x1b[2Jgone\u202e\n", "hint": "x" * 10_000}).encode()
    error = service_client._to_error(ServiceReply(404, {}, body))
    assert (error.code, error.message) == ("not_found", "The service says: [2Jgone")
    assert len(error.hint) == 500
    for odd in (b"", b"[]", b"\xff", b'{"type": 7}', b'{"type": "/problems/none_of_ours"}'):
        assert service_client._to_error(ServiceReply(500, {}, odd)).code == "service_unreachable"


def count_entries(office: Office) -> int:
    with bootstrap.open_store(office.home) as store, store.read() as tx:
        return log.tree_size(tx)


def is_answered(office: Office, name: str) -> bool:
    with bootstrap.open_store(office.home) as store, store.read() as tx:
        stored = batches.find(tx, "us-dhs-ice", name)
    return stored is not None and stored.status == batches.ANSWERED


def test_a_batch_is_withdrawn_before_it_is_answered(office: Office) -> None:
    office.work()
    batch = office.world.write_batch("regretted", [request_about(5, case_number="C-77")])
    operation = client_batches.submit_folder(office.open_client(), batch).operation
    size = count_entries(office)
    assert office.run("withdraw", operation) == 0
    assert office.run("follow", "regretted") == 3, "refused"
    assert count_entries(office) == size + 1, "it is accounted"
    office.work()
    assert not is_answered(office, "regretted")
    assert count_entries(office) == size + 1
    assert office.run("withdraw", operation) == 3, "it has ended"
    assert office.run("withdraw", "none") == 2
    shown = office.open_client().request("GET", "/v1/batches/regretted").content
    assert (shown["state"], shown["problem"]) == ("refused", "/problems/request_withdrawn")
    again = client_batches.submit_folder(office.open_client(), batch)
    assert again.operation != operation
    office.work()
    assert is_answered(office, "regretted"), "sent again, it is wanted after all"
    assert office.run("withdraw", again.operation) == 3


@pytest.mark.parametrize("stage", ["judge", "match", "decide", "release"])
def test_what_is_withdrawn_while_a_worker_is_at_it_is_not_released(
    office: Office, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"late-{stage}"
    batch = office.world.write_batch(name, [request_about(8, case_number=f"C-{stage}")])
    operation = client_batches.submit_folder(office.open_client(), batch).operation
    run_stage, client = getattr(pipeline.Verification, stage), office.open_client()

    def withdraw_first(self: Any, *rest: Any) -> Any:
        client.request("DELETE", f"/v1/operations/{operation}")
        return run_stage(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Verification, stage, withdraw_first)
        office.work()
    assert not is_answered(office, name)
    shown = office.open_client().request("GET", f"/v1/batches/{name}").content
    assert (shown["state"], shown["problem"]) == ("refused", "/problems/request_withdrawn")


def test_a_recall_is_acknowledged_by_an_office(office: Office, fetched: Path, tmp_path: Path) -> None:
    assert fetched.is_dir()
    with bootstrap.open_store(office.home) as store:
        issued = recall.issue_recall(
            store,
            law.load_law(),
            recall.RecallCriteria(rule="a07_number_and_street"),
            reason="The rule read these addresses wrongly.",
            at=AUGUST_2025,
            acknowledge_by=AUGUST_2025.date(),
            certify_by=AUGUST_2025.date(),
        )
    office_key = tmp_path / "office.key"
    office_key.write_bytes(office.world.key.as_pem(private=True))
    office_key.chmod(0o600)
    assert office.run("acknowledge", issued.recall_id, "--office-key", str(office.key)) == 3, "the system is no office"
    size = count_entries(office)
    assert office.run("acknowledge", issued.recall_id, "--office-key", str(office_key)) == 0
    assert office.run("acknowledge", issued.recall_id, "--office-key", str(office_key)) == 0, "the same again"
    assert count_entries(office) == size + 1
    (listed,) = office.open_client().request("GET", "/v1/recalls").content["recalls"]
    assert listed["acknowledged_on"] == AUGUST_2025.date().isoformat()
    assert office.run("acknowledge", "recall-0123456789abcdef", "--office-key", str(office_key)) == 2
