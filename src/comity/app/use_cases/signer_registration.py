"""Register whose signature counts for which office of a requester, and list the registered keys."""

from pathlib import Path

from comity.app import clock
from comity.app.home import Home
from comity.app.home.signer_registry import RegisteredSigner
from comity.signing import key_thumbprint, load_public_key


def add_signer(home_path: Path, key_file: Path, *, requester: str, office: str) -> str:
    """Register a public key for an office, and return its thumbprint. Raises ComityError `key_unusable`."""
    key = load_public_key(key_file)
    registered_at = clock.now().isoformat()
    Home.open(home_path).signers.register(
        requester=requester, office=office, key=key, registered_at=registered_at, synthetic=False
    )
    return key_thumbprint(key)


def list_signers(home_path: Path) -> list[RegisteredSigner]:
    """List the registered signers, in the order of registration."""
    return Home.open(home_path).signers.read()
