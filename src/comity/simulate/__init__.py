"""Simulate a population, its records, and files of requests about it, with the truth beside them.

Guarantees: nothing here is a real person's name, number or address except by chance; every file says it is synthetic.
Start at `simulation.run_simulation`; `scenarios` says what the files are made of, `households` who lives with whom.
"""

from comity.simulate.look_alikes import LookAlikeRates
from comity.simulate.request_mix import RequestMix
from comity.simulate.scenarios import SHAPES
from comity.simulate.simulation import Simulation, run_simulation

__all__ = ["SHAPES", "LookAlikeRates", "RequestMix", "Simulation", "run_simulation"]
