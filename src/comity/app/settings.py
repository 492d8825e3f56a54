"""Read the settings of the service: a TOML file, then COMITY_* of the environment, then files of secrets.

Guarantees: what comes later wins; a name that nobody knows stops the start, wherever it is; an error names settings and
never shows a value. A host that other machines can reach is refused without TLS of its own or a proxy that is named.
Does not: open a home, or import anything of the web.
Basis: docs/guides/service.md.
Start at `load_settings`.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from comity.errors import ComityError
from comity.folders import is_open_to_others

ENVIRONMENT_PREFIX = "COMITY_"
OTHER_VARIABLES = frozenset({"LOG", "DSN", "OWNER_DSN", "ANCHOR_FOLDER", "DEBUG", "CONFIG", "SECRETS"})
"""Names after the prefix that other parts of Comity read, or that say where the settings are."""

_GIB = 2**30
_PROBLEMS = {"missing": "is missing", "extra_forbidden": "is no setting of this version"}


class ServiceSettings(BaseSettings):
    """The settings of the service."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    home: Path
    """The custodian's home folder, which must exist."""
    index: Path
    """The index of the custodian's records."""
    work_folder: Path
    """Where uploads, answers and the published ledger are; for the owner alone."""
    model: Path | None = None
    """A model made by `comity train`; None: the one that ships."""
    host: str = "127.0.0.1"
    port: int = Field(default=7443, ge=0, le=65535)
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """A port of this machine alone on which metrics are served; None: they are not."""
    public_url: str = ""
    """The URL by which clients reach the service, without a path; what tokens and proofs are made for."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_key_password: SecretStr | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies that end TLS; only their X-Forwarded-For is read."""
    login_issuer: str = ""
    """The OpenID provider by whose accounts people log in; without one, nobody does."""
    login_client_id: str = ""
    """The name of this service at the provider."""
    login_client_secret: SecretStr | None = None
    login_client_key: Path | None = None
    """A private key (PEM, RSA or P-256), by which the service proves itself to the provider instead of a secret."""
    login_acr_values: tuple[str, ...] = ()
    """How people must have proved themselves to the provider: one of these, the best first."""
    requests_per_second: float = Field(default=20.0, gt=0, le=1000)
    """What one client may send each second, and what one address may send without a token."""
    max_upload_bytes: int = Field(default=2 * _GIB, ge=1, le=2 * _GIB)
    max_open_uploads: int = Field(default=4, ge=1, le=100)
    upload_days: int = Field(default=7, ge=1, le=90)
    """How long a batch that was not submitted, or answers that were not fetched, stay in the work folder."""
    answers_tick_seconds: int = Field(default=5, ge=1, le=3600)
    """Results appear at multiples of this many seconds, so that the time a batch takes tells less."""
    question_step_milliseconds: int = Field(default=250, ge=50, le=5000)
    """The answer to a single question leaves a whole number of these after the question came."""
    min_free_disk_bytes: int = Field(default=_GIB, ge=0)

    @property
    def issuer(self) -> str:
        """Return the URL that tokens are asked at: the public one, or that of the address listened on."""
        scheme = "http" if self.tls_certificate is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"{scheme}://{host}:{self.port}"

    @property
    def ledger_folder(self) -> Path:
        """Return the folder of the published ledger, which anybody may read over the API."""
        return self.work_folder / "ledger"


def load_settings(config: Path | None, overrides: Mapping[str, object], secrets: Path | None = None) -> ServiceSettings:
    """Return the settings of a file, of the environment and of a folder of secrets; `overrides` win over all.

    `secrets` is a folder with a file for each setting that is a secret, named as the setting is.

    Raises:
        ComityError: `settings_invalid`, naming every setting at fault.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    faults = [*_find_unknown_variables(), *_check_secrets(secrets)]
    if faults:
        raise _invalid_error(faults)
    found = _read_secrets(secrets)

    class _Sources(ServiceSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            _ = env_settings, dotenv_settings, file_secret_settings
            return (
                init_settings,
                InitSettingsSource(settings_cls, found),
                EnvSettingsSource(settings_cls),
                TomlConfigSettingsSource(settings_cls, config),
            )

    try:
        if config is not None:
            config.read_bytes()  # the library takes a missing file for an empty one
        settings = _Sources(**cast("dict[str, Any]", given))
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc']))} {_PROBLEMS.get(fault['type'], 'has a value that cannot be used')}"
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise _invalid_error(faults) from None
    except (OSError, ValueError):
        raise _invalid_error(["the file of settings cannot be read, or is not TOML"]) from None
    if faults := [*_check_exposure(settings)]:
        raise _invalid_error(faults)
    return settings


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _find_unknown_variables() -> Iterator[str]:
    known = {name.upper() for name in ServiceSettings.model_fields} | OTHER_VARIABLES
    for variable in sorted(os.environ):
        if variable.startswith(ENVIRONMENT_PREFIX) and variable.removeprefix(ENVIRONMENT_PREFIX) not in known:
            yield f"{variable} of the environment is no setting of this version"


def _check_secrets(folder: Path | None) -> Iterator[str]:
    if folder is None:
        return
    if not folder.is_dir():
        yield "the folder of secrets is missing"
        return
    for path in sorted(folder.iterdir()):
        if path.name not in ServiceSettings.model_fields:
            yield "the folder of secrets holds a file that is named after no setting"
        elif is_open_to_others(path):
            yield f"others can read the secret {path.name}: chmod 600 it"


def _read_secrets(folder: Path | None) -> dict[str, str]:
    paths = () if folder is None else folder.iterdir()
    return {path.name: path.read_text(encoding="utf-8").strip() for path in paths}


def _check_exposure(settings: ServiceSettings) -> Iterator[str]:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        yield "tls_certificate and tls_key are given together, or neither"
    if not is_loopback(settings.host) and settings.tls_certificate is None and not settings.trusted_proxies:
        yield "host is open to other machines: give tls_certificate and tls_key, or trusted_proxies"
    url = urlsplit(settings.issuer)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path or url.query or url.fragment:
        yield "public_url is https://, a host, and if need be a port, with no path"
    elif url.scheme == "http" and not is_loopback(url.hostname):
        yield "public_url is https://, as clients on other machines see it"
    yield from _check_login(settings)
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            yield "trusted_proxies are IP addresses or networks"


def _check_login(settings: ServiceSettings) -> Iterator[str]:
    others = (settings.login_client_id, settings.login_client_secret, settings.login_client_key)
    if not settings.login_issuer:
        if any(others) or settings.login_acr_values:
            yield "login_issuer is missing"
        return
    url = urlsplit(settings.login_issuer)
    is_local = url.scheme == "http" and bool(url.hostname) and is_loopback(str(url.hostname))
    if not ((url.scheme == "https" and url.hostname) or is_local) or url.query or url.fragment:
        yield "login_issuer is the https:// URL of the provider, as the provider itself writes it"
    if not settings.login_client_id:
        yield "login_client_id is missing"
    if (settings.login_client_secret is None) == (settings.login_client_key is None):
        yield "login_client_secret or login_client_key is given, and not both"


def _invalid_error(faults: list[str]) -> ComityError:
    message = f"The settings cannot be used: {'; '.join(dict.fromkeys(faults))}."
    return ComityError("settings_invalid", message, "Nothing was started. docs/guides/service.md lists every setting.")
