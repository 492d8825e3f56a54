"""What one person cannot open, and two can: an agreement beside a court order, a signer, an index, the witnesses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from comity import law, match
from comity.app import bootstrap, clock
from comity.app.gateway import open_gateway, register_synthetic_signer
from comity.app.use_cases.signer_registration import list_registered_signers
from comity.errors import ComityError, PolicyError
from comity.law.court_filings import apply_filings
from comity.ledger.filed import find_witness_policy, read_filings, read_register
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.pipeline import BatchResult, Gateway, verify_batch
from comity.signing import create_signing_key, key_thumbprint, to_public_key
from tests.support.batch_folders import SIGNER_OFFICE, write_batch
from tests.support.safeguard_plans import make_plan
from tests.support.two_persons import JO, SAM, enroll_founders
from tests.support.workspace import (
    AFTER_ORDERS,
    AUGUST_2025,
    RECORDS,
    Workspace,
    build_record_index,
    no_progress,
    request_about,
)

AGREEMENT = (files("comity.law") / "agreements" / "irs-ice-2025.yaml").read_text(encoding="utf-8")


class Desk:
    """A home whose clock is stopped, with Jo and Sam enrolled."""

    def __init__(self, world: Workspace, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)
        self.world, self.at, self.home = world, at, world.open_home()
        with self.open() as (store, context):
            enroll_founders(store, context, at=at)

    @contextmanager
    def open(self) -> Iterator[tuple[Any, Any]]:
        with bootstrap.open_store(self.home) as store:
            yield store, bootstrap.load_filing_context(self.home)

    def enter(self, act: Act, content: dict[str, Any]) -> int:
        with self.open() as (store, context):
            return filing_steps.enter_filing(store, act, content, JO, context=context, at=self.at).entered.number

    def confirm(self, number: int) -> None:
        with self.open() as (store, context):
            filing_steps.confirm_filing(store, number, SAM, context=context, at=self.at)

    def both(self, act: Act, content: dict[str, Any]) -> None:
        self.confirm(self.enter(act, content))

    def law(self) -> law.Law:
        with self.open() as (store, _), store.read() as tx:
            return apply_filings(law.load_law(), read_filings(tx))

    def verify(self, name: str, *, index: Path | None = None, gateway: Gateway | None = None, **manifest: Any) -> Any:
        batch = self.world.root / name
        if not batch.exists():
            batch = self.world.write_batch(name, [request_about(1)], **manifest)
        if gateway is not None:
            return self._run(batch, gateway, index)
        with open_gateway(self.home) as opened:
            return self._run(batch, opened, index)

    def _run(self, batch: Path, gateway: Gateway, index: Path | None) -> BatchResult:
        out = self.world.root / f"{batch.name}-out"
        return verify_batch(batch, gateway, index=index or self.world.index, out=out, progress=no_progress)


@pytest.fixture(name="desk")
def _desk(world: Workspace, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(world, AUGUST_2025, monkeypatch)


def clone(agreement_id: str, **changes: str) -> dict[str, Any]:
    """The shipped agreement under another id, as an attacker would add it."""
    text = AGREEMENT.replace("id: irs-ice-2025\n", f"id: {agreement_id}\n").replace("mou2025-", f"{agreement_id}-")
    for name, value in changes.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
        text = text.replace(old, f"{name}: {value}")
    return {"files": {f"agreements/{agreement_id}.yaml": text}}


@pytest.mark.parametrize("changes", [{}, {"custodian": "treasury"}, {"requester": "dhs"}])
def test_an_agreement_cloned_under_another_id_inherits_the_orders(
    world: Workspace, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    """O2 and O3 name one agreement; another between the same sides is bound, even when two persons filed it."""
    desk = Desk(world, AFTER_ORDERS, monkeypatch)
    desk.both(Act.LAW, clone("another-2026", **changes))
    assert desk.verify("b", agreement="another-2026").blocking_order_ids == ("O2", "O3")
    for order in ("O2", "O3"):
        content = {"order": order, "agreement": "another-2026", "reason": "Counsel: another policy, another statute"}
        number = desk.enter(Act.CLEARANCE, content)
        assert order in desk.verify("b").blocking_order_ids, "one person cleared it"
        desk.confirm(number)
    assert desk.verify("b").blocking_order_ids == ()
    assert {order.id for order in desk.law().find_orders_in_force(AFTER_ORDERS, "irs-ice-2025")} == {"O2", "O3"}


@pytest.mark.parametrize("agreement_id", ["irs-ice-2o25", "lrs-ice-2025", "irs-lce-2025", "irs--ice-2025"])
def test_an_agreement_whose_id_looks_like_another_s_is_refused(desk: Desk, agreement_id: str) -> None:
    with pytest.raises(PolicyError, match="looks like irs-ice-2025, which is on file"):
        desk.enter(Act.LAW, clone(agreement_id))
    with pytest.raises(PolicyError, match="looks like ice, which is on file"):
        desk.enter(Act.LAW, {"files": {"agencies/lce.yaml": "id: lce\nname: Another Unit\n"}})
    assert desk.law().agreements.keys() == law.load_law().agreements.keys()


def test_an_agreement_between_others_is_not_bound(desk: Desk) -> None:
    agency = "id: sba\nname: Synthetic Benefit Agency\n"
    content = clone("benefit", requester="sba", requesters_also="[]")
    desk.both(Act.LAW, {"files": content["files"] | {"agencies/sba.yaml": agency}})
    assert [order.id for order in desk.law().find_orders_in_force(AFTER_ORDERS, "benefit")] == []


def test_an_agency_below_a_bound_one_does_not_get_around_the_order(desk: Desk) -> None:
    agency = "id: unit\nname: Another Unit\nparent: ice\n"
    content = clone("unit-2026", requester="unit", requesters_also="[]")
    desk.both(Act.LAW, {"files": content["files"] | {"agencies/unit.yaml": agency}})
    assert [order.id for order in desk.law().find_orders_in_force(AFTER_ORDERS, "unit-2026")] == ["O2", "O3"]


def test_law_that_one_person_added_counts_for_nothing(desk: Desk) -> None:
    number = desk.enter(Act.LAW, clone("another-2025"))
    assert "another-2025" not in desk.law().agreements
    assert desk.verify("b", agreement="another-2025").is_batch_refused
    desk.confirm(number)
    assert "another-2025" in desk.law().agreements
    folder = desk.home.path / "law" / "agreements"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text(AGREEMENT)
    with pytest.raises(ComityError) as stopped:
        desk.verify("c")
    assert stopped.value.code == "home_altered"


def test_one_person_suspends_an_agreement_and_two_reinstate_it(desk: Desk) -> None:
    content = {"agreement": "irs-ice-2025", "reason": "Under review"}
    desk.enter(Act.SUSPENSION, content)
    assert desk.verify("b").status == "held"
    number = desk.enter(Act.SUSPENSION_LIFT, content)
    assert desk.verify("b").status == "held"
    desk.confirm(number)
    assert desk.verify("b").status == "answered"


def test_one_person_stops_everything_and_two_lift_it(desk: Desk) -> None:
    stop = desk.enter(Act.STOP, {"reason": "An answer was wrong"})
    assert desk.verify("b").status == "held"
    number = desk.enter(Act.STOP_LIFT, {"stop": stop, "reason": "The answer was right"})
    assert desk.verify("b").status == "held"
    again = desk.enter(Act.STOP, {"reason": "Another one was wrong"})
    desk.confirm(number)
    assert desk.verify("b").status == "held", "a lift is of one stop, not of one that came later"
    desk.confirm(desk.enter(Act.STOP_LIFT, {"stop": again, "reason": "It was right too"}))
    assert desk.verify("b").status == "answered"


def office_key(desk: Desk, name: str) -> tuple[Any, dict[str, Any]]:
    key = create_signing_key(desk.world.root / f"{name}.key")
    members = to_public_key(key).as_dict(private=False)
    return key, {"requester": "us-dhs-ice", "office": SIGNER_OFFICE, "key": members}


def test_a_signer_takes_two_persons_and_is_revoked_by_one(desk: Desk) -> None:
    key, content = office_key(desk, "office")
    write_batch(desk.world.root / "b", [request_about(1)], key=key, batch_id="b")
    with pytest.raises(ComityError):
        desk.verify("b")
    number = desk.enter(Act.SIGNER, content)
    with pytest.raises(ComityError):
        desk.verify("b")
    desk.confirm(number)
    assert desk.verify("b").status == "answered"
    write_batch(desk.world.root / "c", [request_about(3)], key=key, batch_id="c")
    desk.enter(Act.SIGNER_REVOCATION, {"key": key_thumbprint(key), "reason": "The signer left"})
    with pytest.raises(ComityError):
        desk.verify("c")
    with pytest.raises(ComityError):
        desk.verify("b")


def test_a_synthetic_signer_is_revoked_by_one_and_comes_back_by_two(desk: Desk) -> None:
    """Its key counts from first use on; once it is revoked, neither it nor a new one does without two persons."""
    (signer,) = list_registered_signers(desk.home.path)
    assert signer.is_synthetic
    assert desk.verify("b").status == "answered"
    desk.enter(Act.SIGNER_REVOCATION, {"key": signer.thumbprint, "reason": "The signer left"})
    assert list_registered_signers(desk.home.path) == []
    other_key, content = office_key(desk, "office")
    write_batch(desk.world.root / "d", [request_about(3)], key=other_key, batch_id="d")
    for name in ("c", "d"):
        with pytest.raises(ComityError):
            desk.verify(name)
        assert register_synthetic_signer(desk.home, desk.world.root / name, desk.world.index) is None
    with pytest.raises(ComityError):
        desk.enter(Act.SIGNER_REVOCATION, {"key": signer.thumbprint, "reason": "Once more"})
    desk.both(Act.SIGNER, content)
    assert desk.verify("d").status == "answered"


def test_a_key_put_into_the_file_of_synthetic_signers_opens_nothing(desk: Desk) -> None:
    key, _ = office_key(desk, "office")
    write_batch(desk.world.root / "b", [request_about(1)], key=key, batch_id="b", synthetic=False)
    desk.home.signers.register(
        requester="us-dhs-ice", office=SIGNER_OFFICE, key=key, registered_at="2025-01-01", synthetic=True
    )
    with pytest.raises(ComityError):
        desk.verify("b")
    rows = json.loads((desk.home.path / "signers.json").read_text())
    (desk.home.path / "signers.json").write_text(json.dumps([{**row, "synthetic": False} for row in rows]))
    with pytest.raises(ComityError) as stopped:
        desk.verify("b")
    assert stopped.value.code == "home_altered"


@pytest.fixture(name="real_index", scope="module")
def _real_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_record_index(tmp_path_factory.mktemp("real") / "records", RECORDS, is_synthetic=False)


def test_real_records_are_answered_from_the_state_that_two_persons_chose(desk: Desk, real_index: Path) -> None:
    key, content = office_key(desk, "office")
    desk.both(Act.SIGNER, content)
    desk.both(Act.SAFEGUARD_PLAN, make_plan())
    write_batch(desk.world.root / "b", [request_about(1)], key=key, batch_id="b", synthetic=False)

    def stopped(name: str = "b") -> str:
        with pytest.raises(ComityError) as refused:
            desk.verify(name, index=real_index)
        return refused.value.code

    assert stopped() == "choice_unfiled"
    fingerprint = match.Index.find_commit(real_index).fingerprint
    number = desk.enter(Act.INDEX, {"fingerprint": fingerprint})
    assert stopped() == "choice_unfiled"
    desk.confirm(number)
    desk.both(Act.MODEL, {"fingerprint": "0" * 64})
    assert stopped() == "choice_unfiled", "another model was chosen"
    desk.both(Act.MODEL, {"fingerprint": match.default_model_fingerprint()})
    assert desk.verify("b", index=real_index).status == "answered"
    desk.world.write_batch("synthetic", [request_about(3)])
    assert stopped("synthetic") == "synthetic_batch", "a synthetic signer asks about real records"


def test_witnesses_are_required_by_one_and_dispensed_with_by_two(desk: Desk) -> None:
    vkey = "w.example+2a3b21d6+BATvHoKvsuJ3CA8HpFrEzDgEeGPTqmzEGPxqeGiDMFN5"
    policy = f"witness one {vkey} http://127.0.0.1:1/\ngroup all 1 one\nquorum all\n"

    def required() -> str | None:
        with desk.open() as (store, _), store.read() as tx:
            return find_witness_policy(read_register(tx))

    from comity.tlog.cosignature import Cosigner

    key = create_signing_key(desk.world.root / "w.key").private_key
    policy = policy.replace(vkey, Cosigner("w.example", key).verifier.to_text())  # type: ignore[arg-type]
    desk.enter(Act.WITNESSES, {"policy": policy, "reason": "The inspector asked"})
    assert required() == policy
    number = desk.enter(Act.WITNESSES, {"policy": None, "reason": "No longer"})
    assert required() == policy
    assert not list(desk.home.path.glob("witness*")), "there is no file to delete"
    desk.confirm(number)
    assert required() is None
    desk.enter(Act.WITNESSES, {"policy": policy, "reason": "Again"})
    assert required() == policy


def test_a_gateway_opened_before_witnesses_were_required_delivers_nothing(desk: Desk) -> None:
    with open_gateway(desk.home) as gateway:
        other = replace(gateway, witness_policy="another")
        with pytest.raises(ComityError) as stopped:
            desk.verify("b", gateway=other)
    assert stopped.value.code == "law_unsettled"
    assert not (desk.world.root / "b-out").exists()
