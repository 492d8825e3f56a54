import pytest

from tests.support.sample_simulation import SimulatedTables, read_simulation, simulate_sample


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return read_simulation(simulate_sample(tmp_path_factory.mktemp("plain"), "plain"))


@pytest.fixture(scope="session")
def as_sent(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return read_simulation(simulate_sample(tmp_path_factory.mktemp("as_sent"), "august-2025"))


@pytest.fixture(scope="session")
def cured(tmp_path_factory: pytest.TempPathFactory) -> SimulatedTables:
    return read_simulation(simulate_sample(tmp_path_factory.mktemp("cured"), "august-2025-cured"))
