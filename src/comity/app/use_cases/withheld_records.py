"""Withhold records about which the Secretary determined that nothing is disclosed (26 USC 6103(i)(6))."""

from pathlib import Path

from comity.app.home import Home
from comity.app.use_cases.record_id_files import read_record_ids


def withhold_records(home_path: Path, record_ids_file: Path) -> int:
    """Add the records of a file to those withheld, and return how many there are. Raises ComityError `bad_argument`."""
    record_ids = read_record_ids(record_ids_file)
    withheld = Home.open(home_path).withheld
    withheld.add(record_ids)
    return len(withheld.read())


def lift_withholding(home_path: Path, record_ids_file: Path) -> int:
    """Remove the records of a file from those withheld, and return how many are left. Raises as `withhold_records`."""
    record_ids = read_record_ids(record_ids_file)
    withheld = Home.open(home_path).withheld
    withheld.remove(record_ids)
    return len(withheld.read())
