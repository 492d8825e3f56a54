"""The user's trust folder: certificates and revocation lists, each with its source and the day of import.

    TRUST/certificates/<sha256>.der   TRUST/revocation-lists/<sha256>.der   TRUST/sources.jsonl

Guarantees: what is imported is verified first and written whole or not at all; a file that no import in the list
of sources vouches for, or whose content does not have the hash in its name, is refused when the folder is loaded.
Start at `import_file` and `load_trust`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem

from comity.documents.trust.certificate import Certificate, CertificateFault, parse_certificate
from comity.documents.trust.crl import RevocationList, RevocationListFault, parse_crl
from comity.documents.trust.master_list import MAX_BYTES, TrustFault, TrustUsageFault, open_master_list
from comity.documents.trust.path import Trust
from comity.folders import replace_file
from comity.plain_files import read_plain_file
from comity.strict_json import parse_strict_json

MAX_SOURCES_BYTES = 64 * 1024 * 1024
CERTIFICATES, REVOCATION_LISTS, SOURCES = "certificates", "revocation-lists", "sources.jsonl"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TrustSource:
    """One import: what kind of file, its SHA-256, the pin it was held to, the day, and what came of it.

    `added` and `known` count certificates or lists, `unreadable` those on a master list that could not be read,
    `anchors` those among all of them that are signed by themselves; `files` are the SHA-256 of all that it vouches for.
    """

    kind: str
    sha256: str
    pinned: str
    imported_on: date
    added: int
    known: int
    unreadable: int = 0
    anchors: int = 0
    files: tuple[str, ...] = ()


def read_fingerprint(text: str) -> str:
    """Return a SHA-256 as 64 hexadecimal digits, from what publishers and tools print.

    Upper case, colons, blanks and a name before it (`SHA256 Fingerprint=`) are not part of it.

    Raises:
        TrustUsageFault: it is no SHA-256.

    >>> read_fingerprint("sha256 Fingerprint=" + "AB:" * 31 + "AB") == "ab" * 32
    True
    """
    digits = re.sub(r"[\s:-]", "", text.rsplit("=", 1)[-1]).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits, re.ASCII):
        kind = " (40 is a SHA-1, which is not taken)" if len(digits) == len("ab" * 20) else ""
        message = f"the fingerprint is no SHA-256: it has {len(digits)} characters{kind}, not 64 hexadecimal digits"
        raise TrustUsageFault(message)
    return digits


def is_trust_folder(folder: Path) -> bool:
    """Return whether a folder holds imports: a list of sources is in it."""
    return (folder / SOURCES).is_file()


def import_file(data: bytes, folder: Path, *, pinned: str, on: date) -> TrustSource:
    """Verify a master list, a state's certificate or a revocation list, and add it to a trust folder.

    `pinned` is a SHA-256 as `read_fingerprint` reads it: of a master list's signer, or of the certificate itself. A
    revocation list needs none: it must verify by a certificate in the folder.

    Raises:
        TrustUsageFault: the file is none of these, a SHA-256 is missing or none, or the folder holds other things.
        TrustFault: the file is damaged, or is not what was pinned. Nothing is written in either case.
    """
    if folder.exists() and not is_trust_folder(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise TrustUsageFault("the trust folder holds other things and no import, so nothing is put into it")
    pinned = read_fingerprint(pinned) if pinned.strip() else ""
    der = _from_pem(data)
    trust = load_trust(folder)
    revocation_list = _try(parse_crl, der, RevocationListFault)
    if revocation_list is not None:
        return _add_revocation_list(revocation_list, folder, trust, on)
    certificate = _try(parse_certificate, der, CertificateFault)
    if certificate is not None:
        if not pinned:
            raise TrustUsageFault("a certificate needs the SHA-256 that its publisher gives (--signer-sha256)")
        if certificate.fingerprint != pinned:
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
    imported = {name for source in list_sources(folder) for name in _files_of(source)}
    return Trust(
        tuple(_load(folder / CERTIFICATES, parse_certificate, imported)),
        tuple(_load(folder / REVOCATION_LISTS, parse_crl, imported)),
    )


def list_sources(folder: Path) -> list[dict[str, object]]:
    """Return the imports of a trust folder, oldest first. Raises TrustFault when their list is damaged."""
    try:
        data = read_plain_file(folder / SOURCES, MAX_SOURCES_BYTES)
        sources = [parse_strict_json(line) for line in data.decode("utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise TrustFault(f"{SOURCES} in the trust folder cannot be read") from None
    if len(data) > MAX_SOURCES_BYTES or not all(_is_source(source) for source in sources):
        raise TrustFault(f"{SOURCES} in the trust folder cannot be read")
    return sources


def _is_source(source: object) -> bool:
    return isinstance(source, dict) and {"kind", "sha256", "imported_on", "added"} <= set(source)


def _files_of(source: Mapping[str, object]) -> list[object]:
    """Return the files that an import vouches for: a certificate or a list imported alone is its own file."""
    files = source.get("files")
    return [source["sha256"], *(files if isinstance(files, list) else [])]


def _add_revocation_list(listed: RevocationList, folder: Path, trust: Trust, on: date) -> TrustSource:
    if not any(listed.is_issued_by(authority) for authority in trust.certificates):
        raise TrustFault(
            "the revocation list does not verify by any certificate in the trust folder: import that first"
        )
    is_new = not _path_of(folder / REVOCATION_LISTS, listed.fingerprint).exists()
    files = (listed.fingerprint,)
    source = TrustSource("revocation list", listed.fingerprint, "", on, int(is_new), int(not is_new), files=files)
    _record(folder, source)
    _write(folder / REVOCATION_LISTS, listed.fingerprint, listed.der)
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
    new = [not _path_of(folder / CERTIFICATES, certificate.fingerprint).exists() for certificate in certificates]
    anchors = sum(certificate.verifies_itself for certificate in certificates)
    digest = hashlib.sha256(data).hexdigest()
    files = tuple(certificate.fingerprint for certificate in certificates)
    source = TrustSource(kind, digest, pinned, on, sum(new), len(new) - sum(new), unreadable, anchors, files)
    _record(folder, source)
    for certificate in certificates:
        _write(folder / CERTIFICATES, certificate.fingerprint, certificate.der)
    return source


def _record(folder: Path, source: TrustSource) -> None:
    """Add a line to the sources, before the files that it vouches for: what a crash leaves is not an unknown file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SOURCES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(source), default=str) + "\n")


def _path_of(folder: Path, fingerprint: str) -> Path:
    return folder / f"{fingerprint}.der"


def _write(folder: Path, fingerprint: str, data: bytes) -> None:
    """Write a file under its hash, whole, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path_of(folder, fingerprint)
    if not path.exists():
        replace_file(path, data)


def _load(folder: Path, parse: Callable[[bytes], T], imported: Collection[object]) -> list[T]:
    loaded = []
    for path in sorted(folder.glob("*.der")):
        if path.stem not in imported:
            reason = "was not imported; remove it, and import what you trust"
            raise TrustFault(f"a file in {folder.name} of the trust folder {reason}: {path.name[:12]}...")
        try:
            data = read_plain_file(path, MAX_BYTES)
        except OSError:
            raise TrustFault(
                f"a file in {folder.name} of the trust folder is no plain file: {path.name[:12]}..."
            ) from None
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
        raise TrustUsageFault("the file is not well-formed PEM") from None


def _try(parse: Callable[[bytes], T], data: bytes, fault: type[ValueError]) -> T | None:
    try:
        return parse(data)
    except fault:
        return None
