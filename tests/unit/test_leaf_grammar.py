"""What an entry may say: the checker finds what the format forbids, and agrees with what Comity lets itself write."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import comity_ledger_verify as checker
from comity.ledger import leaf, leaf_grammar, log
from comity.ledger.leaf_grammar import FIRST_FORMS, LEAF_GRAMMAR, TEXT_FORMS, find_faults
from comity.ledger.publish import publish_log
from comity_ledger_verify import EXIT_INTEGRITY, EXIT_OK, TrustPolicy, Vkey, check_log, main
from tests.support.sample_ledger import (
    B1,
    B2,
    RECORDED_AT,
    SIGNER,
    VKEY,
    insert_released_batch,
    insert_side_records,
    make_hold_entries,
    open_store,
)

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "ledger.md"
SAMPLES: dict[str, Any] = {
    "id": "B-2026-001",
    "rule": "r09_orders_in_force",
    "hash": "a" * 64,
    "time": "2026-02-25T12:00:00.000000Z",
    "step": "entered",
    "act": "suppression",
    "thumbprint": "x" * 43,
    "recall": "recall-" + "0" * 16,
    "vkey": VKEY,
    "row": 1,
    "count": 0,
    "flag": False,
}
PERSON = "Marisol Quintanilla, 1845 Lindenwood Ave"


def sample_value(form: str) -> Any:
    form = form.removeprefix("optional ").removesuffix(" or null")
    return [SAMPLES[form.removeprefix("list of ")]] if form.startswith("list of ") else SAMPLES[form]


def sample_leaf(kind: str, **changes: Any) -> dict[str, Any]:
    """A leaf of a kind that is as it should be, with some members changed."""
    members = {name: sample_value(form) for name, form in LEAF_GRAMMAR[kind].items()}
    return {"v": 2, "kind": kind, **members, **changes}


def first_leaf(kind: str, **changes: Any) -> dict[str, Any]:
    """A leaf of version 1, whose batch is named as the requester named it."""
    return sample_leaf(kind, **{"v": 1, **dict.fromkeys(FIRST_FORMS.keys() & LEAF_GRAMMAR[kind], "B-1"), **changes})


def encode(members: dict[str, Any]) -> bytes:
    return rfc8785.dumps(members)


def publish(folder: Path, leaves: list[bytes]) -> Path:
    """Publish entries under the log's own key: what a custodian's other program might write."""
    folder.mkdir(exist_ok=True)
    store = open_store(folder)
    with store.begin() as tx:
        log.append_entries(tx, leaves, at=RECORDED_AT)
    publish_log(store, folder / "public", log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT), SIGNER.verifier)
    return folder / "public"


def check(folder: Path, leaves: list[bytes]) -> list[str]:
    public = publish(folder, leaves)
    findings = check_log(public, TrustPolicy([Vkey.parse(VKEY)])).findings
    assert main([str(public), "--key", VKEY]) == (EXIT_INTEGRITY if findings else EXIT_OK)
    return findings


def answer(row: int, batch: str = B1, version: int = 2) -> bytes:
    return encode(sample_leaf("answer", row=row, batch=batch, v=version))


def release(rows: int, first_entry: int, batch: str = B1, version: int = 2) -> bytes:
    return encode(sample_leaf("release", rows=rows, first_entry=first_entry, batch=batch, v=version))


FORBIDDEN = {
    "personal data as a batch's name": encode(sample_leaf("refusal", batch=PERSON)),
    "a batch's name as its requester wrote it": encode(sample_leaf("refusal", batch="Quintanilla-1845-Lindenwood")),
    "an agreement that is no id": encode(sample_leaf("hold", agreement=PERSON)),
    "personal data in a member of its own": encode(sample_leaf("hold", note=PERSON)),
    "personal data as a rule": encode(sample_leaf("hold", rules=[PERSON])),
    "a taxpayer number as a fingerprint": encode(sample_leaf("hold", law="901-11-0001")),
    "an answer's code": encode(sample_leaf("refusal", code="CONFIRMED")),
    "a count of answers": encode(sample_leaf("hold", counts={"CONFIRMED": 1})),
    "blanks": json.dumps(sample_leaf("hold"), sort_keys=True).encode(),
    "another order of members": json.dumps(
        dict(sorted(sample_leaf("hold").items(), reverse=True)), separators=(",", ":")
    ).encode(),
    "a member twice": encode(sample_leaf("hold"))[:-1] + b',"v":2}',
    "an escape that need not be": encode(sample_leaf("hold", agreement="B-1")).replace(b'"B-1"', b'"B\\u002d1"'),
    "no JSON": b"\xff",
    "a list": b"[]",
    "brackets without end": b"[" * 60_000,
    "no kind": encode({"v": 2}),
    "an unknown kind": encode({"v": 2, "kind": "note", "as_of": SAMPLES["time"]}),
    "a kind that is no text": encode({"v": 2, "kind": ["hold"]}),
    "another version": encode(sample_leaf("hold", v=3)),
    "a version that is true": encode(sample_leaf("hold", v=True)),
    "a member missing": encode({k: v for k, v in sample_leaf("hold").items() if k != "law"}),
    "a flag as a number": encode(sample_leaf("hold", rehearsal=0)),
    "a number as text": encode(sample_leaf("release", rows="0")),
    "a row of zero": encode(sample_leaf("answer", row=0)),
    "a commitment in capitals": encode(sample_leaf("purge", commitment="A" * 64)),
    "a time without its zone": encode(sample_leaf("hold", as_of="2026-02-25T12:00:00")),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_leaf_that_the_format_forbids_is_found_and_named_without_quoting_it(what: str, tmp_path: Path) -> None:
    findings = check(tmp_path, [*make_hold_entries(3), FORBIDDEN[what], *make_hold_entries(1)])
    assert findings
    assert findings[0].startswith("entry 3 is not what the format allows: ")
    assert not any(secret in "".join(findings) for secret in ("Quintanilla", "901-11", "CONFIRMED"))


MISPLACED = {
    "answers without a release": ([answer(1), answer(2)], "entry 1 is an answer, and no release"),
    "answers, then something else": ([answer(1), *make_hold_entries(1)], "entry 0 is an answer, and no release"),
    "a release of other rows": ([answer(1), release(2, 0)], "entry 1 is a release that does not follow"),
    "a release of another batch": ([answer(1), release(1, 0, B2)], "entry 1 is a release that does not follow"),
    "a release that begins elsewhere": ([answer(1), release(1, 7)], "entry 1 is a release that does not follow"),
    "a release without its answers": ([release(1, 0)], "entry 0 is a release that does not follow"),
    "rows out of order": ([answer(2), answer(1), release(2, 0)], "entry 0 answers a row out of order"),
    "a row twice": ([answer(1), answer(1), release(2, 0)], "entry 1 answers a row out of order"),
    "two batches in one": ([answer(1), answer(2, B2), release(2, 0)], "entry 1 answers a row out of order"),
    "a batch answered twice": (
        [answer(1), release(1, 0), answer(1), release(1, 2)],
        "entry 2 answers a row out of order",
    ),
    "a release of another version": (
        [answer(1, version=1), release(1, 0)],
        "entry 1 is a release that does not follow",
    ),
    "a batch released twice": ([release(0, 0), release(0, 1)], "entry 1 is a release that does not follow"),
}


@pytest.mark.parametrize("what", MISPLACED)
def test_answers_without_their_release_are_found(what: str, tmp_path: Path) -> None:
    leaves, finding = MISPLACED[what]
    assert check(tmp_path, leaves)[0].startswith(finding)


OUTDATED = {
    "a refusal": [encode(first_leaf("refusal"))],
    "a batch of that name that is answered": [answer(1, "B-9", 1), release(1, 1, "B-9", 1)],
    "what names no batch": [encode(first_leaf("subject_release"))],
}


@pytest.mark.parametrize("what", OUTDATED)
def test_what_requesters_wrote_is_not_put_on_file_under_the_first_version_any_more(what: str, tmp_path: Path) -> None:
    findings = check(tmp_path, [*make_hold_entries(1), *OUTDATED[what]])
    assert findings
    assert all(re.match(r"entry [12] is of version 1 after one of version 2", finding) for finding in findings)


def test_a_batch_from_before_version_2_keeps_its_name(tmp_path: Path) -> None:
    """It was held under the first version, and is answered, explained and purged after others of the second."""
    leaves = [
        encode(first_leaf("hold")),
        *make_hold_entries(1),
        *(answer(row, "B-1", 1) for row in range(1, 301)),
        release(300, 2, "B-1", 1),
        *(encode(first_leaf(kind)) for kind in ("watch", "explanation", "purge")),
        answer(1),
        release(1, 306),
    ]
    assert check(tmp_path, leaves) == []


def test_every_fault_is_reported_and_not_only_the_first(tmp_path: Path) -> None:
    findings = check(tmp_path, [b"{}", *make_hold_entries(300), b"{}", answer(1)])
    assert [re.match(r"entry (\d+)", finding)[1] for finding in findings] == ["0", "301", "302"]  # type: ignore[index]


@pytest.mark.parametrize("at", [1, 255, 256, 300, 511, 512, 599])
def test_a_fault_in_the_midst_of_a_large_batch_is_found(at: int, tmp_path: Path) -> None:
    """Whole bundles of answers are read at once, and nothing in them is overlooked."""
    leaves = [*(answer(row) for row in range(1, 601)), release(600, 0)]
    assert check(tmp_path / "sound", leaves) == []
    forged = leaves[at].replace(b"aaaa", b"AAAA", 1)
    findings = check(tmp_path / "forged", [*leaves[:at], forged, *leaves[at + 1 :]])
    assert findings[0].startswith(f"entry {at} is not what the format allows: its commitment")


def test_of_another_log_the_tree_alone_is_checked_when_one_asks_for_that(tmp_path: Path) -> None:
    public = publish(tmp_path, [b"an entry of some other log", *make_hold_entries(2)])
    assert main([str(public), "--key", VKEY]) == EXIT_INTEGRITY
    assert main([str(public), "--key", VKEY, "--tree-only"]) == EXIT_OK


def test_what_comity_writes_is_what_the_checker_accepts(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 300)
    with store.begin() as tx:
        insert_side_records(tx, "B1")
        log.append_entries(tx, make_hold_entries(5), at=RECORDED_AT)
    insert_released_batch(store, "B2", 0)
    insert_released_batch(store, "B3", 1)
    publish_log(store, tmp_path / "public", log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT), SIGNER.verifier)
    assert check_log(tmp_path / "public", TrustPolicy([Vkey.parse(VKEY)])).findings == []


def test_comity_writes_no_leaf_that_the_grammar_forbids() -> None:
    with pytest.raises(ValueError, match="its batch is not of the form hash"):
        leaf.encode_refusal_leaf(batch_id=PERSON, rules=["r13_file_form"], as_of=RECORDED_AT)


def test_the_grammar_the_checker_and_the_specification_are_one() -> None:
    to_checker = {"optional ": "", " or null": "|null"}

    def translate(form: str) -> str:
        ending = "?" if form.startswith("optional ") else "*" if form.startswith("list of ") else ""
        for name, sign in {**to_checker, "list of ": ""}.items():
            form = form.replace(name, sign)
        return form + ending

    grammar = {kind: {name: translate(form) for name, form in forms.items()} for kind, forms in LEAF_GRAMMAR.items()}
    assert grammar == checker._LEAF_GRAMMAR
    assert dict(FIRST_FORMS) == checker._FIRST_FORMS
    assert {name: pattern.pattern for name, pattern in checker._LEAF_FORMS.items()} == TEXT_FORMS
    text = SPEC.read_text(encoding="utf-8")
    table = text.split("| kind | members and their forms |\n")[1].split("\n\n")[0]
    in_spec = {
        row.split("`")[1]: dict(re.findall(r"`(\w+)`: ([a-z ]+)", row.split("|", 2)[2]))
        for row in table.splitlines()[1:]
    }
    assert {kind: {name: form.strip() for name, form in forms.items()} for kind, forms in in_spec.items()} == {
        kind: dict(forms) for kind, forms in LEAF_GRAMMAR.items()
    }
    forms = text.split("| form | value |\n")[1].split("\n\n")[0].replace("\\|", "|")
    assert {name: pattern for name, pattern in re.findall(r"\| (\w+) \| `(.+)` \|", forms) if name in TEXT_FORMS} == (
        TEXT_FORMS
    )


def test_every_kind_of_entry_is_in_the_grammar() -> None:
    assert set(leaf.KINDS_WITH_OPENING) <= set(LEAF_GRAMMAR)
    assert {"answer", *leaf.NON_ANSWER_KINDS} == set(LEAF_GRAMMAR)


_values = st.sampled_from([None, True, 0, 1, -1, 2**53, "", "x", PERSON, "a" * 64, [], ["x"], {}, *SAMPLES.values()])


@given(st.sampled_from(sorted(LEAF_GRAMMAR)), st.data())
def test_the_checker_and_comity_judge_every_leaf_alike(kind: str, data: st.DataObject) -> None:
    """With any member changed, added or left out."""
    members = data.draw(st.sampled_from([sample_leaf, first_leaf]))(kind)
    for name in data.draw(st.lists(st.sampled_from([*members, "extra"]), max_size=2)):
        if data.draw(st.booleans()):
            members[name] = data.draw(_values)
        else:
            members.pop(name, None)
    try:
        encoded = encode(members)
    except rfc8785.IntegerDomainError:
        encoded = leaf.canonicalize_json(members)
    fault, _ = checker._find_leaf_fault(encoded)
    assert bool(fault) == bool(find_faults(json.loads(encoded)))
    if kind == "answer" and not fault:
        assert checker._ANSWER_PATTERN.fullmatch(encoded)
    with pytest.raises(ValueError) if find_faults(members) else _nothing():
        leaf_grammar.verify_members(members)


class _nothing:  # noqa: N801  reads as a context manager
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
