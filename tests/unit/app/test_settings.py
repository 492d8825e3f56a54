"""Settings: a file, then the environment, then secrets; what nobody knows stops the start, and no value is shown."""

from pathlib import Path

import pytest

from comity.app.settings import load_settings
from comity.errors import ComityError

GIVEN = {"home": "home", "index": "idx", "work_folder": "work"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting in the environment but what a test puts there."""
    for name in ("COMITY_PORT", "COMITY_HOST"):
        monkeypatch.delenv(name, raising=False)


def write_config(folder: Path, text: str) -> Path:
    path = folder / "service.toml"
    path.write_text('home = "home"\nindex = "idx"\nwork_folder = "work"\n' + text)
    return path


def write_secret(folder: Path, name: str, text: str) -> Path:
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / name).write_text(text)
    (secrets / name).chmod(0o600)
    return secrets


def faults_of(tmp_path: Path, text: str = "", **overrides: object) -> str:
    with pytest.raises(ComityError) as raised:
        load_settings(write_config(tmp_path, text), overrides)
    assert raised.value.code == "settings_invalid"
    return raised.value.message


def test_each_source_wins_over_the_one_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_config(tmp_path, "port = 7001\nupload_days = 9\nmax_open_uploads = 3\n")
    assert load_settings(config, {}).port == 7001
    monkeypatch.setenv("COMITY_PORT", "7002")
    assert load_settings(config, {}).port == 7002
    secrets = write_secret(tmp_path, "port", "7003\n")
    assert load_settings(config, {}, secrets).port == 7003
    settings = load_settings(config, {"port": 7004}, secrets)
    assert (settings.port, settings.upload_days, settings.max_open_uploads) == (7004, 9, 3)
    assert settings.issuer == "http://127.0.0.1:7004"


def test_every_fault_is_named_at_once_and_no_value_is_shown(tmp_path: Path) -> None:
    message = faults_of(tmp_path, 'port = "hunter2"\nportt = 1\nupload_days = 0\n')
    assert "port has a value that cannot be used" in message
    assert "portt is no setting of this version" in message
    assert "upload_days has a value" in message
    assert "hunter2" not in message


def test_a_variable_that_is_no_setting_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_POTR", "7001")
    assert "COMITY_POTR of the environment is no setting" in faults_of(tmp_path)


def test_a_secret_that_others_can_read_or_that_has_no_setting_stops_the_start(tmp_path: Path) -> None:
    secrets = write_secret(tmp_path, "tls_key_password", "hunter2")
    (secrets / "tls_key_password").chmod(0o644)
    (secrets / "token").write_text("x")
    with pytest.raises(ComityError, match="named after no setting") as raised:
        load_settings(None, GIVEN, secrets)
    assert "others can read the secret tls_key_password" in raised.value.message
    assert "hunter2" not in raised.value.message


@pytest.mark.parametrize("text", ["port = ", "\x00", "[host]\nx = 1\n"])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, text: str) -> None:
    faults_of(tmp_path, text)
    with pytest.raises(ComityError, match="cannot be read"):
        load_settings(tmp_path / "none.toml", GIVEN)


def test_a_host_that_others_reach_needs_tls_or_a_proxy(tmp_path: Path) -> None:
    assert "host is open to other machines" in faults_of(
        tmp_path, 'host = "0.0.0.0"\npublic_url = "https://c.example"\n'
    )
    proxied = 'host = "10.0.0.5"\npublic_url = "https://c.example"\ntrusted_proxies = ["10.0.0.1"]\n'
    assert load_settings(write_config(tmp_path, proxied), {}).issuer == "https://c.example"
    assert "trusted_proxies are IP addresses" in faults_of(tmp_path, 'trusted_proxies = ["*"]\n')
    assert "given together" in faults_of(tmp_path, 'tls_key = "key.pem"\n')


@pytest.mark.parametrize(
    "url", ["http://c.example", "https://c.example/api", "ftp://c.example", "c.example", "https://"]
)
def test_the_public_url_is_one_that_clients_can_trust(tmp_path: Path, url: str) -> None:
    assert "public_url is https://" in faults_of(tmp_path, f'public_url = "{url}"\n')
