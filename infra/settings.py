"""Every setting of the platform, read once from the environment into one frozen object.

A blank value means unset. Where the address of PostgreSQL, Temporal or the object store is unset, the
local stack (infra/stack) starts that service itself. docs/settings.md carries the table made here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, FilePath, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LEAST_BUDGET = 50_000
"""What one operation may cost (api/limits.py): a smaller budget would never admit it."""
URL_FORM = "an address such as https://huying.example.cn"


class SettingsError(ValueError):
    """The environment holds wrong values; the message names each variable and what would be right."""


def _setting(variable: str, default: Any, meaning: str, right: str = "text", secret: bool = False) -> Any:
    """A field read from `variable`; `right` completes "must be …" when the value is refused."""
    return Field(
        default=default,
        validation_alias=variable,
        description=meaning,
        repr=not secret,
        json_schema_extra={"right": right, "secret": secret},
    )


class _Environment(EnvSettingsSource):
    """The environment given, or the process's own, with blank values left out."""

    def __init__(self, settings: type[BaseSettings], environment: Mapping[str, str]) -> None:
        self._environment = environment
        super().__init__(settings, case_sensitive=True, env_ignore_empty=True)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: value.strip() for name, value in self._environment.items() if value.strip()}


class Settings(BaseSettings):
    """What the platform needs to know of its surroundings. Frozen; made by `Settings.load`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
        validate_default=True,  # so that the default folder is made absolute too
    )

    database_url: str | None = _setting(
        "DATABASE_URL",
        None,
        "PostgreSQL 15 or newer; unset: PostgreSQL is started here.",
        "an address such as postgres://user:password@host:5432/huying",
        secret=True,
    )
    temporal_address: str | None = _setting(
        "TEMPORAL_ADDRESS",
        None,
        "Temporal's gRPC front end; unset: Temporal is started here.",
        "host:port without a scheme, such as temporal.example.cn:7233",
    )
    temporal_namespace: str = _setting(
        "TEMPORAL_NAMESPACE", "default", "Temporal namespace of this platform."
    )
    temporal_tls: bool = _setting(
        "TEMPORAL_TLS",
        False,
        "Speak TLS to Temporal; true by itself where an API key or a certificate is set.",
        "true or false",
    )
    temporal_api_key: str | None = _setting(
        "TEMPORAL_API_KEY", None, "API key of Temporal Cloud or of a cluster that asks for one.", secret=True
    )
    temporal_tls_cert: FilePath | None = _setting(
        "TEMPORAL_TLS_CERT",
        None,
        "Client certificate (PEM file) for mutual TLS.",
        "the path of a file that exists",
    )
    temporal_tls_key: FilePath | None = _setting(
        "TEMPORAL_TLS_KEY",
        None,
        "Private key (PEM file) of that certificate.",
        "the path of a file that exists",
    )
    s3_endpoint: str | None = _setting(
        "S3_ENDPOINT",
        None,
        "Object store for evidence; unset: one is started here.",
        "an address without a path, such as https://s3.example.cn or http://127.0.0.1:9000",
    )
    s3_access_key: str | None = _setting(
        "S3_ACCESS_KEY",
        None,
        "Access key of the object store; needed with S3_ENDPOINT.",
        "set where S3_ENDPOINT is",
        secret=True,
    )
    s3_secret_key: str | None = _setting(
        "S3_SECRET_KEY",
        None,
        "Secret key of the object store; needed with S3_ENDPOINT.",
        "set where S3_ENDPOINT is",
        secret=True,
    )
    s3_bucket: str = _setting(
        "S3_BUCKET",
        "huying-evidence",
        "Bucket for evidence; it must exist in an outside store.",
        "3 to 63 lower-case letters, digits, dots and hyphens",
    )
    s3_region: str = _setting("S3_REGION", "us-east-1", "Region used in signatures.")
    s3_forms: bool = _setting(
        "S3_FORMS",
        True,
        "The store takes uploads by form (POST policies); false: phones are told to PUT.",
        "true or false",
    )
    data: Path = _setting(
        "HUYING_DATA",
        Path(".huying"),
        "Folder for local data, keys and logs; relative to the working directory.",
        "the path of a folder",
    )
    host: str = _setting("HUYING_HOST", "127.0.0.1", "Address the API listens on.")
    port: int = _setting("HUYING_PORT", 8080, "Port the API listens on.", "a port between 1 and 65535")
    env: Literal["development", "production"] = _setting(
        "HUYING_ENV",
        "development",
        "In production GraphiQL, introspection and field suggestions are off.",
        "development or production",
    )
    jwks_url: str | None = _setting(
        "HUYING_JWKS_URL",
        None,
        "Where the identity provider publishes its keys; unset: a key made on first start signs tokens.",
        "an https address (http only on this machine), such as https://id.example.cn/jwks.json",
    )
    jwt_issuer: str = _setting("HUYING_JWT_ISSUER", "huying", "Issuer a token must name (`iss`).")
    jwt_audience: str = _setting("HUYING_JWT_AUDIENCE", "huying", "Audience a token must name (`aud`).")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = _setting(
        "HUYING_CORS_ORIGINS",
        (),
        "Web origins that may call the API from a browser, separated by commas.",
        "a comma list of origins such as https://console.example.cn, without paths and never *",
    )
    trusted_documents: Path | None = _setting(
        "HUYING_TRUSTED_DOCUMENTS",
        None,
        "JSON file {SHA-256: document}, or a folder of such files: documents that front ends registered.",
        "the path of a JSON file or folder that exists",
    )
    require_trusted: bool = _setting(
        "HUYING_REQUIRE_TRUSTED",
        False,
        "Answer the documents of HUYING_TRUSTED_DOCUMENTS and no others.",
        "true or false",
    )
    cost_per_minute: int = _setting(
        "HUYING_COST_PER_MINUTE",
        60_000_000,
        "Fields that one viewer may ask one process for in a minute; 0: without end.",
        "0 or a number from 50000 up",
    )
    task_queue: str = _setting("HUYING_TASK_QUEUE", "calling", "Temporal task queue the worker serves.")
    build_id: str | None = _setting(
        "HUYING_BUILD_ID",
        None,
        "Version of the worker's code, such as a commit; unset: it takes all work. See `huying release`.",
        "letters, digits, dots, hyphens and underscores, at most 64",
    )
    notice_webhook: str | None = _setting(
        "HUYING_NOTICE_WEBHOOK",
        None,
        "Where the worker posts reminders and escalations as JSON; unset: they are only logged.",
        "an http or https address, such as https://hooks.example.cn/huying",
        secret=True,
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "HUYING_LOG_LEVEL", "info", "Least level that is logged.", "debug, info, warning or error"
    )
    log_format: Literal["console", "json"] = _setting(
        "HUYING_LOG_FORMAT", "console", "Logs for people or for machines.", "console or json"
    )
    public_url: str | None = _setting(
        "HUYING_PUBLIC_URL", None, "Address people reach the API at; unset: made of host and port.", URL_FORM
    )

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None) -> Self:
        """The settings in `env`, by default in the environment of this process.

        Raises SettingsError, one line that names every wrong variable and what would be right.
        """
        values = _Environment(cls, os.environ if env is None else env)()
        try:
            return cls(**values)
        except ValidationError as wrong:
            reasons = [_readable(cls, dict(error), values) for error in wrong.errors(include_url=False)]
        raise SettingsError("; ".join(reasons))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given counts: the environment is read in `load` and nowhere else."""
        return (init_settings,)

    @property
    def address(self) -> str:
        """Where people reach the API, without a closing slash."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def production(self) -> bool:
        return self.env == "production"

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        reachable = parts.hostname or "host=" in parts.query
        if parts.scheme not in ("postgres", "postgresql") or not reachable or not parts.path.strip("/"):
            raise ValueError(value)
        _ = parts.port  # raises where it is no number
        # One spelling for asyncpg, psql and Tortoise, which knows only this one.
        return "postgres" + value[len(parts.scheme) :]

    @field_validator("build_id")
    @classmethod
    def _build(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", value):
            raise ValueError(value)
        return value

    @field_validator("temporal_address")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})", value)
            if not found or not 1 <= int(found[2]) <= 65535:
                raise ValueError(value)
        return value

    @field_validator("s3_endpoint", "public_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        return None if value is None else _origin_of(value)

    @field_validator("jwks_url")
    @classmethod
    def _keys_url(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
            if not parts.hostname or not (local or parts.scheme == "https"):
                raise ValueError(value)
        return value

    @field_validator("notice_webhook")
    @classmethod
    def _receiver(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(value)
            _ = parts.port  # raises where it is no number
        return value

    @field_validator("s3_bucket")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
            raise ValueError(value)
        return value

    @field_validator("port")
    @classmethod
    def _port(cls, value: int) -> int:
        if not 1 <= value <= 65535:
            raise ValueError(value)
        return value

    @field_validator("trusted_documents")
    @classmethod
    def _documents(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().exists():
            raise ValueError(value)
        return value and value.expanduser().absolute()

    @field_validator("cost_per_minute")
    @classmethod
    def _budget(cls, value: int) -> int:
        if value and value < LEAST_BUDGET:
            raise ValueError(value)
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(_origin_of(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("data")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="before")
    @classmethod
    def _secured(cls, values: dict[str, Any]) -> dict[str, Any]:
        asked = values.get("TEMPORAL_API_KEY") or values.get("TEMPORAL_TLS_CERT")
        return {"TEMPORAL_TLS": True, **values} if asked else values

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.temporal_tls_cert) != bool(self.temporal_tls_key):
            raise ValueError("TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY must be set together")
        if self.s3_endpoint and not (self.s3_access_key and self.s3_secret_key):
            raise ValueError("S3_ACCESS_KEY and S3_SECRET_KEY must be set where S3_ENDPOINT is")
        if self.require_trusted and self.trusted_documents is None:
            raise ValueError("HUYING_TRUSTED_DOCUMENTS must be set where HUYING_REQUIRE_TRUSTED is true")
        return self


def _origin_of(value: str) -> str:
    """Scheme, host and port, without a closing slash; ValueError where there is more or less."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError(value)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(value)
    _ = parts.port  # raises where it is no number
    return f"{parts.scheme}://{parts.netloc}"


def _facts(settings: type[Settings]) -> dict[str, dict[str, Any]]:
    """What is told of each variable, by its name in the environment."""
    return {
        str(field.validation_alias): {
            "default": field.default,
            "meaning": field.description,
            **(field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}),
        }
        for field in settings.model_fields.values()
    }


def _readable(settings: type[Settings], error: dict[str, Any], values: Mapping[str, Any]) -> str:
    """One refusal in words; a secret's value is not repeated."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    variable = str(error["loc"][0])
    fact = _facts(settings)[variable]
    got = "" if fact["secret"] else f", not {values.get(variable)!r}"
    return f"{variable} must be {fact['right']}{got}"


def _shown(default: object) -> str:
    if default is None or default == ():
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def settings_table() -> str:
    """The Markdown table of docs/settings.md: every variable, its default and its meaning."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for variable, fact in _facts(Settings).items():
        secret = " Secret." if fact["secret"] else ""
        rows.append(f"| `{variable}` | {_shown(fact['default'])} | {fact['meaning']}{secret} |")
    return "\n".join(rows) + "\n"
