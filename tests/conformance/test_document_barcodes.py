"""Barcodes of licenses from another project's tests, and with one fault each."""

import json

from comity.documents.barcode.aamva import parse_barcode
from tests.conformance.vectors import VectorResult, find_vectors, report_counts

FAULTS = {
    "v01-public": [],
    "v10-sample": [],
    "fault-length-off-by-two": ["length", "place"],
    "fault-no-record-separator": ["separators", "place"],
    "fault-lfcr": ["ending", "place"],
    "fault-file-type": ["file_type"],
    "fault-entries-missing": ["entries", "place"],
    "fault-truncated": ["truncated", "no_subfile"],
    "fault-duplicate-element": ["length", "no_subfile", "repeated"],
    "fault-nul": ["place", "control"],
    "enhanced-2025": [],
}


def test_barcodes_are_read_with_their_faults_named() -> None:
    cases = json.loads((find_vectors("documents") / "aamva" / "strings.json").read_text(encoding="utf-8"))
    assert {case["id"] for case in cases} == set(FAULTS)
    judged: list[VectorResult] = []
    for case in cases:
        barcode = parse_barcode(case["text"])
        assert [fault.value for fault in barcode.faults] == FAULTS[case["id"]], case["id"]
        if case["subfiles"] is not None:
            assert [list(subfile) for subfile in barcode.subfiles] == case["subfiles"]
            assert barcode.version == case["version"]
        assert barcode.elements["DAQ"] == ("0123456789ABC" if case["id"] == "v01-public" else "T64235789")
        judged.append((case["id"], not FAULTS[case["id"]], not barcode.faults))
    duplicate = parse_barcode(next(case["text"] for case in cases if case["id"] == "fault-duplicate-element"))
    assert "DCS" in duplicate.repeated
    assert "DCS" not in duplicate.elements
    report_counts("documents: AAMVA barcodes", judged, "every fault named")
