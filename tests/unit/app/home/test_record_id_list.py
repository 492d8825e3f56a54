"""The lists of record_ids: sorted, each once, empty without a file."""

from pathlib import Path

from comity.app.home.record_id_list import RecordIdList


def test_record_id_list__adds_removes_and_keeps_each_once(tmp_path: Path) -> None:
    ids = RecordIdList(tmp_path / "canaries.txt")
    assert ids.read() == frozenset()
    ids.add(["r9", "r1"])
    ids.add(["r1", "r5"])
    assert (tmp_path / "canaries.txt").read_text() == "r1\nr5\nr9\n"
    ids.remove(["r5", "r7"])
    assert ids.read() == {"r1", "r9"}
