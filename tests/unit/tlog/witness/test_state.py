"""A witness's row advances by compare-and-swap."""

from pathlib import Path

from comity.tlog.witness.state import LastCheckpoint, WitnessState
from tests.support.witness_network import ROOT


def test_witness_state__advances_only_from_the_expected_size(tmp_path: Path) -> None:
    state = WitnessState(tmp_path / "seen.db")
    assert state.advance("o", 0, LastCheckpoint(5, ROOT, "five")) == 0
    assert state.advance("o", 0, LastCheckpoint(3, ROOT, "three")) == 5
    assert WitnessState(tmp_path / "seen.db").get("o") == LastCheckpoint(5, ROOT, "five")
    assert state.get("other") == LastCheckpoint()
