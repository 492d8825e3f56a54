"""Write papers of nobody, to try inspections on: laid out in folders, with the certificates that the passport needs.

    passport/   of Utopia, as it was issued          altered/   the same, another nationality on page and chip
    license/    the barcode of a license             birth-certificate/   as an officer types one
    csca.der    Utopia's certificate                 csca.crl   its revocation list

Guarantees: no person, state or paper in them exists. Keys are new each time and are not kept.
Start at `write_specimens`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from comity.documents.synthetic_issuer.sample_license import make_license_barcode
from comity.documents.synthetic_issuer.utopia_authority import make_authority, make_revocation_list, make_signer
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_zone
from comity.documents.trust.certificate import parse_certificate
from comity.model.document import PresentedDocument

CERTIFICATE, REVOCATION_LIST = "csca.der", "csca.crl"
BIRTH_CERTIFICATE = """\
kind: us-birth-certificate
typed:
  issuer: Commonwealth of Puerto Rico
  issued_on: 2010-06-30
  surname: Sample
  given_names: Michael
  born_on: 1986-06-06
  birth_place: San Juan
officer:
  seen_on: {day}
  seal: yes
"""


def write_specimens(out: Path, day: date) -> str:
    """Write the specimens, to be inspected as of a day, into a new folder; return the SHA-256 of the certificate."""
    authority = make_authority()
    issued = Passport(signer=make_signer(authority))
    altered = replace(issued, zone=make_zone(nationality="CHE"), signed_zone=issued.zone)
    license_text = make_license_barcode(
        born_on=date(1986, 6, 6), issued_on=date(2024, 6, 6), expires_on=date(2032, 6, 6)
    )
    _write_folder(out / "passport", _files_of(issued.present()))
    _write_folder(out / "altered", _files_of(altered.present()))
    _write_folder(out / "license", _files_of(PresentedDocument("driver-license", barcode=license_text)))
    _write_folder(out / "birth-certificate", {"document.yaml": BIRTH_CERTIFICATE.format(day=day).encode()})
    listed_at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=10)
    listed = make_revocation_list(authority, listed_at)
    _write_folder(out, {CERTIFICATE: authority.der, REVOCATION_LIST: listed})
    return parse_certificate(authority.der).fingerprint


def _files_of(presented: PresentedDocument) -> dict[str, bytes]:
    files = {"document.yaml": f"kind: {presented.kind}\n".encode()}
    files |= {f"DG{number}.bin": data for number, data in presented.groups.items()}
    if presented.mrz is not None:
        files["mrz.txt"] = presented.mrz.encode()
    if presented.security_object is not None:
        files["EF_SOD.bin"] = presented.security_object
    if presented.barcode is not None:
        files["barcode.txt"] = presented.barcode.encode("latin-1")
    return files


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
