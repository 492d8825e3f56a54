"""Population profiles: how many requests of each kind there are where requests are made, as cited and sealed data.

A claimed probability is a statement about a population. An agreement may name the profile that it was concluded for;
without one, `DEFAULT_POPULATION` applies.

Guarantees: a profile has a source, its marks ([INF] where a figure is our inference, [MEAS] where we measured it) and a
seal over all that its file says; its fingerprint is that seal, so a changed figure is another profile.
Does not: learn anything from requests: a determination depends on the profile, never on who else was asked about.
Basis: ADR 0044; Saerens, Latinne and Decaestecker 2002.
Start at `PopulationProfile`; `comity.law.loader.load_populations` reads the files.
"""

from typing import Any

from pydantic import Field, model_validator

from comity.law.provisions import FrozenModel, SourceMark, verify_file_seal
from comity.model.shares import SHARE_NAMES, Shares
from comity.model.written_times import WrittenDay

DEFAULT_POPULATION = "mostly-valid"
"""The profile of an agreement that names none."""


class PopulationShares(FrozenModel):
    """The figures of a profile, as `comity.model.shares.Shares` describes them."""

    family: float = Field(gt=0, le=1e6)
    occupant: float = Field(gt=0, le=1e6)
    elsewhere: float = Field(gt=0, le=1e6)
    stranger: float = Field(gt=0, le=1e6)
    namesake: float = Field(gt=0, lt=1)
    namesake_unsuffixed: float = Field(gt=0, lt=1)


class PopulationProfile(FrozenModel):
    """Who is asked about, as shares of the hypotheses between which matching decides. `sha256` seals the whole file."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    title: str = Field(min_length=4)
    citation: str = Field(min_length=4)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    summary: str = Field(min_length=10)
    odds: PopulationShares
    recorded_from: WrittenDay
    last_checked_on: WrittenDay
    marks: tuple[SourceMark, ...] = Field(min_length=1)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, over everything that the profile says."""
        return self.sha256

    @property
    def shares(self) -> Shares:
        """Return the figures as matching takes them."""
        return Shares(*(getattr(self.odds, name) for name in SHARE_NAMES))

    @property
    def reference(self) -> dict[str, str]:
        """Return what identifies the profile in a determination: its id and its fingerprint."""
        return {"id": self.id, "sha256": self.fingerprint}

    @model_validator(mode="before")
    @classmethod
    def verify_seal(cls, content: Any) -> Any:
        """Raise ValueError when the file was changed and not sealed again."""
        verify_file_seal(content)
        return content
