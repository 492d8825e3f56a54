"""Verify batches one after the other in one home, and print how each ended: a program, whose memory a test measures.

python -m tests.support.batch_verifier HOME INDEX OUT FOLDER...
"""

import json
import resource
import sys
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError
from comity.ledger import log
from comity.model.progress import no_progress
from comity.pipeline import verify_batch
from tests.support.workspace import AUGUST_2025, open_gateway_at


def main(home_path: Path, index: Path, out: Path, folders: list[Path]) -> None:
    """Print a line of JSON for each folder."""
    home, size = Home.open_or_create(home_path), 0
    for folder in folders:
        try:
            with open_gateway_at(home, AUGUST_2025) as gateway:
                result = verify_batch(folder, gateway, index=index, out=out / folder.name, progress=no_progress)
            ends, rows = "refused" if result.is_batch_refused else "answered", result.row_count
        except ComityError as error:
            ends, rows = error.code, 0
        except Exception as error:  # noqa: BLE001  the test reports it
            ends, rows = f"{type(error).__name__}: {error}", 0
        with bootstrap.open_store(home) as store, store.read() as tx:
            entries, size = log.tree_size(tx) - size, log.tree_size(tx)
        usage = [_peak_mib(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024]
        ended = {"name": folder.name, "ends": ends, "rows": rows, "entries": entries, "mib": usage}
        print(json.dumps(ended), flush=True)  # noqa: T201


def _peak_mib() -> int:
    """Return what this process held at most; `ru_maxrss` would include the process that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), [Path(argument) for argument in sys.argv[4:]])
