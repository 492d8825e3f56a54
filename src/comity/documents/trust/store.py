"""The user's trust folder: certificates and revocation lists, each with its source and the day of import.

    TRUST/certificates/<sha256>.der   TRUST/revocation-lists/<sha256>.der   TRUST/sources.jsonl

Guarantees: what is imported is verified first and written whole or not at all; a file whose content does not have the
hash in its name is refused when the folder is loaded.
Start at `import_file` and `load_trust`.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem

from comity.documents.trust.certificate import Certificate, CertificateFault, parse_certificate
from comity.documents.trust.crl import RevocationList, RevocationListFault, parse_crl
from comity.documents.trust.master_list import TrustFault, open_master_list
from comity.documents.trust.path import Trust
from comity.model.finding import Outcome

CERTIFICATES, REVOCATION_LISTS, SOURCES = "certificates", "revocation-lists", "sources.jsonl"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TrustSource:
    """One import: what kind of file, its SHA-256, the pin it was held to, the day, and what came of it.

    `added` and `known` count certificates or lists, `unreadable` those on a master list that could not be read,
    `anchors` those among all of them that are signed by themselves.
    """

    kind: str
    sha256: str
    pinned: str
    imported_on: date
    added: int
    known: int
    unreadable: int = 0
    anchors: int = 0


def import_file(data: bytes, folder: Path, *, pinned: str, on: date) -> TrustSource:
    """Verify a master list, a state's certificate or a revocation list, and add it to a trust folder.

    `pinned` is a SHA-256 in hexadecimal: of a master list's signer, or of the certificate itself. A revocation list
    needs none: it must verify by a certificate in the folder.

    Raises:
        TrustFault: the file is none of these, is damaged, or is not what was pinned; nothing is written.
    """
    der = _from_pem(data)
    trust = load_trust(folder)
    revocation_list = _try(parse_crl, der, RevocationListFault)
    if revocation_list is not None:
        return _add_revocation_list(revocation_list, folder, trust, on)
    certificate = _try(parse_certificate, der, CertificateFault)
    if certificate is not None:
        if not hmac.compare_digest(certificate.fingerprint.encode(), pinned.strip().lower().encode()):
            raise TrustFault("the certificate does not have the SHA-256 that was pinned")
        return _add_certificates("certificate", der, (certificate,), folder, pinned=pinned, on=on, unreadable=0)
    opened = open_master_list(der, pinned)
    return _add_certificates(
        "master list", der, opened.certificates, folder, pinned=pinned, on=on, unreadable=opened.unreadable
    )


def load_trust(folder: Path) -> Trust:
    """Return all that a trust folder holds; an empty or absent one trusts nothing.

    Raises:
        TrustFault: a file in it was changed or cannot be read.
    """
    return Trust(
        tuple(_load(folder / CERTIFICATES, parse_certificate)), tuple(_load(folder / REVOCATION_LISTS, parse_crl))
    )


def list_sources(folder: Path) -> list[dict[str, object]]:
    """Return the imports of a trust folder, oldest first. Raises TrustFault when their list is damaged."""
    path = folder / SOURCES
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
    except (OSError, ValueError):
        raise TrustFault(f"{SOURCES} in the trust folder cannot be read") from None


def _add_revocation_list(listed: RevocationList, folder: Path, trust: Trust, on: date) -> TrustSource:
    if not any(listed.is_issued_by(authority) for authority in trust.certificates):
        raise TrustFault(
            "the revocation list does not verify by any certificate in the trust folder: import that first"
        )
    is_new = _write(folder / REVOCATION_LISTS, listed.fingerprint, listed.der)
    source = TrustSource("revocation list", listed.fingerprint, "", on, int(is_new), int(not is_new))
    _record(folder, source)
    return source


def _add_certificates(  # noqa: PLR0913
    kind: str,
    data: bytes,
    certificates: Sequence[Certificate],
    folder: Path,
    *,
    pinned: str,
    on: date,
    unreadable: int,
) -> TrustSource:
    new = [_write(folder / CERTIFICATES, certificate.fingerprint, certificate.der) for certificate in certificates]
    anchors = sum(
        certificate.is_self_issued and certificate.verify_issued_by(certificate).outcome is Outcome.MET
        for certificate in certificates
    )
    digest = hashlib.sha256(data).hexdigest()
    source = TrustSource(kind, digest, pinned.lower(), on, sum(new), len(new) - sum(new), unreadable, anchors)
    _record(folder, source)
    return source


def _record(folder: Path, source: TrustSource) -> None:
    with (folder / SOURCES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(source), default=str) + "\n")


def _write(folder: Path, fingerprint: str, data: bytes) -> bool:
    """Write a file under its hash, whole; return whether it is new."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{fingerprint}.der"
    if path.exists():
        return False
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(data)
    unfinished.replace(path)
    return True


def _load(folder: Path, parse: Callable[[bytes], T]) -> list[T]:
    loaded = []
    for path in sorted(folder.glob("*.der")):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.stem:
            raise TrustFault(f"a file in {folder.name} of the trust folder was changed: {path.name[:12]}...")
        try:
            loaded.append(parse(data))
        except ValueError:
            raise TrustFault(
                f"a file in {folder.name} of the trust folder cannot be read: {path.name[:12]}..."
            ) from None
    return loaded


def _from_pem(data: bytes) -> bytes:
    try:
        return pem.unarmor(data)[2] if pem.detect(data) else data
    except ValueError:
        raise TrustFault("the file is not well-formed PEM") from None


def _try(parse: Callable[[bytes], T], data: bytes, fault: type[ValueError]) -> T | None:
    try:
        return parse(data)
    except fault:
        return None
