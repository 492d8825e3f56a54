"""Name the places of one batch in the service's work folder.

    WORK/uploads/<name>/batch     the batch as its agency sent it: batch.json, batch.json.jws, the requests file
    WORK/uploads/<name>/parts     parts of the requests file, until the batch is submitted
    WORK/answers/<name>           the answers, as a worker wrote them
    WORK/ledger                   the published ledger
    WORK/questions.sock           where `comity ask` listens

Guarantees: a name is a hash of agency and batch_id, so that no letter of either reaches a path; everything but the
published ledger is for its owner alone.
Start at `BatchPlaces`.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

_NAME_LENGTH = 32


def find_question_socket(work_folder: Path) -> Path:
    """Return the socket over which questions are passed on."""
    return work_folder / "questions.sock"


@dataclass(frozen=True, slots=True)
class BatchPlaces:
    """Where the files of one agency's batch are."""

    root: Path
    requester: str
    batch_id: str

    @property
    def _name(self) -> str:
        named = f"{self.requester}\0{self.batch_id}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(named).hexdigest()[:_NAME_LENGTH]

    @property
    def batch(self) -> Path:
        """Return the folder of the batch."""
        return self.root / "uploads" / self._name / "batch"

    @property
    def parts(self) -> Path:
        """Return the folder of the parts."""
        return self.root / "uploads" / self._name / "parts"

    @property
    def answers(self) -> Path:
        """Return the folder of the answers."""
        return self.root / "answers" / self._name

    def erase_answers(self) -> None:
        """Delete the answers, which may not be fetched any more."""
        shutil.rmtree(self.answers, ignore_errors=True)

    def erase(self) -> None:
        """Delete everything of the batch."""
        shutil.rmtree(self.batch.parent, ignore_errors=True)
        self.erase_answers()
