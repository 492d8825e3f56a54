"""Population profiles: how many requests of each kind there are where requests are made, as cited and sealed data.

A claimed probability is a statement about a population. An agreement may name the profile that it was concluded for;
without one, `DEFAULT_POPULATION` applies. Each figure is a range, as far as it is known. A probability of a match falls
as any rival becomes likelier, so the least one over all ranges is that with every figure at its upper end.

Guarantees: a profile has a source, its marks ([INF] where a figure is our inference, [MEAS] where we measured it) and a
seal over all that its file says; its fingerprint is that seal, so a changed figure is another profile.
Does not: learn anything from requests: a determination depends on the profile, never on who else was asked about.
Basis: ADR 0044; Saerens, Latinne and Decaestecker 2002.
Start at `PopulationProfile`; `comity.law.loader.load_populations` reads the files.
"""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from comity.law.provisions import FrozenModel, SourceMark, verify_file_seal
from comity.model.shares import SHARE_NAMES, Shares
from comity.model.written_times import WrittenDay

DEFAULT_POPULATION = "mostly-valid"
"""The profile of an agreement that names none."""


class ShareRange(FrozenModel):
    """The range of one figure: the least and the most that it may be. In a file it may be a single number."""

    least: float = Field(gt=0, le=1e6)
    most: float = Field(gt=0, le=1e6)

    @model_validator(mode="after")
    def verify_order(self) -> Self:
        """Raise ValueError when the range has no number in it."""
        if self.least > self.most:
            raise ValueError("`least` must not be above `most`")
        return self


def _read_range(value: Any) -> Any:
    """Return the range that a single number stands for; anything else as it is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"least": value, "most": value} if is_number else value


Odds = Annotated[ShareRange, BeforeValidator(_read_range)]


class PopulationShares(FrozenModel):
    """The figures of a profile, as `comity.model.shares.Shares` describes them."""

    family: Odds
    occupant: Odds
    elsewhere: Odds
    stranger: Odds
    namesake: Odds
    namesake_unsuffixed: Odds

    @model_validator(mode="after")
    def verify_parts(self) -> Self:
        """Raise ValueError when a share of household members is the whole household or more."""
        if max(self.namesake.most, self.namesake_unsuffixed.most) >= 1:
            raise ValueError("`namesake` and `namesake_unsuffixed` are shares of a household, below 1")
        return self


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
    def least_favorable(self) -> Shares:
        """Return the shares within the ranges at which a match is least likely: what is claimed is claimed at these."""
        return Shares(*(getattr(self.odds, name).most for name in SHARE_NAMES))

    @property
    def most_favorable(self) -> Shares:
        """Return the shares within the ranges at which a match is likeliest; only explanations show them."""
        return Shares(*(getattr(self.odds, name).least for name in SHARE_NAMES))

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
