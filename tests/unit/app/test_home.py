"""The home folder: made once, for its owner alone, never half."""

import json
import stat
from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.clock import parse_time
from comity.app.home import POSTGRESQL, Home
from comity.errors import ComityError, LedgerError
from comity.ledger import log
from comity.model.batch import Manifest
from comity.signing import create_signing_key, key_thumbprint, load_private_key
from tests.support import postgres_server
from tests.support.batch_folders import SIGNER_OFFICE, make_manifest
from tests.support.postgres_server import PostgresServer
from tests.support.sample_ledger import make_hold_entries


def test_everything_is_for_the_owner_alone(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    assert len(home.read_control_key()) == 32
    for path in [home.path, *home.path.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_opening_again_keeps_keys_and_origin(tmp_path: Path) -> None:
    first = Home.open(tmp_path / "home")
    again = Home.open(tmp_path / "home")
    assert first == again
    assert first.read_control_key() == again.read_control_key()
    assert key_thumbprint(first.load_signing_key("ledger")) == key_thumbprint(again.load_signing_key("ledger"))
    assert key_thumbprint(first.load_signing_key("ledger")) != key_thumbprint(first.load_signing_key("answers"))


def test_a_folder_with_other_files_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    with pytest.raises(ComityError, match="other files"):
        Home.open(tmp_path / "home")


@pytest.mark.parametrize("name", ["control.key", "ledger.key", "answers.key"])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    home = Home.open(tmp_path / "home")
    (home.path / "keys" / name).chmod(0o644)
    with pytest.raises(ComityError) as raised:
        home.read_control_key() if name == "control.key" else home.load_signing_key(name.removesuffix(".key"))
    assert raised.value.code == "key_unusable"


def test_a_key_counts_only_for_the_office_it_was_registered_for(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    key = create_signing_key(tmp_path / "k")
    home.register_signer(
        requester="us-dhs-ice", office=SIGNER_OFFICE, key=key, registered_at="2025-01-01", synthetic=False
    )
    home.register_signer(
        requester="us-dhs-ice", office=SIGNER_OFFICE, key=key, registered_at="2025-01-02", synthetic=False
    )
    asked = Manifest.model_validate(make_manifest())
    clerk = Manifest.model_validate(make_manifest(signer={"name": "Clerk", "office": "Records Clerk"}))
    other = Manifest.model_validate(make_manifest(requester="another-agency"))
    assert list(home.registered_keys(asked)) == [key_thumbprint(key)]
    assert home.registered_keys(clerk) == {}
    assert home.registered_keys(other) == {}
    assert len(json.loads((home.path / "signers.json").read_text())) == 1
    assert "d" not in home.read_signers()[0]["key"], "a private key must not be stored among public ones"


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "k")
    with pytest.raises(ComityError):
        create_signing_key(tmp_path / "k")
    assert key_thumbprint(load_private_key(tmp_path / "k")) == key_thumbprint(key)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99, "origin": "x"}', "not json"])
def test_a_damaged_home_says_so(tmp_path: Path, content: str) -> None:
    home = Home.open(tmp_path / "home")
    (home.path / "home.json").write_text(content)
    with pytest.raises(ComityError) as raised:
        Home.open(tmp_path / "home")
    assert raised.value.code == "store_unavailable"


def test_times_are_utc_and_a_bare_date_means_noon() -> None:
    assert parse_time("2025-08-07").isoformat() == "2025-08-07T12:00:00+00:00"
    assert parse_time("2025-08-07T12:00:00").isoformat() == "2025-08-07T12:00:00+00:00"
    assert parse_time("2025-08-07T00:00:00-04:00").isoformat() == "2025-08-07T04:00:00+00:00"
    with pytest.raises(ComityError):
        parse_time("7 Aug 2025")


def _used(home: Home) -> None:
    """An entry and a checkpoint, as this home's first release would leave."""
    with bootstrap.open_gateway(home) as gateway:
        with gateway.store.begin() as tx:
            log.append_entries(tx, make_hold_entries(3), at=gateway.clock())
        log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())


def test_two_homes_on_one_server_keep_apart_and_neither_writes_into_the_other_s(
    tmp_path: Path, postgresql: PostgresServer
) -> None:
    one, two = (Home.open(tmp_path / name, database=POSTGRESQL) for name in ("one", "two"))
    dsns = [postgres_server.create_fresh_database(postgresql) for _ in range(2)]
    for home, dsn in zip((one, two), dsns, strict=True):
        (home.path / "keys" / "control.dsn").write_text(dsn)
        (home.path / "keys" / "control.dsn").chmod(0o600)
        _used(home)
    _used(one)
    (two.path / "keys" / "control.dsn").write_text(dsns[0])  # by mistake
    two.anchor_file.unlink()
    with pytest.raises(LedgerError, match="none of this home's keys") as refused:
        _used(two)
    assert (refused.value.code, refused.value.exit_code) == ("ledger_damaged", 5)
    with bootstrap.open_store(one) as store, store.read() as tx:
        assert log.tree_size(tx) == 6


def test_a_home_does_not_go_on_with_the_database_of_another(tmp_path: Path) -> None:
    one, two = (Home.open(tmp_path / name) for name in ("one", "two"))
    _used(one)
    for name in ("control.db", "keys/control.key"):
        (two.path / name).write_bytes((one.path / name).read_bytes())
    with pytest.raises(LedgerError, match="none of this home's keys"):
        _used(two)
