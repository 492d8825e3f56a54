"""Matching: is the person at the address in the request the person at that address on a record?

`build_index` normalizes the custodian's records once; `match_requests` weighs each request against the records that
share its address, and against the rivals of each: another member of the household, a person on no record, the same
person living elsewhere.

Guarantees: a record is found only by an address (promise 1); the evidence for a request depends on that request, the
index and the model alone.
Does not: decide; read the law; write anything but an index.
Basis: ADR 0006, 0007, 0017 and 0018; promises 1, 4 and 8.
Start at `match_requests` in matcher.py: normal form (normalize/), candidate pairs (index/), levels (comparisons/),
scores (scoring.py).
"""

from comity.match.case_candidates import list_recorded_places
from comity.match.exports.export_map import read_export_map
from comity.match.exports.map_proposal import MapProposal, propose_map
from comity.match.exports.quality_report import QualityReport, measure_quality
from comity.match.exports.staged_records import RecordsReport, assign_tables, describe_cause, stage_records
from comity.match.index.compaction import compact_index
from comity.match.index.format import IndexCommit
from comity.match.index.index_states import (
    IndexState,
    YearChanges,
    compare_states,
    count_brought_back,
    list_states,
    roll_back,
)
from comity.match.index.reader import Index
from comity.match.index.writer import (
    build_index,
    find_unfinished_build,
    find_unknown_ids,
    update_index,
    verify_destination,
)
from comity.match.match_explanation import Explanation, explain_request
from comity.match.match_model import (
    Model,
    default_model_fingerprint,
    load_default_model,
    min_confirm_probability,
    read_model,
)
from comity.match.matcher import match_requests
from comity.match.mixture_scales import find_mixture_scale

__all__ = [
    "Explanation",
    "Index",
    "IndexCommit",
    "IndexState",
    "MapProposal",
    "Model",
    "QualityReport",
    "RecordsReport",
    "YearChanges",
    "assign_tables",
    "build_index",
    "compact_index",
    "compare_states",
    "count_brought_back",
    "default_model_fingerprint",
    "describe_cause",
    "explain_request",
    "find_mixture_scale",
    "find_unfinished_build",
    "find_unknown_ids",
    "list_recorded_places",
    "list_states",
    "load_default_model",
    "match_requests",
    "measure_quality",
    "min_confirm_probability",
    "propose_map",
    "read_export_map",
    "read_model",
    "roll_back",
    "stage_records",
    "update_index",
    "verify_destination",
]
