"""The letter about refused requests: complete, signed, and the same whatever the records hold."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity import gates
from comity.app.home import Home
from comity.gates import REGISTER
from comity.gates.unmet_elements import LIMITS_BY_RULE
from comity.law import Law, load_law
from comity.model.filing import Act
from comity.pipeline import verify_batch
from comity.release.refusal_letter import LETTER_FILES, render_letter
from comity.signing import authenticate_signer, key_thumbprint, to_public_key
from tests.support.two_persons import file_in_home
from tests.support.workspace import (
    AUGUST_2025,
    Workspace,
    make_workspace,
    no_progress,
    open_gateway_at,
    request_about,
)

RULES_FOLDER = Path(gates.__file__).parent / "rules"

ROWS = [
    request_about(1),
    request_about(3, request_id="blank-1", case_number="C-91", street="Unknown Address", street2=""),
    request_about(4, request_id="code-1", case_number="C-92", element="locate"),
    request_about(5, request_id="civil-1", case_number="C-93", proceeding="civil"),
    request_about(7, request_id="statute-1", case_number="C-94", statute="8 USC 1231(a)"),
]


def answer(world: Workspace, name: str, rows: list[dict[str, str]], **manifest: Any) -> Path:
    """Answer a batch in a home of its own; return the folder."""
    out = world.root / f"{name}-out"
    world.verify_batch(world.write_batch(name, rows, **manifest), home=world.open_home(f"{name}-home"), out=out)
    return out


def read_letter(out: Path) -> dict[str, Any]:
    letter: dict[str, Any] = json.loads((out / "letter.json").read_bytes())
    return letter


def test_the_letter_names_each_missing_element_with_its_citation_and_cure(world: Workspace) -> None:
    out = answer(world, "mixed", ROWS)
    letter = read_letter(out)
    assert (letter["rows"], letter["refused"]) == (5, 4)
    missing = {item["rule"]: item for item in letter["missing"]}
    assert set(missing) == {
        "a02_unknown_address",
        "a07_number_and_street",
        "r04_criminal_statute",
        "r15_offense_element",
        "r16_case_kind",
    }
    assert missing["a02_unknown_address"]["request_ids"] == ["blank-1"]
    assert missing["r16_case_kind"]["request_ids"] == ["civil-1"]
    assert missing["r15_offense_element"]["request_ids"] == ["code-1", "statute-1"]
    assert any(code.startswith("willful: ") for code in missing["r15_offense_element"]["codes"])
    assert not any(code.startswith("civil: ") for code in missing["r16_case_kind"]["codes"])
    for item in letter["missing"]:
        assert "USC" in item["citation"]
        assert item["asks"]
        assert item["cure"]
        assert item["law"]
    text = (out / "letter.md").read_text(encoding="utf-8")
    assert all(item["citation"] in text and item["cure"] in text for item in letter["missing"])
    assert all(f"- Refused when: {item['found']}" in text for item in letter["missing"] if item["found"])
    assert "Missing:" not in text
    assert not any(word in text for word in ("Quintanilla", "locate", "1231(a)"))


def test_the_letter_is_signed_and_tied_to_the_answers(world: Workspace) -> None:
    out = answer(world, "signed", ROWS)
    key = to_public_key(Home.open_or_create(world.root / "signed-home").keys.load_signing_key("answers"))
    encoded = (out / "letter.json").read_bytes()
    keys = {key_thumbprint(key): key}
    authenticate_signer(encoded, (out / "letter.json.jws").read_text().strip(), keys)
    assert json.loads(encoded)["text_sha256"] == hashlib.sha256((out / "letter.md").read_bytes()).hexdigest()
    answers = json.loads((out / "answers.json").read_bytes())
    assert answers["letter_sha256"] == hashlib.sha256(encoded).hexdigest()
    before = {name: (out / name).read_bytes() for name in LETTER_FILES}
    world.verify_batch(world.root / "signed", home=Home.open_or_create(world.root / "signed-home"), out=out)
    assert {name: (out / name).read_bytes() for name in LETTER_FILES} == before


def test_the_letter_is_the_same_with_and_without_the_records(world: Workspace, tmp_path: Path) -> None:
    with_records = answer(world, "records", ROWS)
    bare = make_workspace(tmp_path / "bare", without=frozenset({"r1", "r2", "r3", "r4", "r5", "r7"}))
    without_records = answer(bare, "records", ROWS)
    codes = [(out / "answers.csv").read_text().splitlines()[1].split(",")[1] for out in (with_records, without_records)]
    assert codes == ["CONFIRMED", "NOT_CONFIRMED"]
    for name in ("letter.json", "letter.md"):
        assert (with_records / name).read_bytes() == (without_records / name).read_bytes()


def test_a_batch_without_refusals_has_no_letter(world: Workspace) -> None:
    out = answer(world, "clean", [request_about(1)])
    assert not any((out / name).exists() for name in LETTER_FILES)
    assert "letter_sha256" not in json.loads((out / "answers.json").read_bytes())


def test_a_batch_refused_whole_says_so_and_names_no_request(world: Workspace) -> None:
    letter = read_letter(answer(world, "whole", [request_about(1)], attestations=[]))
    whole = [item for item in letter["missing"] if item["concerns_batch"]]
    assert {"r05_case_number", "d04_protected_subject"} <= {item["rule"] for item in whole}
    assert all(item["request_ids"] == [] and item["row_count"] == 1 and item["found"] for item in whole)
    assert letter["refused"] == 1


@pytest.mark.parametrize("requester", ["ICE](http://x) **b** <b>", "a\n# Title", "`code`|"])
def test_what_the_requester_wrote_is_no_markup(requester: str) -> None:
    facts = {"batch_id": "b_1", "requester": requester, "agreement": "x", "as_of": "2025", "rows": 1, "refused": 1}
    text = render_letter({**facts, "missing": [], "synthetic": False, "rehearsal": False})
    heading, _, to = text.split("\n")[:3]
    assert heading == r"# Refusal of requests in batch b\_1"
    assert to.startswith("To ")
    assert not any(mark in to.replace(f"\\{mark}", "") for mark in "[]()*<>`#|")


def load_law_with_caps(**caps: int) -> Law:
    """Return the law with other figures in the agreement's caps."""
    law = load_law()
    agreement = law.agreements["irs-ice-2025"]
    changed = {name: getattr(agreement.caps, name).model_copy(update={"value": value}) for name, value in caps.items()}
    agreement = agreement.model_copy(update={"caps": agreement.caps.model_copy(update=changed)})
    return replace(law, agreements={**law.agreements, agreement.id: agreement})


def answer_under(law: Law, world: Workspace, home: Home, name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Answer a batch under a law; return its letter."""
    out = world.root / f"{name}-out"
    with open_gateway_at(home, AUGUST_2025) as gateway:
        under = replace(gateway, load_base_law=lambda: law)
        verify_batch(world.write_batch(name, rows), under, index=world.index, out=out, progress=no_progress)
    return read_letter(out) if (out / "letter.json").exists() else {}


def test_a_letter_about_a_cap_names_the_limit_and_the_requester_s_own_rows(world: Workspace) -> None:
    law, home = load_law_with_caps(rows_per_30_days=5, rows_per_batch=4), world.open_home("caps-home")
    rows = [request_about(number, case_number=f"C-{number}") for number in (1, 2, 3, 4, 5)]
    whole = answer_under(law, world, home, "five", rows)
    (cap,) = [item for item in whole["missing"] if item["rule"] == "r11_size_and_repetition"]
    assert "The batch has 5 rows, and at most 4 are agreed." in cap["found"]
    assert answer_under(law, world, home, "three", rows[:3]) == {}
    split = answer_under(law, world, home, "two", [*rows[3:], request_about(7, case_number="C-7")])
    (cap,) = [item for item in split["missing"] if item["rule"] == "r11_size_and_repetition"]
    assert (
        "With the 3 rows of this batch the requester would have sent 6 rows in 30 days, and at most 5" in cap["found"]
    )
    assert [limit.partition(":")[0] for limit in cap["limits"]] == ["4", "5"]
    text = (world.root / "two-out" / "letter.md").read_text(encoding="utf-8")
    assert "- The agreement's limit is 5: " in text


def test_a_letter_about_probing_names_the_agreement_s_figures_and_nobody_else_s(world: Workspace) -> None:
    law, home = load_law_with_caps(subjects_per_building=2), world.open_home("probing-home")
    names = ("Marisol", "Teodoro", "Wilhelmina", "Anselm")
    rows = [
        request_about(1, first_name=name, last_name=f"{name}son", request_id=name, case_number=f"C-{n}")
        for n, name in enumerate(names)
    ]
    assert answer_under(law, world, home, "first", rows[:2]) == {}
    letter = answer_under(law, world, home, "later", rows[2:3])
    (item,) = [one for one in letter["missing"] if one["rule"] == "p12_one_address_many_names"]
    assert [limit.partition(":")[0] for limit in item["limits"]] == [
        f"{limit.value:,}"
        for limit in (
            law.agreements["irs-ice-2025"].caps.subjects_per_address,
            law.agreements["irs-ice-2025"].caps.subjects_per_building,
            law.agreements["irs-ice-2025"].probing.days,
        )
    ]
    assert item["row_count"] == 1
    assert not any(name in json.dumps(letter["missing"]) for name in ("Marisol", "Teodoro", "first"))


def test_the_letter_is_the_same_with_a_record_withheld_and_without(world: Workspace) -> None:
    letters = []
    for name in ("plain", "withheld"):
        home, out = world.open_home(f"{name}-home"), world.root / f"{name}-out"
        if name == "withheld":
            file_in_home(home, Act.SUPPRESSION, {"kind": "withheld", "records": ["r1"]}, by_two=False, at=AUGUST_2025)
        batch = world.write_batch("same", ROWS) if name == "plain" else world.root / "same"
        _, answers = world.verify_batch(batch, home=home, out=out)
        letters.append([(out / file).read_bytes() for file in ("letter.json", "letter.md")])
        assert next(iter(answers.values()))[0] == ("CONFIRMED" if name == "plain" else "NOT_CONFIRMED")
    assert letters[0] == letters[1]


def test_every_rule_that_reads_a_figure_of_the_agreement_names_it_in_the_letter() -> None:
    for rule in REGISTER:
        source = (RULES_FOLDER / f"{rule.id}.py").read_text(encoding="utf-8")
        read = set(re.findall(r"(?:\bcaps|limits|probing)\.([a-z_0-9]+?)(?:\.value|\b)", source))
        agreement = load_law().agreements["irs-ice-2025"]
        figures = {name for part in (agreement.caps, agreement.probing) for name in type(part).model_fields}
        named = {name.partition(".")[2] for name in LIMITS_BY_RULE.get(rule.id, ())}
        assert read & figures <= named, rule.id
