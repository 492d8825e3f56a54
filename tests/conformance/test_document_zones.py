"""Machine-readable zones of others' test suites and of ICAO's specimens."""

import json

from comity.documents.mrz import zone_batch
from comity.documents.mrz.zone import ZoneFault, parse_zone
from tests.conformance.vectors import VectorResult, find_vectors, report_counts


def test_zones_are_judged_as_their_sources_do() -> None:
    cases = json.loads((find_vectors("documents") / "mrz" / "cases.json").read_text(encoding="utf-8"))
    assert len(cases) == 35
    judged: list[VectorResult] = []
    for case in cases:
        zone = parse_zone("\n".join(case["lines"]))
        failing = list(zone.failing_digits)
        if any(fault.fault is ZoneFault.LENGTH for fault in zone.faults):
            failing.append("length")
        assert failing == case["failing_digits"], case["id"]
        judged.append((case["id"], not case["failing_digits"], not failing))
        if zone.layout is not None:
            (mask,) = zone_batch.check_zones(zone_batch.as_bytes([zone.text], zone.layout), zone.layout).tolist()
            assert zone_batch.names_of_mask(mask, zone.layout) == zone.failing_digits, case["id"]
    report_counts("documents: machine-readable zones", judged, "every list of failing digits is the source's")
