"""A batch that is not of its agreement's population is held before anything is determined; one that is, is answered."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from comity.app.cli import main, verify
from comity.app.gateway import register_synthetic_signer
from comity.app.home import Home
from comity.decide import determine_outcomes
from comity.evaluate.labelled_data import read_requests
from comity.law import Agreement, Law, find_population, load_law, load_populations
from comity.law.loader import assemble_law
from comity.match import Index, build_index, find_mixture_scale, load_default_model, match_requests
from comity.model.progress import no_progress
from comity.pipeline import POPULATION_RULE, BatchResult, derive_match_policy, derive_mixture_range, verify_batch
from comity.simulate import RequestMix, run_simulation
from comity.store.batches import ANSWERED, HELD
