"""Verify a published ledger as anyone would who does not trust the custodian: with the one-file checker."""

from collections.abc import Iterable
from pathlib import Path

from comity_ledger_verify import TrustPolicy, Vkey, check_log


def verify_published_ledger(folder: Path, vkeys: Iterable[str], *, receipts: Iterable[str] = ()) -> None:
    """Raise AssertionError when the checker finds anything wrong with the log, or with one of the receipts."""
    receipts_by_name = {f"receipt {number}": text.encode() for number, text in enumerate(receipts)}
    report = check_log(folder, TrustPolicy([Vkey.parse(vkey) for vkey in vkeys]), receipts_by_name)
    assert not report.findings, report.findings
