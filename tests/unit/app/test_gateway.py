"""The gateway of a home refuses the control database of another."""

from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.gateway import open_gateway
from comity.app.home import POSTGRESQL, Home
from comity.errors import LedgerError
from comity.ledger import log
from tests.support import postgres_server
from tests.support.postgres_server import PostgresServer
from tests.support.sample_ledger import make_hold_entries


def use_home(home: Home) -> None:
    """Append entries and sign a checkpoint, as this home's first release would."""
    with open_gateway(home) as gateway:
        with gateway.store.begin() as tx:
            log.append_entries(tx, make_hold_entries(3), at=gateway.clock())
        log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())


def test_open_gateway__two_homes_on_one_server_never_write_into_each_other_s_database(
    tmp_path: Path, postgresql: PostgresServer
) -> None:
    first, second = (Home.open_or_create(tmp_path / name, database=POSTGRESQL) for name in ("first", "second"))
    dsns = [postgres_server.create_fresh_database(postgresql) for _ in range(2)]
    for home, dsn in zip((first, second), dsns, strict=True):
        (home.path / "keys" / "control.dsn").write_text(dsn)
        (home.path / "keys" / "control.dsn").chmod(0o600)
        use_home(home)
    use_home(first)
    (second.path / "keys" / "control.dsn").write_text(dsns[0])  # by mistake
    second.anchor_file.unlink()
    with pytest.raises(LedgerError, match="none of this home's keys") as refused:
        use_home(second)
    assert (refused.value.code, refused.value.exit_code) == ("ledger_damaged", 5)
    with bootstrap.open_store(first) as store, store.read() as tx:
        assert log.tree_size(tx) == 6


def test_open_gateway__a_home_does_not_use_the_database_of_another(tmp_path: Path) -> None:
    first, second = (Home.open_or_create(tmp_path / name) for name in ("first", "second"))
    use_home(first)
    for name in ("control.db", "keys/control.key"):
        (second.path / name).write_bytes((first.path / name).read_bytes())
    with pytest.raises(LedgerError, match="none of this home's keys"):
        use_home(second)
