"""A stored release record comes back as it was written, and only then."""

import json
from dataclasses import replace

import pytest

from comity.errors import LedgerError
from comity.model.finding import Finding, Outcome
from comity.model.release import Release, ReleaseRecord
from comity.store.release_records import decode_release_record, encode_release_record
from tests.support.sample_ledger import RECORDED_AT, make_release_record

RELEASE = Release(
    batch_id="B1",
    agreement="irs-ice-2025",
    row_count=2,
    first_entry=0,
    counts={"CONFIRMED": 1, "REFUSED": 1},
    answers_sha256="a" * 64,
    salt=bytes(32),
    order_ids=("O1",),
    law_fingerprint="law",
    index_fingerprint="index",
    model_fingerprint="model",
    as_of=RECORDED_AT,
)
RECORD = replace(
    make_release_record(RELEASE, "B1"),
    findings=(Finding("r01_signer_office", Outcome.MET, "26 USC 6103(i)(2)(A)", "The office is one of those named."),),
    review_count=1,
)


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, known_as_of=RECORDED_AT, is_rehearsal=True),
        replace(RECORD, missing_members=frozenset({"known_as_of"})),
        replace(RECORD, counts={"Ä": 2}, findings=()),
    ],
    ids=["plain", "rehearsal", "from before known_as_of", "without findings"],
)
def test_decode_release_record_returns_what_was_encoded(record: ReleaseRecord) -> None:
    assert decode_release_record(encode_release_record(record), "B1") == record


def test_to_dict_leaves_known_as_of_out_only_where_it_was_never_recorded() -> None:
    assert RECORD.to_dict()["known_as_of"] is None
    assert "known_as_of" not in replace(RECORD, missing_members=frozenset({"known_as_of"})).to_dict()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"document": {}, "uncertain": 0}',
        encode_release_record(RECORD) + " ",
        encode_release_record(RECORD).replace("MET", "PASSED"),
        encode_release_record(RECORD).replace("comity-answers-1", "comity-answers-2"),
        json.dumps(json.loads(encode_release_record(RECORD)) | {"more": 1}),
        json.dumps({"document": RECORD.to_dict() | {"as_of": "yesterday"}, "uncertain": 1}),
    ],
)
def test_decode_release_record_refuses_any_other_text(text: str) -> None:
    with pytest.raises(LedgerError) as refused:
        decode_release_record(text, "B1")
    assert refused.value.code == "ledger_damaged"
