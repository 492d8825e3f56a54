"""Keep who may file court orders: each person with one key, so that two keys are two persons (ADR 0012).

Start at `CounselRegistry`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from comity.app.home.private_file import write_private_file
from comity.errors import ComityError
from comity.signing import Ed25519Key, key_thumbprint, to_public_key


@dataclass(frozen=True, slots=True)
class CounselRegistry:
    """The file of persons who may file court orders."""

    file: Path

    def read(self) -> dict[str, dict[str, str]]:
        """Return each person's `name` and `registered_at`, by the thumbprint of the person's key."""
        return dict(json.loads(self.file.read_text(encoding="utf-8"))) if self.file.exists() else {}

    def register(self, name: str, key: Ed25519Key, *, registered_at: str) -> None:
        """Let a person file court orders. Registering the same person and key again changes nothing.

        Raises:
            ComityError: `bad_argument` when the key is another person's, or the person has another key.
        """
        persons, thumbprint = self.read(), key_thumbprint(to_public_key(key))
        if persons.get(thumbprint, {}).get("name") == name:
            return
        if thumbprint in persons or any(name.casefold() == person["name"].casefold() for person in persons.values()):
            message = (
                "That key is another person's, or that person has another key. It takes two persons, so each has one."
            )
            raise ComityError("bad_argument", message, "See: comity orders counsel --home HOME")
        persons[thumbprint] = {"name": name, "registered_at": registered_at}
        write_private_file(self.file, json.dumps(persons, indent=2))

    def find_name(self, key: Ed25519Key) -> str:
        """Return the name of the person who has this key.

        Raises:
            ComityError: `key_unusable` when the key is not registered.
        """
        person = self.read().get(key_thumbprint(key))
        if person is None:
            hint = "Register it: comity orders counsel --home HOME --name NAME --key FILE"
            raise ComityError("key_unusable", "Nobody is registered to file court orders with this key.", hint)
        return person["name"]
