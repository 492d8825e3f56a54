import pytest

from tests.unit.simulate.nations import Made, make, read


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return read(make(tmp_path_factory.mktemp("plain"), "plain"))


@pytest.fixture(scope="session")
def as_sent(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return read(make(tmp_path_factory.mktemp("as_sent"), "august-2025"))


@pytest.fixture(scope="session")
def cured(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return read(make(tmp_path_factory.mktemp("cured"), "august-2025-cured"))
