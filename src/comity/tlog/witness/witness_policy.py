"""Parse the policy that says which witnesses must cosign before anything is delivered: a C2SP tlog-policy file.

    witness requester  witness.agency.example+...  https://witness.agency.example
    witness inspector  witness.ig.example+...      https://witness.ig.example
    group both all requester inspector
    quorum both

Guarantees: a file with one line that is not understood is refused; no witness counts twice; each witness is known by a
key that the file names.
Basis: C2SP tlog-policy. `log` lines are allowed and ignored: the custodian knows its own log.
Start at `WitnessPolicy.parse`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from comity.errors import ComityError, LedgerError
from comity.tlog.cosignature import CosignatureKey, parse_vkey
from comity.tlog.note import Verifier

_NO_QUORUM = "none"
_MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class WitnessEndpoint:
    """One witness: its name in the policy, its key, and the URL to request cosignatures from."""

    name: str
    key: CosignatureKey
    url: str


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The witnesses, the groups (name -> threshold, members), and the name whose quorum must be reached."""

    witnesses: tuple[WitnessEndpoint, ...]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> "WitnessPolicy":
        """Parse a policy. Raises ComityError `witnesses_invalid`, which names the line."""
        lines = text.split("\n")
        if len(lines) > _MAX_LINES or re.search(r"[^\t\n\x20-\x7e\x80-\U0010ffff]", text):
            raise _policy_error("it is too long, or holds control characters")
        parser = _PolicyParser()
        for number, line in enumerate(lines, 1):
            parser.parse_line(re.split(r"[ \t]+", line.strip(" \t")), number)
        if parser.quorum is None:
            raise _policy_error("it has no quorum line")
        return cls(tuple(parser.witnesses.values()), parser.groups, parser.quorum)

    def is_satisfied_by(self, cosigned: Collection[CosignatureKey]) -> bool:
        """Return whether these keys, all of which cosigned, are enough."""
        names = {witness.name for witness in self.witnesses if witness.key in cosigned}
        return self.quorum == _NO_QUORUM or self._is_name_satisfied(self.quorum, names)

    def _is_name_satisfied(self, name: str, cosigned: Collection[str]) -> bool:
        if name not in self.groups:
            return name in cosigned
        threshold, members = self.groups[name]
        return sum(self._is_name_satisfied(member, cosigned) for member in members) >= threshold


class _PolicyParser:
    """What the lines of a policy have defined so far."""

    def __init__(self) -> None:
        self.witnesses: dict[str, WitnessEndpoint] = {}
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorum: str | None = None
        self._grouped: set[str] = set()  # names that are members of a group

    def parse_line(self, fields: Sequence[str], number: int) -> None:
        """Parse one line, split into its fields. Raises ComityError `witnesses_invalid`."""
        match fields:
            case [""]:
                pass
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", vkey] | ["log", vkey, _]:
                _parse_policy_vkey(vkey, number)
            case ["witness", name, vkey, *url] if self._is_new_name(name) and len(url) <= 1:
                self._add_witness(name, vkey, "".join(url), number)
            case ["group", name, threshold, *members] if self._is_new_name(name) and members:
                self._add_group(name, threshold, members, number)
            case ["quorum", name] if self.quorum is None and (name == _NO_QUORUM or self._is_defined(name)):
                self.quorum = name
            case _:
                raise _policy_error(f"line {number} is not understood")

    def _is_defined(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _is_new_name(self, name: str) -> bool:
        return name != _NO_QUORUM and not self._is_defined(name)

    def _add_witness(self, name: str, vkey: str, url: str, number: int) -> None:
        key = _parse_policy_vkey(vkey, number)
        used_keys = {witness.key.public_key for witness in self.witnesses.values()}
        if not isinstance(key, CosignatureKey) or key.public_key in used_keys:
            raise _policy_error(f"line {number} has no witness's key, or one that is there already")
        self.witnesses[name] = WitnessEndpoint(name, key, url)

    def _add_group(self, name: str, threshold: str, members: Sequence[str], number: int) -> None:
        is_repeated = len(set(members)) < len(members) or not self._grouped.isdisjoint(members)
        if is_repeated or not all(map(self._is_defined, members)):
            raise _policy_error(f"line {number} names what is not defined above it, or is a member already")
        self.groups[name] = (_parse_threshold(threshold, len(members), number), tuple(members))
        self._grouped.update(members)


def _parse_threshold(text: str, count: int, number: int) -> int:
    threshold = {"any": 1, "all": count}.get(text) or (int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0)
    if not 1 <= threshold <= count:
        raise _policy_error(f"line {number} asks for a number of members that there is not")
    return threshold


def _parse_policy_vkey(vkey: str, number: int) -> Verifier:
    try:
        return parse_vkey(vkey)
    except LedgerError:
        raise _policy_error(f"line {number} has a key that cannot be read") from None


def _policy_error(reason: str) -> ComityError:
    return ComityError(
        "witnesses_invalid",
        f"The file that says which witnesses must cosign cannot be used: {reason}.",
        "It is a C2SP tlog-policy: `witness NAME VKEY URL`, `group NAME K MEMBER...`, `quorum NAME`.",
    )
