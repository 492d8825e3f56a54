"""The whole path on a small town: who is confirmed, who is not, and what is refused before a record is read."""

import csv
import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.gates import REGISTER
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.model.progress import no_progress
from comity.pipeline import verify_batch
from comity.signing import authenticate_signer, key_thumbprint, to_public_key
from comity.store.batches import HELD
from comity.tlog.proof import open_receipt
from tests.support.byte_words import contains_word
from tests.support.workspace import (
    AFTER_ORDERS,
    AUGUST_2025,
    Workspace,
    load_law_without_orders,
    make_workspace,
    open_gateway_at,
    read_answers,
    request_about,
)

ADDRESS_VARIANTS = {  # failure mode A15, and A13 where the record has such an address
    "case": request_about(1, street="1845 LINDENWOOD AVE", city="OLYMPIA"),
    "suffix in full": request_about(1, street="1845 Lindenwood Avenue"),
    "punctuation": request_about(1, street="1845 Lindenwood Ave., ", city="Olympia,"),
    "accents": request_about(1, street="1845 Líndenwood Ave"),
    "spaces": request_about(1, street="  1845   Lindenwood  Ave "),
    "ZIP+4": request_about(1, zip="98501-2210"),
    "direction in full": request_about(3, street="77 North Cascadia Street"),
    "unit on the street line": request_about(3, street="77 N Cascadia St Apt 4B", street2=""),
    "unit with a number sign": request_about(3, street="77 N Cascadia St #4B", street2=""),
    "unit first": request_about(3, street="Apt 4B, 77 N Cascadia St", street2=""),
    "post office box": request_about(4, street="P.O. Box 4417"),
    "rural route": request_about(5, street="Rural Route 2 Box 118"),
    "highway contract": request_about(8, street="H.C. 55, Box 670"),
    "military": request_about(6, street="PSC 482, BOX 1190"),
    "grid address": request_about(7, street="123 East 400 South"),
}

NOT_CONFIRMED = {
    "A14 another address": request_about(1, street="90 Oak Ave"),
    "A14 the house next door": request_about(1, street="1847 Lindenwood Ave"),
    "A14 another unit": request_about(3, street2="Apt 7C"),
    "a sibling who is on no record": request_about(1, first_name="Esteban", middle_name="K"),
    "a sibling with the same initial": request_about(1, first_name="Matilde"),
    "a stranger at the address": request_about(1, first_name="Kwabena", last_name="Asantewaa"),
    "N08 a borrowed number at its owner's address": request_about(1, last_name="Jordan", tin="901110001"),
    "another year": request_about(1, tax_year="2022"),
    "name and number agree, address does not": request_about(1, tin="901110001", street="4400 Birch Rd"),
}

REFUSED = {
    "a01_address_blank": request_about(1, street="", street2=""),
    "a02_unknown_address": request_about(1, street="Unknown Address"),
    "a03_failed_to_provide": request_about(1, street="Failed to Provide"),
    "a04_empty_token": request_about(1, street="NA NA"),
    "a05_filler_words": request_about(1, street="Don't Care 12345"),
    "a06_digits_only": request_about(1, street="00000"),
    "a07_number_and_street": request_about(1, street="123 Springfield IL 62701", city="", state="", zip=""),
    "a09_place_exists": request_about(1, state="ZZ"),
    "a10_detention_facility": request_about(1, street="Stewart Detention Center"),
    "a11_no_own_address": request_about(1, street="General Delivery"),
    "r04_criminal_statute": request_about(1, statute="8 USC 1231"),
    "r05_case_number": request_about(1, case_number=""),
    "r06_taxable_period": request_about(1, tax_year="all years"),
    "r07_specific_reason": request_about(1, reason=""),
}


@pytest.fixture(scope="module")
def answers(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """One batch with every row above, answered as of 7 Aug 2025."""
    rows = [*ADDRESS_VARIANTS.values(), *NOT_CONFIRMED.values(), *REFUSED.values(), request_about(2)]
    world = Workspace(tmp_path_factory.mktemp("answers"), town.index, town.key)
    return world.verify_batch(world.write_batch("all", rows))[1]


@pytest.mark.parametrize("variant", ADDRESS_VARIANTS)
def test_the_same_address_written_otherwise_is_confirmed(variant: str, answers: dict[str, tuple[str, str]]) -> None:
    assert answers[ADDRESS_VARIANTS[variant]["request_id"]] == ("CONFIRMED", "")


@pytest.mark.parametrize("case", NOT_CONFIRMED)
def test_what_the_record_does_not_say_is_not_confirmed(case: str, answers: dict[str, tuple[str, str]]) -> None:
    assert answers[NOT_CONFIRMED[case]["request_id"]] == ("NOT_CONFIRMED", "")


@pytest.mark.parametrize("rule", REFUSED)
def test_what_the_law_does_not_allow_is_refused_by_its_rule(rule: str, answers: dict[str, tuple[str, str]]) -> None:
    code, reasons = answers[REFUSED[rule]["request_id"]]
    assert code == "REFUSED"
    assert rule in reasons.split(";")


def test_the_spouse_on_a_joint_return_is_confirmed(answers: dict[str, tuple[str, str]]) -> None:
    assert answers[request_about(2)["request_id"]] == ("CONFIRMED", "")


def test_every_row_has_one_answer(answers: dict[str, tuple[str, str]]) -> None:
    assert len(answers) == len(ADDRESS_VARIANTS) + len(NOT_CONFIRMED) + len(REFUSED) + 1


def test_refusals_do_not_depend_on_whether_the_person_is_on_record(town: Workspace, tmp_path: Path) -> None:
    """Promise 3: with and without the record, refused rows and a refused batch are the same bytes."""
    without = make_workspace(tmp_path / "other", without=frozenset({"r1"}))
    rows = [*REFUSED.values(), request_about(1)]
    files: list[tuple[list[bytes], bytes, bytes]] = []
    for index in (town.index, without.index):
        world = Workspace(tmp_path / f"w{len(files)}", index, town.key)
        world.root.mkdir()
        world.verify_batch(world.write_batch("mixed", rows), out=world.root / "mixed-answers")
        world.verify_batch(world.write_batch("whole", rows, officers=[]), out=world.root / "whole-answers")
        mixed = (world.root / "mixed-answers" / "answers.csv").read_bytes().splitlines()
        whole = (world.root / "whole-answers" / "answers.csv").read_bytes()
        files.append(([line for line in mixed if b"REFUSED" in line], whole, mixed[-1]))
    assert files[0][:2] == files[1][:2]
    assert files[0][2] != files[1][2], "the test must see the record at all"


def test_a_batch_refused_whole_never_opens_the_index(world: Workspace) -> None:
    verified, answers = world.verify_batch(
        world.write_batch("b", [request_about(1)], officers=[]), index=world.root / "there-is-no-index"
    )
    assert verified.is_batch_refused
    assert {code for code, _ in answers.values()} == {"REFUSED"}


def test_a_file_without_rows_is_refused_and_accounted(world: Workspace) -> None:
    verified, answers = world.verify_batch(world.write_batch("b", []))
    assert verified.is_batch_refused
    assert (verified.row_count, answers) == (0, {})


def test_nothing_of_a_record_is_in_what_leaves(world: Workspace) -> None:
    """Promise 2: the folder holds no value that only the record has."""
    world.verify_batch(
        world.write_batch("b", [request_about(1, street="1845 Lindenwood Avenue"), request_about(3, street2="Apt 9Z")]),
        out=world.root / "o",
    )
    left = b"".join(path.read_bytes() for path in (world.root / "o").iterdir())
    for secret in (b"901110001", b"Cascadia", b"Quintanilla", b"Lindenwood Ave", b"probability"):
        assert secret not in left
    assert not contains_word(b"4B", left)
    rows = list(csv.DictReader((world.root / "o" / "answers.csv").read_text().splitlines()))
    assert set(rows[0]) == {"request_id", "code", "reasons"}


def test_an_order_in_force_holds_the_batch_and_writes_no_answer(world: Workspace) -> None:
    batch = world.write_batch("b", [request_about(1)])
    verified, answers = world.verify_batch(batch, at=AFTER_ORDERS)
    assert (verified.status, verified.blocking_order_ids, answers) == (HELD, ("O2", "O3"), {})


def test_a_held_batch_is_answered_once_nothing_holds_it(world: Workspace, tmp_path: Path) -> None:
    batch, home = world.write_batch("b", [request_about(1)]), world.open_home()
    assert world.verify_batch(batch, home=home, at=AFTER_ORDERS)[0].status == HELD
    with open_gateway_at(home, AFTER_ORDERS) as gateway:
        without_orders = replace(gateway, load_base_law=load_law_without_orders)
        verify_batch(batch, without_orders, index=world.index, out=tmp_path / "out", progress=no_progress)
    assert set(read_answers(tmp_path / "out").values()) == {("CONFIRMED", "")}


def test_stored_answers_are_not_delivered_again_under_an_order(world: Workspace) -> None:
    batch, home = world.write_batch("b", [request_about(1)]), world.open_home()
    world.verify_batch(batch, home=home)
    verified, answers = world.verify_batch(batch, home=home, at=AFTER_ORDERS)
    assert (verified.status, answers) == (HELD, {})


def test_asked_twice_answered_once(world: Workspace) -> None:
    batch, home = world.write_batch("b", [request_about(1), request_about(1, street="90 Oak Ave")]), world.open_home()
    first, _ = world.verify_batch(batch, home=home, out=world.root / "one")
    again, _ = world.verify_batch(batch, home=home, out=world.root / "two")
    assert not first.was_answered_before
    assert again.was_answered_before
    for name in ("answers.csv", "answers.json", "answers.json.jws", "receipt.tlog-proof"):
        assert (world.root / "one" / name).read_bytes() == (world.root / "two" / name).read_bytes()
    with bootstrap.open_store(home) as store, store.read() as tx:
        assert log.tree_size(tx) == 3  # two answers and the release, once


def test_one_name_stands_for_one_batch(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    with pytest.raises(Exception, match="other content"):
        world.verify_batch(world.write_batch("b", [request_about(2)]), home=home, out=world.root / "o2")


def test_the_same_requests_under_another_name_are_refused(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    verified, answers = world.verify_batch(world.write_batch("c", [request_about(1)]), home=home)
    assert verified.is_batch_refused
    assert "r11_size_and_repetition" in next(iter(answers.values()))[1]


def test_a_batch_refused_whole_can_be_mended_and_sent_again(world: Workspace) -> None:
    """A fault of the manifest is cured with the same requests file under a new name."""
    home = world.open_home()
    assert world.verify_batch(world.write_batch("b", [request_about(1)], officers=[]), home=home)[0].is_batch_refused
    _, answers = world.verify_batch(world.write_batch("b-2", [request_about(1)]), home=home)
    assert {code for code, _ in answers.values()} == {"CONFIRMED"}


def test_a_repetition_under_another_name_does_not_stop_the_first_delivery(world: Workspace) -> None:
    home, batch = world.open_home(), world.write_batch("b", [request_about(1)])
    _, first = world.verify_batch(batch, home=home)
    world.verify_batch(world.write_batch("c", [request_about(1)]), home=home)
    _, again = world.verify_batch(batch, home=home, out=world.root / "again")
    assert first == again
    assert {code for code, _ in again.values()} == {"CONFIRMED"}


def test_every_rule_that_an_entry_can_name_is_in_the_register() -> None:
    import comity.pipeline

    named = set(re.findall(r'"([randp][0-9]{2}_\w+)"', Path(comity.pipeline.__file__).read_text(encoding="utf-8")))
    assert named
    assert named <= {rule.id for rule in REGISTER}


def test_the_delivery_can_be_checked_by_a_stranger(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("b", [request_about(1)]), home=home, out=world.root / "o")
    document = (world.root / "o" / "answers.json").read_bytes()
    key = to_public_key(home.keys.load_signing_key("answers"))
    authenticate_signer(
        document, (world.root / "o" / "answers.json.jws").read_text().strip(), {key_thumbprint(key): key}
    )
    signer = bootstrap.load_key_ring(home)
    receipt = open_receipt((world.root / "o" / "receipt.tlog-proof").read_text(), home.origin, [signer.verifier])
    leaf = json.loads(receipt.leaf)
    assert (leaf["kind"], leaf["batch"], leaf["rehearsal"]) == ("release", json.loads(document)["ledger_batch"], False)
    assert json.loads(document)["rehearsal"] is False
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, [signer.verifier], home.origin) == ()


def test_a_batch_that_cannot_be_read_is_an_entry_too(world: Workspace) -> None:
    batch, home = world.write_batch("b", [request_about(1)]), world.open_home()
    (batch / "batch.json").write_text("{")
    with pytest.raises(Exception, match="strict JSON"):
        world.verify_batch(batch, home=home)
    with bootstrap.open_store(home) as store, store.read() as tx:
        assert b'"kind":"refusal"' in log.read_entries(tx, 0, 1)[0]


def test_answers_never_overwrite_another_batch(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("b", [request_about(1)]), home=home, out=world.root / "o")
    with pytest.raises(Exception, match="another batch"):
        world.verify_batch(world.write_batch("c", [request_about(2)]), home=home, out=world.root / "o")


@pytest.mark.parametrize(("at", "code"), [(AUGUST_2025, 0), (AFTER_ORDERS, 4)])
def test_the_command_ends_with_the_documented_code(
    world: Workspace, at: datetime, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)
    batch = world.write_batch("b", [request_about(1)])
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "verify",
                str(batch),
                "--index",
                str(world.index),
                "--home",
                str(world.root / "h"),
                "--out",
                str(world.root / "o"),
            ]
        )
    assert ended.value.code == code
    assert bool(read_answers(world.root / "o")) == (code == 0)
