"""Keep the text that says which witnesses must cosign before anything is delivered (C2SP tlog-policy)."""

from dataclasses import dataclass
from pathlib import Path

from comity.app.home.private_file import write_private_file


@dataclass(frozen=True, slots=True)
class WitnessPolicyFile:
    """The policy's file; without one, no witness is needed."""

    file: Path

    def read(self) -> str | None:
        """Return the policy's text, or None when no witness is needed."""
        return self.file.read_text(encoding="utf-8", errors="replace") if self.file.exists() else None

    def write(self, policy: str) -> None:
        """Replace the policy: from now on nothing is delivered that these witnesses did not cosign."""
        write_private_file(self.file, policy)
