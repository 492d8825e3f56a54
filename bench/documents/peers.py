"""Judge the same zones with Comity and with other libraries, and count wrong verdicts.

    python bench/documents/peers.py --vectors FOLDER --peers-python PYTHON

FOLDER has the public vectors of documents (mrz/cases.json); PYTHON is an interpreter of an environment with `mrz`
(GPL-3), `fastmrz` (AGPL-3) and `PassportEye` (MIT), which are run there and never shipped. A verdict is wrong when a
zone with digits that all agree is refused, or one with a digit that does not agree, or of no standard size, is
accepted. An exception of a library counts as a refusal. Rates are of one zone at a time over the same cases, per second
of CPU.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

Judge = Callable[[list[str]], bool]
ROUNDS = 20


@dataclass(frozen=True)
class Verdicts:
    """What one library judged: the cases that it refused or accepted wrongly, of how many, and zones a second."""

    library: str
    version: str
    cases: int
    wrongly_refused: tuple[str, ...]
    wrongly_accepted: tuple[str, ...]
    rate: float


def main() -> None:
    """Print one line for each library, and the cases that it judges wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--as-peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_peer:
        cases = _read_cases(options.vectors)
        print(json.dumps({name: _run(judge, cases) for name, judge in _peers().items()}))
        return
    for verdicts in judge_with_every_library(options.vectors, options.peers_python):
        print(verdicts)


def judge_with_every_library(vectors: Path, peers_python: Path | None) -> list[Verdicts]:
    """Return the verdicts of Comity, and of the peers where an interpreter with them is given."""
    cases = _read_cases(vectors)
    judged = {"comity": _run(_comity(), cases)}
    if peers_python:
        command = [str(peers_python), __file__, "--as-peer", "--vectors", str(vectors)]
        judged |= json.loads(
            subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1]
        )
    is_sound = {case["id"]: not case["failing_digits"] for case in cases}
    return [
        Verdicts(
            library,
            result["version"],
            len(cases),
            tuple(case for case, sound in is_sound.items() if sound and not result["accepted"][case]),
            tuple(case for case, sound in is_sound.items() if not sound and result["accepted"][case]),
            result["rate"],
        )
        for library, result in judged.items()
    ]


def _read_cases(vectors: Path) -> list[dict[str, Any]]:
    return list(json.loads((vectors / "mrz" / "cases.json").read_text(encoding="utf-8")))


def _run(library: tuple[str, Judge], cases: list[dict[str, Any]]) -> dict[str, Any]:
    package, judge = library
    start = time.process_time()
    for _ in range(ROUNDS):
        accepted = {case["id"]: _accepts(judge, case["lines"]) for case in cases}
    return {
        "version": metadata.version(package),
        "accepted": accepted,
        "rate": ROUNDS * len(cases) / (time.process_time() - start),
    }


def _accepts(judge: Judge, lines: list[str]) -> bool:
    try:
        return bool(judge(lines))
    except Exception:  # noqa: BLE001  whatever a peer raises is its refusal
        return False


def _comity() -> tuple[str, Judge]:
    from comity.documents.mrz.zone import ZoneFault, parse_zone

    def judge(lines: list[str]) -> bool:
        zone = parse_zone("\n".join(lines))
        return not zone.failing_digits and ZoneFault.LENGTH not in {fault.fault for fault in zone.faults}

    return "comity", judge


def _peers() -> dict[str, tuple[str, Judge]]:
    import warnings

    warnings.filterwarnings("ignore")
    from fastmrz import FastMRZ
    from mrz.checker.mrva import MRVACodeChecker
    from mrz.checker.mrvb import MRVBCodeChecker
    from mrz.checker.td1 import TD1CodeChecker
    from mrz.checker.td2 import TD2CodeChecker
    from mrz.checker.td3 import TD3CodeChecker
    from passporteye.mrz.text import MRZ

    fast = FastMRZ()

    def by_mrz(lines: list[str]) -> bool:
        sizes = {90: TD1CodeChecker, 72: TD2CodeChecker, 88: TD3CodeChecker}
        checker = sizes[sum(map(len, lines))]
        if lines[0].startswith("V"):
            checker = {72: MRVBCodeChecker, 88: MRVACodeChecker}[sum(map(len, lines))]
        report = checker("\n".join(lines), check_expiry=False, compute_warnings=False).report
        return not [name for name in report.falses if "hash" in name[0]]

    return {
        "mrz": ("mrz", by_mrz),
        "fastmrz": (
            "fastmrz",
            lambda lines: fast.get_details("\n".join(lines), input_type="text")["status"] == "SUCCESS",
        ),
        "PassportEye": ("passporteye", lambda lines: bool(MRZ(lines).valid)),
    }


if __name__ == "__main__":
    if "--as-peer" not in sys.argv:
        sys.path.insert(0, str(Path(__file__).parents[2] / "src"))
    main()
