"""RFC 3161 timestamps, from an authority that the test runs with openssl."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.errors import LedgerError
from comity.ledger import log
from comity.tlog.timestamp import QUERY_CONTENT_TYPE, load_root_certificates, open_timestamp, request_timestamp
from tests.support.sample_ledger import RECORDED_AT, SIGNER, make_hold_entries, open_store

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """A root and a time-stamping certificate in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("root", "tsa"):
            (folder / f"{name}.cnf").write_text(CONFIG.format(name=f"Synthetic {name}", folder=folder))
        (folder / "serial").write_text("01\n")
        new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]
        self.openssl(
            *new,
            "-x509",
            "-days",
            "3650",
            "-config",
            "root.cnf",
            "-extensions",
            "ca",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
        )
        self.openssl(*new, "-config", "tsa.cnf", "-keyout", "tsa.key", "-out", "tsa.csr")
        signing = ["-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days", "3650", "-sha256"]
        self.openssl(
            "x509", "-req", "-in", "tsa.csr", *signing, "-extfile", "tsa.cnf", "-extensions", "tsa", "-out", "tsa.pem"
        )

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def post(self, url: str, body: bytes, content_type: str) -> tuple[int, bytes]:
        assert (url, content_type) == ("http://tsa.example/", QUERY_CONTENT_TYPE)
        (self.folder / "q.tsq").write_bytes(body)
        keys = ["-inkey", "tsa.key", "-signer", "tsa.pem"]
        self.openssl(
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-section",
            "tsa_config",
            "-queryfile",
            "q.tsq",
            *keys,
            "-out",
            "r.tsr",
        )
        return 200, (self.folder / "r.tsr").read_bytes()

    @property
    def roots(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()


@pytest.fixture(name="authority", scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(name="note")
def _note(tmp_path: Path) -> bytes:
    store = open_store(tmp_path)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(3), at=RECORDED_AT)
    return log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT).encode()


URL = "http://tsa.example/"


def test_request_timestamp__returns_a_response_that_openssl_verifies(authority: Authority, note: bytes) -> None:
    roots = load_root_certificates(authority.roots)
    response = request_timestamp(note, URL, roots, authority.post)
    stamped_at = open_timestamp(note, response, roots)
    assert abs(stamped_at - datetime.now(UTC)) < timedelta(minutes=5)
    (authority.folder / "note").write_bytes(note)
    (authority.folder / "kept.tsr").write_bytes(response)
    authority.openssl("ts", "-verify", "-data", "note", "-in", "kept.tsr", "-CAfile", "root.pem")  # others agree


def test_open_timestamp__refuses_another_checkpoint_root_or_response(
    authority: Authority, note: bytes, tmp_path: Path
) -> None:
    roots = load_root_certificates(authority.roots)
    response = request_timestamp(note, URL, roots, authority.post)
    other = load_root_certificates(Authority(tmp_path / "other").roots)
    middle = len(response) // 2
    for checkpoint, stamp, trusted in (
        (note.replace(b"\n3\n", b"\n4\n"), response, roots),
        (note, response, other),
        (note, response[:-1], roots),
        (note, response[:middle] + bytes([response[middle] ^ 1]) + response[middle + 1 :], roots),
        (note, b"", roots),
    ):
        with pytest.raises(LedgerError) as refused:
            open_timestamp(checkpoint, stamp, trusted)
        assert refused.value.code == "proof_invalid"


def test_request_timestamp__refuses_a_replayed_response(authority: Authority, note: bytes) -> None:
    roots = load_root_certificates(authority.roots)
    old = request_timestamp(note, URL, roots, authority.post)
    with pytest.raises(LedgerError, match="does not verify"):
        request_timestamp(note, URL, roots, lambda *_: (200, old))


@pytest.mark.parametrize("reply", [(500, b""), (200, b""), (200, b"nonsense")])
def test_request_timestamp__raises_when_the_authority_does_not_stamp(
    authority: Authority, note: bytes, reply: tuple[int, bytes]
) -> None:
    with pytest.raises(LedgerError):
        request_timestamp(note, URL, load_root_certificates(authority.roots), lambda *_: reply)


def test_load_root_certificates__raises_when_they_cannot_be_read() -> None:
    with pytest.raises(LedgerError, match="root certificates"):
        load_root_certificates(b"nothing of the kind")
