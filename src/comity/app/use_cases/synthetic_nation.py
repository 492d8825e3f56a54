"""Make a synthetic nation, its records, and a requester's signed file, with the truth beside them.

Guarantees: no person in them exists.
Start at `simulate_nation`.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from comity import intake, simulate
from comity.model.progress import ProgressCallback, no_progress
from comity.signing import Ed25519Key, create_signing_key, load_private_key, to_public_key
from comity.simulate import LookAlikeRates, RequestMix, Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationPlan:
    """What to make: how many people live in the nation and how many are asked about; the same seed, the same data.

    `shape` is one of `comity.simulate.SHAPES`; `created_at` is the batch's date, with a time zone.
    """

    people: int
    requests: int
    seed: int
    shape: str
    created_at: datetime
    look_alikes: LookAlikeRates = field(default_factory=LookAlikeRates)
    mix: RequestMix = field(default_factory=RequestMix)


def simulate_nation(plan: SimulationPlan, out: Path, *, progress: ProgressCallback = no_progress) -> Simulation:
    """Write records, a signed batch, the truth and the synthetic requester's key into `out`.

    Raises:
        RequestError: `bad_argument`, or `output_exists` when `out` holds something.
    """
    simulation = simulate.run_simulation(
        people=plan.people,
        requests=plan.requests,
        seed=plan.seed,
        out=out,
        shape=plan.shape,
        created_at=plan.created_at,
        look_alikes=plan.look_alikes,
        mix=plan.mix,
        progress=progress,
    )
    _sign_as_synthetic_requester(out)
    return simulation


def _sign_as_synthetic_requester(out: Path) -> None:
    """Sign the batch, and keep the key beside it, so that a changed batch can be signed again."""
    key = _load_synthetic_requester_key()
    key_files = {
        "requester.key": key.as_pem(private=True),
        "requester.key.pub": to_public_key(key).as_pem(private=False),
    }
    for name, content in key_files.items():
        path = out / name
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(content)
    intake.sign_batch(out / "batch", key)


def _load_synthetic_requester_key() -> Ed25519Key:
    """Load the key of the one synthetic requester on this machine, and create it at first use.

    Every simulated batch is signed with it, so a home that has seen one batch knows the signer of the next, and
    refuses any other key.
    """
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(state) / "comity" / "synthetic-requester.key"
    return load_private_key(path) if path.exists() else create_signing_key(path)
