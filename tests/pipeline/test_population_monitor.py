"""A batch that is not of its agreement's population is held before anything is determined; one that is, is answered."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import law
from comity.app import bootstrap
from comity.app.cli import main
from comity.app.gateway import open_rehearsal, register_synthetic_signer
from comity.app.home import Home
from comity.app.use_cases.synthetic_nation import SimulationPlan, simulate_nation
from comity.decide import MatchPolicy, determine_outcomes
from comity.errors import EXIT_DONE, EXIT_HELD
from comity.evaluate.labelled_data import align_truth, boolean_column, read_requests
from comity.law import Law, find_population, load_law, load_populations
from comity.law.loader import assemble_law
from comity.ledger import log
from comity.match import Index, build_index, find_mixture_scale, load_default_model, match_requests
from comity.model.progress import no_progress
from comity.pipeline import POPULATION_RULE, derive_mixture_range, verify_batch
from comity.release.record_suppression import Suppressions
from comity.simulate import RequestMix
from comity.store.batches import ANSWERED, HELD
from tests.support.workspace import AUGUST_2025, load_law_without_orders

AGREEMENT, FEW_VALID = "irs-ice-2025", "few-valid"
CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)
PEOPLE, REQUESTS, SEED = 20_000, 2_500, 31
"""About 2,150 requests of such a file set forth a name and an address."""


def load_law_naming(population: str | None) -> Law:
    """Return the law without orders, with one agreement, which names a population and tolerates 2 wrong in 1,000."""
    shipped = load_law_without_orders()
    policy = shipped.agreements[AGREEMENT].match_policy.model_copy(update={"tolerated_error": 0.002})
    naming = shipped.agreements[AGREEMENT].model_copy(update={"population": population, "match_policy": policy})
    return assemble_law(shipped.statutes.values(), [naming], (), shipped.agencies.values())


@dataclass(frozen=True)
class Files:
    """Batches of one simulated town: as agreed, with a third of the valid requests, and with twice the relatives."""

    root: Path

    @property
    def index(self) -> Path:
        return self.root / "index"

    def batch(self, name: str) -> Path:
        return self.root / name / "batch"

    def read_complete_requests(self, name: str) -> pa.Table:
        """Return the requests that set forth a name and an address: the gates refuse the others."""
        requests = read_requests(next(self.batch(name).glob("requests.*")))
        truth = align_truth(pq.read_table(self.root / name / "truth.parquet"), requests)
        return requests.filter(pa.array(boolean_column(truth, "complete")))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    root = tmp_path_factory.mktemp("files")
    allowed = derive_mixture_range(load_law_naming(FEW_VALID).agreements[AGREEMENT])
    assert allowed is not None
    mixes = {
        "agreed": RequestMix(),
        "fewer": RequestMix(valid=allowed.least_valid / 3),
        "relatives": RequestMix(relatives=0.35),
    }
    for name, mix in mixes.items():
        plan = SimulationPlan(
            people=PEOPLE, requests=REQUESTS, seed=SEED, shape="august-2025-cured", created_at=CREATED_AT, mix=mix
        )
        simulate_nation(plan, root / name)
    build_index([root / "agreed" / "records"], root / "index")
    return Files(root)


@pytest.mark.parametrize(
    ("name", "population", "status"),
    [
        ("agreed", FEW_VALID, ANSWERED),
        ("fewer", FEW_VALID, HELD),
        ("relatives", FEW_VALID, HELD),
        ("fewer", None, ANSWERED),
    ],
)
def test_a_batch_outside_the_range_is_held_and_one_inside_or_without_a_range_is_answered(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, population: str | None, status: str
) -> None:
    naming = load_law_naming(population)
    monkeypatch.setattr(law, "load_law", lambda: naming)
    home, out = Home.open_or_create(tmp_path / "home"), tmp_path / "out"
    register_synthetic_signer(home, files.batch(name), files.index)
    with open_rehearsal(home, AUGUST_2025) as gateway:
        result = verify_batch(files.batch(name), gateway, index=files.index, out=out, progress=no_progress)
        found = [finding for finding in result.findings if finding.rule == POPULATION_RULE]
        assert (result.status, bool(found), out.exists()) == (status, status == HELD, status == ANSWERED)
        if status == HELD:
            again = verify_batch(files.batch(name), gateway, index=files.index, out=out, progress=no_progress)
            assert [one.message for one in again.findings] == [one.message for one in result.findings]


def test_the_command_says_why_in_counts_and_the_ledger_names_the_rule(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    naming = load_law_naming(FEW_VALID)
    monkeypatch.setattr(law, "load_law", lambda: naming)
    home, out = tmp_path / "home", tmp_path / "out"

    def run(*more: str) -> tuple[int, str]:
        arguments = ["verify", str(files.batch("fewer")), "--index", str(files.index), "--home", str(home)]
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--out", str(out), "--as-of", "2025-08-07", *more])
        return int(ended.value.code or EXIT_DONE), capsys.readouterr().out

    code, text = run()
    assert (code, out.exists()) == (EXIT_HELD, False)
    said_of = re.search(r"Of ([0-9,]+) requests that were compared, about 0\.[0-9]{2}% \(95 %: ", text)
    assert said_of is not None
    complete = files.read_complete_requests("fewer").num_rows
    assert 0.95 * complete < int(said_of[1].replace(",", "")) <= complete
    assert "Run this again" not in text
    assert "nothing was determined, and no answers were written" in text
    assert "nothing was looked up" not in text
    assert "comity flags" not in text
    assert f"whose population is {FEW_VALID}" in text
    code, written = run("--json")
    said = json.loads(written)
    assert (code, said["status"], said["counts"]) == (EXIT_HELD, HELD, {})
    with bootstrap.open_store(Home.open(home).open_rehearsal()) as store, store.read() as tx:
        last = json.loads(log.read_entries(tx, log.tree_size(tx) - 1, log.tree_size(tx))[0])
    assert (last["kind"], last["rules"], last["orders"]) == ("hold", [POPULATION_RULE], [])


def test_a_determination_is_the_same_whoever_else_is_in_the_batch(files: Files) -> None:
    requests, shares = files.read_complete_requests("fewer"), load_populations()[FEW_VALID].least_favorable
    rng = np.random.default_rng(53)
    with Index.open(files.index) as index:

        def determine(rows: pa.Table) -> dict[str, tuple[object, ...]]:
            evidence = match_requests(index, rows, shares=shares)
            table = determine_outcomes(evidence, MatchPolicy(confirm_probability=0.9))
            names = ("outcome", "match_probability", "match_weight", "record_id")
            values = zip(*(table[name].to_pylist() for name in names), strict=True)
            return dict(zip(table["request_id"].to_pylist(), values, strict=True))

        whole = determine(requests)
        assert {outcome[0] for outcome in whole.values()} == {"match", "review", "non_match"}
        for size in (1, 40, 700):
            chosen = requests.take(pa.array(np.sort(rng.choice(requests.num_rows, size, replace=False))))
            assert determine(chosen).items() <= whole.items()


def test_rows_that_reach_a_suppressed_record_are_marked(files: Files) -> None:
    with Index.open(files.index) as index:
        evidence = match_requests(index, files.read_complete_requests("agreed").slice(0, 200))
    likeliest = next(record for record in evidence["record_id"].to_pylist() if record is not None)
    marked = Suppressions(withheld_record_ids=frozenset({likeliest})).mark_rows(evidence)
    assert marked.tolist() == [record == likeliest for record in evidence["record_id"].to_pylist()]
    assert not Suppressions().mark_rows(evidence).any()


def test_every_agreement_that_names_a_population_has_a_scale_for_the_shipped_model() -> None:
    scale = find_mixture_scale(load_default_model())
    assert scale is not None
    silent = load_law().get_agreement(AGREEMENT).model_copy(update={"population": None})
    assert derive_mixture_range(silent) is None
    for agreement in (*load_law().agreements.values(), *load_law_naming(FEW_VALID).agreements.values()):
        if agreement.population is not None:
            allowed, odds = derive_mixture_range(agreement), find_population(agreement).odds
            assert allowed is not None
            assert allowed.most_family / odds.family.most == pytest.approx(scale.family)
            assert allowed.most_others / odds.stranger.most == pytest.approx(scale.others)
