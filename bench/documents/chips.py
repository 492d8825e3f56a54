"""Measure how many passports a core inspects in a second, and how long a master list takes to import and to use.

    python bench/documents/chips.py [--passports 2000] [--authorities 588]

Passports are of a fictitious state, each with its own number and signature (RSA 2048); every check of the security
object runs on each, and every one must be found right. Signing is not measured. The master list holds as many
authorities as the German one of May 2026, in a mixture of algorithms. Times are processor time of one thread, so that a
busy machine does not raise them by waiting.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from measurement import Measurement

from comity.documents.checks import CHECKS
from comity.documents.checks.check import Check
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.chip.signatures import load_key
from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.utopia_authority import make_authority, make_master_list, make_signer
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_trust, make_zone
from comity.documents.trust import certificate as certificates
from comity.documents.trust import crl
from comity.documents.trust.certificate import parse_certificate
from comity.documents.trust.store import import_file, load_trust
from comity.model.document import PresentedDocument, Proposition
from comity.model.finding import Outcome

AS_OF = date(2026, 11, 28)
OF_THE_SECURITY_OBJECT = {
    "group_hashes", "security_object_form", "message_digest", "signature", "signer_identity", "signer_path",
    "issuer_country", "signing_time", "revocation", "hash_strength",
}  # fmt: skip


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passports", type=int, default=2000)
    parser.add_argument("--authorities", type=int, default=588)
    options = parser.parse_args()
    rows = [*measure_passports(options.passports), *measure_master_list(options.authorities)]
    print("\n".join(row.to_row() for row in rows))


def measure_passports(count: int) -> list[Measurement]:
    """Return the rates of inspecting `count` passports that were issued for this run."""
    authority = make_authority(key_kind="rsa")
    signers = [
        make_signer(authority, key_kind="rsa", serial=77 + number, key_number=50 + number % 8) for number in range(8)
    ]
    trust = make_trust(authority)
    presented = [
        Passport(zone=make_zone(number=f"U{number:08d}"), signer=signers[number % 8]).present()
        for number in range(count)
    ]
    whole = _rate(presented, lambda paper: inspect_document(paper, [], trust, AS_OF))
    checks = [check for check in CHECKS if check.id in OF_THE_SECURITY_OBJECT]
    chips = [replace(paper, mrz=None) for paper in presented]
    rate = _rate(chips, lambda chip: _run(checks, Evidence(chip, trust, AS_OF)))
    reports = [inspect_document(paper, [], trust, AS_OF) for paper in presented]
    assert all(report.conclusion(Proposition.ISSUED_BY).outcome is Outcome.MET for report in reports)
    cold = _rate(chips[:500], lambda chip: _run(checks, Evidence(chip, trust, AS_OF), forget=True))
    return [
        Measurement(f"security objects, {len(checks)} checks each, {len(signers)} signers", rate, "/s", 2000),
        Measurement("the same, with nothing remembered of signers and lists", cold, "/s"),
        Measurement(f"whole passports, {len(CHECKS)} checks each", whole, "/s"),
    ]


def _run(checks: list[Check], evidence: Evidence, *, forget: bool = False) -> int:
    if forget:
        _forget()
    return sum(len(check.run(evidence)) for check in checks)


def _rate(items: list[PresentedDocument], act: Callable[[PresentedDocument], object]) -> float:
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        for item in items:
            act(item)
        best = max(best, len(items) / (time.process_time() - start))
    return best


def measure_master_list(count: int) -> list[Measurement]:
    """Return the seconds to import and to load a master list of `count` authorities."""
    kinds = ("rsa", "secp384r1", "brainpoolP256r1", "secp256r1")
    authorities = [
        make_authority(
            key_kind=kinds[number % 4],
            name=f"CSCA {number}",
            country="UT",
            serial=number + 1,
            explicit_curve=number % 4 in {1, 2},
        ).der
        for number in range(count)
    ]
    signer = make_authority(name="List signer", is_authority=False, usage=frozenset({"digital_signature"}))
    data = make_master_list(signer, authorities)
    pin = parse_certificate(signer.der).fingerprint
    with tempfile.TemporaryDirectory() as folder:
        _forget()
        start = time.process_time()
        source = import_file(data, Path(folder) / "trust", pinned=pin, on=AS_OF)
        imported = time.process_time() - start
        _forget()
        start = time.process_time()
        trust = load_trust(Path(folder) / "trust")
        loaded = time.process_time() - start
    assert source.added == source.anchors == len(trust.certificates) == count
    return [
        Measurement(f"master list of {count} ({len(data):,} bytes), imported", imported, "s", 1, is_limit=True),
        Measurement(f"trust folder of {count} certificates, loaded", loaded, "s"),
    ]


def _forget() -> None:
    """Empty what is remembered of certificates, lists and keys, so that each pass does all of its work."""
    certificates.parse_certificate.cache_clear()
    certificates._verdict.cache_clear()  # noqa: SLF001
    crl._is_signed.cache_clear()  # noqa: SLF001
    load_key.cache_clear()


if __name__ == "__main__":
    main()
