"""An agreement that names a population gets its claims and its threshold; no claim is above one within the ranges."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from comity.app.cli import main
from comity.decide import determine_outcomes
from comity.errors import PolicyError
from comity.law import Agreement, PopulationProfile, find_population, load_law, load_populations
from comity.law.loader import assemble_law
from comity.match import Index, match_requests, min_confirm_probability
from comity.model.shares import SHARE_NAMES, Shares
from comity.pipeline import derive_match_policy, verify_batch
from tests.support.labelled_town import write_labelled_town
from tests.support.match_records import build_index_with, make_record, make_requests
from tests.support.workspace import (
    AUGUST_2025,
    load_law_without_orders,
    make_workspace,
    no_progress,
    open_gateway_at,
    request_about,
)

AGREEMENT, FEW_VALID = "irs-ice-2025", "few-valid"
ADA: dict[str, Any] = {"first_name": "Adalbert", "middle_name": "Q", "last_name": "Vinterberg", "street": "77 Oak Ave"}
SISTER = ADA | {"first_name": "Signe", "middle_name": "L"}
ASKED = [
    ADA,
    SISTER,
    ADA | {"first_name": "Adalbrt"},
    ADA | {"middle_name": "Z"},
    ADA | {"last_name": "Winterberg", "middle_name": None},
    ADA | {"street": "79 Oak Ave"},
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with build_index_with(
        tmp_path_factory.mktemp("town"), make_record("a", **ADA), make_record("b", **SISTER)
    ) as index:
        yield index


def list_corners(profile: PopulationProfile) -> list[Shares]:
    ranges = [getattr(profile.odds, name) for name in SHARE_NAMES]
    return [Shares(*corner) for corner in sorted(set(product(*((each.least, each.most) for each in ranges))))]


@pytest.mark.parametrize("name", sorted(load_populations()))
def test_the_claim_is_the_least_at_any_corner_of_the_ranges(town: Index, name: str) -> None:
    profile = load_populations()[name]
    requests = make_requests(*(dict(asked) for asked in ASKED))

    def claim(shares: Shares) -> list[float]:
        probabilities: list[float] = match_requests(town, requests, shares=shares)["match_probability"].to_pylist()
        return probabilities

    least, most = claim(profile.least_favorable), claim(profile.most_favorable)
    for corner in list_corners(profile):
        for low, here, high in zip(least, claim(corner), most, strict=True):
            assert low <= here <= high


def naming_few_valid(agreement: Agreement) -> Agreement:
    """Return an agreement that names the population, and tolerates 2 wrong in 1,000."""
    policy = agreement.match_policy.model_copy(update={"tolerated_error": 0.002})
    return agreement.model_copy(update={"population": FEW_VALID, "match_policy": policy})


def naming_none() -> Agreement:
    """Return the shipped agreement as if it named no population."""
    return load_law().get_agreement(AGREEMENT).model_copy(update={"population": None})


def test_the_shipped_agreement_is_answered_with_what_was_shown_for_the_population_that_it_names() -> None:
    shipped = load_law().get_agreement(AGREEMENT)
    assert shipped.population == FEW_VALID
    policy = derive_match_policy(shipped)
    shares, tolerated = load_populations()[FEW_VALID].least_favorable, shipped.match_policy.tolerated_error
    shown = min_confirm_probability(tolerated, shares=shares, conditions=policy.further_conditions)
    assert policy.confirm_probability == shown
    assert policy.confirm_probability > derive_match_policy(naming_few_valid(shipped)).confirm_probability


def test_an_agreement_gets_the_threshold_of_its_population() -> None:
    silent = naming_none()
    named = derive_match_policy(silent.model_copy(update={"population": find_population().id}))
    assert named == derive_match_policy(silent)
    few_valid = load_populations()[FEW_VALID].least_favorable
    policy = derive_match_policy(naming_few_valid(silent))
    shown = min_confirm_probability(0.002, shares=few_valid, conditions=policy.further_conditions)
    assert policy.confirm_probability == max(shown, silent.match_policy.confirm_probability)
    laxer = silent.match_policy.model_copy(update={"is_number_exact": False})
    with pytest.raises(PolicyError, match="in this population"):  # it was not shown without that condition
        derive_match_policy(naming_few_valid(silent).model_copy(update={"match_policy": laxer}))


def test_the_stricter_population_confirms_nothing_that_the_default_one_does_not(town: Index) -> None:
    silent, requests = naming_none(), make_requests(*(dict(asked) for asked in ASKED))
    matched = []
    for agreement in (silent, naming_few_valid(silent), load_law().get_agreement(AGREEMENT)):
        evidence = match_requests(town, requests, shares=find_population(agreement).least_favorable)
        outcomes = determine_outcomes(evidence, derive_match_policy(agreement))["outcome"].to_pylist()
        matched.append({n for n, outcome in enumerate(outcomes) if outcome == "match"})
    assert matched[2]
    assert matched[2] <= matched[1] <= matched[0]


def test_a_batch_is_answered_and_explained_with_the_population_of_its_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_workspace(tmp_path)
    shipped = load_law_without_orders()
    naming = naming_few_valid(shipped.agreements[AGREEMENT])
    law = assemble_law(shipped.statutes.values(), [naming], (), shipped.agencies.values())
    batch, out = world.write_batch("named", [request_about(1)]), tmp_path / "out"
    home = world.open_home("named-home")
    with open_gateway_at(home, AUGUST_2025) as gateway:
        verify_batch(
            batch, replace(gateway, load_base_law=lambda: law), index=world.index, out=out, progress=no_progress
        )
    answered = json.loads((out / "answers.json").read_text(encoding="utf-8"))
    assert answered["population"] == load_populations()[FEW_VALID].reference
    monkeypatch.setattr("comity.app.use_cases.determination_replay.load_law", lambda: law)
    command = ["explain", str(batch), "--index", str(world.index), "--home", str(home.path), "--json"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--request", request_about(1)["request_id"]])
    said = capsys.readouterr()
    assert not ended.value.code, said.err
    facts = json.loads(said.out)
    assert facts["population"] == answered["population"]
    assert facts["match_probability"] < facts["match_probability_at_most"]
    assert facts["confirm_probability"] == derive_match_policy(naming).confirm_probability


def test_evaluate_takes_a_population_and_says_what_the_labels_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(path) for path in write_labelled_town(tmp_path)]

    def evaluate(*more: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", *files, "--out", str(tmp_path / f"out{len(more)}"), *more])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    code, plain, _ = evaluate("--json")
    assert code == 0
    code, named, _ = evaluate("--json", "--population", FEW_VALID)
    assert code == 0
    before, after = json.loads(plain), json.loads(named)
    assert (before["population"], after["population"]) == (find_population().id, FEW_VALID)
    assert "shown_by_these_labels" not in before
    assert after["shown_by_these_labels"].startswith("tolerance_unproven: ")
    claims = [pq.read_table(tmp_path / f"out{n}" / "determinations.parquet")["match_probability"] for n in (1, 3)]
    assert all(low <= high for high, low in zip(*(claim.to_pylist() for claim in claims), strict=True))
    assert FEW_VALID in (tmp_path / "out3" / "report.html").read_text(encoding="utf-8")
    code, _, said = evaluate("--population", "nobody-knows")
    assert code == 2
    assert "no population profile of that id" in said
