"""Be a witness of a ledger (a requester, an inspector), or require witnesses (the custodian).

Start at `open_witness_server`, or `require_witnesses`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import HTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.app import clock
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import ComityError, LedgerError
from comity.model.filing import Act
from comity.signing import create_signing_key, load_private_key
from comity.tlog.cosignature import Cosigner, parse_vkey
from comity.tlog.note import Verifier
from comity.tlog.witness.http_server import ServerLimits, make_server
from comity.tlog.witness.witness import Witness


@dataclass(frozen=True, slots=True)
class WitnessServer:
    """A witness that listens: its verifier key, and the server, which the caller runs and closes."""

    vkey: str
    server: HTTPServer

    @property
    def port(self) -> int:
        """Return the port on which it listens."""
        return int(self.server.server_address[1])


def open_witness_server(  # noqa: PLR0913  each is an option of the command
    state: Path,
    name: str,
    vkey_files: Sequence[Path],
    address: tuple[str, int],
    log_line: Callable[[str], None],
    *,
    limits: ServerLimits,
) -> WitnessServer:
    """Open a witness of the logs that sign with the verifier keys in the files, and bind it to an address (host, port).

    The folder `state` keeps the witness's key and what it has cosigned. `log_line` gets a line for each request.

    Raises:
        ComityError: `key_unusable`, or `bad_argument` when name, keys or address cannot be used.
    """
    key_file = state / "witness.key"
    key = (load_private_key(key_file) if key_file.exists() else create_signing_key(key_file)).private_key
    if not isinstance(key, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The witness's key is not an Ed25519 key.")
    try:
        cosigner = Cosigner(name, key)
        witness = Witness([cosigner], _read_log_keys(vkey_files), state, clock.now)
        server = make_server(witness, *address, log_line, limits=limits)
    except LedgerError as error:
        raise ComityError("bad_argument", error.message, "Check --name and --log.") from error
    except (OSError, OverflowError) as error:
        raise ComityError("bad_argument", "The witness cannot listen there.", "Check --host and --port.") from error
    return WitnessServer(cosigner.verifier.to_text(), server)


def require_witnesses(home_path: Path, key_file: Path, policy_file: Path | None, reason: str) -> FiledStep:
    """File that answers are held until these witnesses have cosigned (a C2SP tlog-policy file), or none (None).

    Where none are required, the requirement counts at once; to change or remove one takes two persons.

    Raises:
        ComityError: `bad_argument` when the file cannot be read, `witnesses_invalid` when it is not a policy.
        PolicyError: `filing_refused`.
    """
    try:
        text = None if policy_file is None else policy_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "The policy could not be read.", "Name a text file.") from error
    return file_act(home_path, key_file, Act.WITNESSES, {"policy": text, "reason": reason})


def _read_log_keys(vkey_files: Sequence[Path]) -> dict[str, list[Verifier]]:
    """Read verifier keys, one a line, grouped by the log's name."""
    try:
        lines = [line for path in vkey_files for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError("bad_argument", "A file of verifier keys could not be read.", "Check --log.") from error
    keys_by_log: dict[str, list[Verifier]] = {}
    for line in lines:
        key = parse_vkey(line)
        keys_by_log.setdefault(key.name, []).append(key)
    return keys_by_log
