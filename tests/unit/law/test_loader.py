"""What does not load, what the fingerprint covers, and that quotations are quotations."""

import hashlib
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.errors import PolicyError
from comity.law import Agency, Agreement, CourtOrder, Law, Statute, compute_seal, load_law
from comity.law.loader import assemble_law, parse_document

AGREEMENT = (files("comity.law") / "agreements" / "irs-ice-2025.yaml").read_text(encoding="utf-8")
STATUTE = (files("comity.law") / "statutes" / "usc-8-1253.yaml").read_text(encoding="utf-8")
O2 = (files("comity.law") / "orders" / "o2-center-for-taxpayer-rights.yaml").read_text(encoding="utf-8")


def _fails(model: Any, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        parse_document(model, text, "a file")
    assert caught.value.code == "law_invalid"
    return caught.value.message


def test_a_value_without_a_citation_does_not_load() -> None:
    for model, text in ((Statute, STATUTE), (Agreement, AGREEMENT), (CourtOrder, O2)):
        lines = text.splitlines()
        cited = [i for i, line in enumerate(lines) if re.match(r" +citation: |citation: ", line)]
        for at in cited:
            _fails(model, "\n".join(line for i, line in enumerate(lines) if i != at))


def test_a_word_changed_without_a_new_seal_does_not_load() -> None:
    assert "hash" in _fails(Statute, STATUTE.replace("90 days", "60 days"))
    assert "hash" in _fails(Agreement, AGREEMENT.replace("value: 500", "value: 5000", 1))
    assert "hash" in _fails(CourtOrder, O2.replace("Stay and", "Denial of"))


def test_wrapping_the_words_anew_changes_nothing() -> None:
    assert compute_seal("a b\n  c") == compute_seal("a  b c")


@pytest.mark.parametrize(
    "spoiled",
    [
        AGREEMENT + "\nsurprise: 1\n",
        AGREEMENT + "\nid: again\n",
        AGREEMENT.replace("effective_from: 2025-04-07", "effective_from: soon"),
        re.sub(r"review_probability: .*", "review_probability: 0.7", AGREEMENT),
        "[",
        "just words",
        "",
    ],
)
def test_an_incomplete_or_unknown_agreement_does_not_load(spoiled: str) -> None:
    _fails(Agreement, spoiled)


@pytest.mark.parametrize(
    "changes",
    [
        {"instruments": ["denial"]},  # a denial that prohibits something
        {"instruments": ["opinion", "denial"]},
        {"binds": []},
        {"prohibits": []},
        {"prohibits": ["everything"]},
        {"effective_at": "2025-11-21T00:00:00"},
        {"binds": ["nobody"], "id": "X1"},
        {"agreements": ["none-such"], "id": "X1"},
        {"acts_on": [{"order": "O99", "how": "reversed", "effective_at": "2025-12-01T00:00:00Z"}], "id": "X1"},
        {"districts": [{"name": "D. Nowhere", "states": ["MA", "ZZ"]}]},
        {"districts": [{"name": "D. Nowhere", "states": []}]},
        *(
            {
                "instruments": ["appellate_judgment"],
                "prohibits": [],
                "binds": [],
                "acts_on": [{"order": "O3", "how": "reversed", **act}],
            }
            for act in ({"effective_at": "2026-03-01T00:00:00Z"}, {"stated_in": "slip op. at 31"})
        ),
        {"instruments": ["mandate"], "prohibits": [], "binds": [], "acts_on": [{"order": "O3", "how": "reversed"}]},
        {"id": "O3"},
    ],
)
def test_an_order_that_contradicts_itself_or_the_rest_does_not_load(changes: dict[str, Any]) -> None:
    with pytest.raises(PolicyError) as caught:
        load_law([{**yaml.safe_load(O2), "id": "X1", **changes}])
    assert caught.value.code == "law_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"districts": [{"name": "D. Mass.", "states": ["MA"]}]},
        {"effective_at": "2025-11-21T00:00:00Z", "issued_at": "2025-11-21T00:00:00Z"},
        *(
            {
                "instruments": ["appellate_judgment"],
                "prohibits": [],
                "binds": [],
                "acts_on": [{"order": "O3", "how": "reversed", **act}],
            }
            for act in ({}, {"effective_at": "2026-03-01T00:00:00Z", "stated_in": "slip op. at 31"})
        ),
    ],
)
def test_an_order_that_says_what_it_must_loads(changes: dict[str, Any]) -> None:
    assert "X1" in load_law([{**yaml.safe_load(O2), "id": "X1", **changes}]).orders


def test_a_reference_to_a_missing_element_does_not_load() -> None:
    law = load_law()
    rest = [statute for statute in law.statutes.values() if statute.id != "usc-8-1367"]
    with pytest.raises(PolicyError):
        assemble_law(rest, law.agreements.values(), law.orders.values(), law.agencies.values())


def test_two_elements_of_one_id_do_not_load() -> None:
    law = load_law()
    twin = law.statutes["usc-8-1367"].model_copy(update={"id": "another"})
    with pytest.raises(PolicyError):
        assemble_law(
            [*law.statutes.values(), twin], law.agreements.values(), law.orders.values(), law.agencies.values()
        )


def test_the_fingerprint_changes_with_any_order_and_only_then() -> None:
    extra = {**yaml.safe_load(O2), "id": "X1"}
    assert load_law().fingerprint == load_law().fingerprint == load_law([]).fingerprint
    assert load_law([extra]).fingerprint != load_law().fingerprint
    assert load_law([extra]).fingerprint != load_law([{**extra, "judges": ["Another"]}]).fingerprint


def test_the_fingerprint_can_be_computed_by_others_from_the_law_as_json() -> None:
    law = Law({}, {}, {}, {"irs": Agency(id="irs", name="Internal Revenue Service")}, frozenset({"X2", "X1"}))
    agency = '{"address":null,"also":[],"id":"irs","name":"Internal Revenue Service","parent":null,"safeguards":null}'
    written = f'{{"agencies":{{"irs":{agency}}},"agreements":{{}},"orders":{{}},"pending":["X1","X2"],"statutes":{{}}}}'
    assert law.fingerprint == hashlib.sha256(written.encode()).hexdigest()


def test_an_unknown_agreement_is_a_refusal_that_names_the_known_ones() -> None:
    with pytest.raises(PolicyError) as caught:
        load_law().get_agreement("none-such")
    assert caught.value.code == "agreement_unknown"
    assert "irs-ice-2025" in caught.value.hint
    assert "none-such" not in caught.value.message


def test_every_element_says_how_far_it_is_to_be_trusted() -> None:
    law = load_law()
    elements = [e for statute in law.statutes.values() for e in statute.elements]
    elements += [e for agreement in law.agreements.values() for e in agreement.elements]
    assert all(element.marks and element.evidence for element in elements)
    assert any(element.has_unconfirmed_words for element in elements)
    assert all(law.get_element(element.id) is element for element in elements)


def _own(folder: Path, kind: str, name: str, text: str) -> Path:
    (folder / kind).mkdir(exist_ok=True)
    path = folder / kind / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_custodians_own_law_stands_beside_the_shipped(tmp_path: Path) -> None:
    assert load_law(folder=tmp_path / "nowhere") == load_law()
    _own(tmp_path, "agencies", "ssa.yaml", "id: ssa\nname: Social Security Administration\n")
    _own(tmp_path, "agencies", "notes.txt", "[")
    _own(tmp_path, "statutes", "own.yaml", STATUTE.replace("usc-8-1253", "own-1253").replace("usc8-1253", "own8-1253"))
    _own(
        tmp_path,
        "agreements",
        "own.yaml",
        AGREEMENT.replace("irs-ice-2025", "own-2025").replace("mou2025-", "own2025-"),
    )
    law, shipped = load_law(folder=tmp_path), load_law()
    for own, theirs, more in (
        (law.agencies, shipped.agencies, "ssa"),
        (law.statutes, shipped.statutes, "own-1253"),
        (law.agreements, shipped.agreements, "own-2025"),
    ):
        assert dict(own) == {**theirs, more: own[more]}
    assert law.orders == shipped.orders
    assert load_law(folder=tmp_path) is law


def test_what_changes_in_a_custodians_own_law_is_seen(tmp_path: Path) -> None:
    path = _own(tmp_path, "agencies", "ssa.yaml", "id: ssa\nname: One\n")
    first = path.stat().st_mtime_ns
    for name, at in (("One", 0), ("Two", 1), ("Three", 1)):  # of the same size; then of the same time
        path.write_text(f"id: ssa\nname: {name}\n", encoding="utf-8")
        os.utime(path, ns=(first + at, first + at))
        assert load_law(folder=tmp_path).agencies["ssa"].name == name
    path.rename(path.with_name("other.yaml"))
    _own(tmp_path, "agencies", "another.yaml", "id: cms\nname: Centers for Medicare and Medicaid Services\n")
    assert {"ssa", "cms"} < set(load_law(folder=tmp_path).agencies)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("statutes", STATUTE.replace("usc-8-1253", "own-1253").replace("usc8-1253", "own8-1253")),
        ("agreements", AGREEMENT.replace("irs-ice-2025", "own-2025").replace("mou2025-", "own2025-")),
    ],
)
def test_what_is_added_to_a_custodians_own_law_is_seen(kind: str, text: str, tmp_path: Path) -> None:
    before = load_law(folder=tmp_path)
    _own(tmp_path, kind, "own.yaml", text)
    assert len(getattr(load_law(folder=tmp_path), kind)) == len(getattr(before, kind)) + 1


def test_a_custodians_own_law_replaces_nothing_and_must_be_text(tmp_path: Path) -> None:
    path = _own(tmp_path, "agencies", "irs.yaml", "id: irs\nname: Another\n")
    with pytest.raises(PolicyError, match="two entries carry the id irs"):
        load_law(folder=tmp_path)
    path.write_bytes(b"\xff")
    with pytest.raises(PolicyError, match=r"irs\.yaml: it cannot be read as UTF-8 text"):
        load_law(folder=tmp_path)


def test_agencies_are_known_by_every_name() -> None:
    law = load_law()
    for name in ("ICE", "us-dhs-ice", "U.S. Immigration and  Customs Enforcement"):
        agency = law.find_agency(name)
        assert agency is not None
        assert agency.id == "ice"
    assert law.find_agency("") is None
