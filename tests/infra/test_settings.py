"""Settings: blank is unset, wrong is said in one line, secrets stay hidden, the documentation is current."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.limits import Limits
from infra.settings import LEAST_BUDGET, Settings, SettingsError, settings_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
S3 = {"S3_ENDPOINT": "https://s3.example.cn/", "S3_ACCESS_KEY": "ak", "S3_SECRET_KEY": "hush-s3"}


def test_an_empty_environment_gives_the_defaults(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({})
    assert settings.database_url is None
    assert settings.temporal_address is None
    assert (settings.temporal_namespace, settings.temporal_tls) == ("default", False)
    assert settings.s3_endpoint is None
    assert (settings.s3_bucket, settings.s3_region) == ("huying-evidence", "us-east-1")
    assert settings.data == tmp_path / ".huying"
    assert (settings.host, settings.port, settings.env) == ("127.0.0.1", 8080, "development")
    assert (settings.jwt_issuer, settings.jwt_audience, settings.task_queue) == (
        "huying",
        "huying",
        "calling",
    )
    assert settings.cors_origins == ()
    assert settings.address == "http://127.0.0.1:8080"


def test_blank_means_unset():
    blank = {
        "DATABASE_URL": "",
        "HUYING_PORT": "  ",
        "TEMPORAL_TLS": "",
        "S3_BUCKET": "",
        "HUYING_CORS_ORIGINS": " ",
    }
    assert Settings.load(blank) == Settings.load({})


def test_only_what_is_given_counts(monkeypatch):
    monkeypatch.setenv("HUYING_PORT", "9999")
    assert Settings.load({}).port == 8080
    assert Settings().port == 8080
    assert Settings.load().port == 9999


def test_values_are_read_and_brought_to_one_form():
    settings = Settings.load(
        S3
        | {
            "DATABASE_URL": "postgresql://u:p@db:5432/huying?sslmode=require",
            "TEMPORAL_ADDRESS": "temporal:7233",
            "HUYING_PORT": "9000",
            "HUYING_ENV": "production",
            "HUYING_CORS_ORIGINS": "https://a.example.cn, http://localhost:5173/",
            "HUYING_PUBLIC_URL": "https://huying.example.cn/",
            "HUYING_JWKS_URL": "https://id.example.cn/jwks.json",
        }
    )
    assert settings.database_url == "postgres://u:p@db:5432/huying?sslmode=require"
    assert settings.temporal_address == "temporal:7233"
    assert settings.s3_endpoint == "https://s3.example.cn"
    assert settings.cors_origins == ("https://a.example.cn", "http://localhost:5173")
    assert settings.address == "https://huying.example.cn"
    assert settings.production


@pytest.mark.parametrize(
    ("given", "tls"),
    [
        ({}, False),
        ({"TEMPORAL_API_KEY": "k"}, True),
        ({"TEMPORAL_API_KEY": "k", "TEMPORAL_TLS": "false"}, False),
        ({"TEMPORAL_TLS": "yes"}, True),
    ],
)
def test_an_api_key_asks_for_tls(given, tls):
    assert Settings.load(given).temporal_tls is tls


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HUYING_PORT": "http"}, "HUYING_PORT must be a port between 1 and 65535, not 'http'"),
        ({"HUYING_PORT": "65536"}, "HUYING_PORT must be a port between 1 and 65535, not '65536'"),
        ({"HUYING_ENV": "prod"}, "HUYING_ENV must be development or production, not 'prod'"),
        ({"TEMPORAL_TLS": "perhaps"}, "TEMPORAL_TLS must be true or false, not 'perhaps'"),
        (
            {"TEMPORAL_ADDRESS": "https://t:7233"},
            "TEMPORAL_ADDRESS must be host:port without a scheme, such as temporal.example.cn:7233, "
            "not 'https://t:7233'",
        ),
        (
            {"TEMPORAL_TLS_CERT": "/nowhere"},
            "TEMPORAL_TLS_CERT must be the path of a file that exists, not '/nowhere'",
        ),
        (
            {"HUYING_TRUSTED_DOCUMENTS": "/nowhere"},
            "HUYING_TRUSTED_DOCUMENTS must be the path of a JSON file or folder that exists, not '/nowhere'",
        ),
        (
            {"HUYING_REQUIRE_TRUSTED": "true"},
            "HUYING_TRUSTED_DOCUMENTS must be set where HUYING_REQUIRE_TRUSTED is true",
        ),
        (
            {"HUYING_COST_PER_MINUTE": "49999"},
            "HUYING_COST_PER_MINUTE must be 0 or a number from 50000 up, not '49999'",
        ),
        ({"S3_ENDPOINT": "http://s3"}, "S3_ACCESS_KEY and S3_SECRET_KEY must be set where S3_ENDPOINT is"),
        (
            S3 | {"S3_ENDPOINT": "s3.example.cn"},
            "S3_ENDPOINT must be an address without a path, such as https://s3.example.cn or "
            "http://127.0.0.1:9000, not 's3.example.cn'",
        ),
        (
            {"S3_BUCKET": "Photos"},
            "S3_BUCKET must be 3 to 63 lower-case letters, digits, dots and hyphens, not 'Photos'",
        ),
        (
            {"HUYING_CORS_ORIGINS": "https://a.cn,*"},
            "HUYING_CORS_ORIGINS must be a comma list of origins such as https://console.example.cn, "
            "without paths and never *, not 'https://a.cn,*'",
        ),
        (
            {"HUYING_JWKS_URL": "http://id.example.cn/jwks.json"},
            "HUYING_JWKS_URL must be an https address (http only on this machine), such as "
            "https://id.example.cn/jwks.json, not 'http://id.example.cn/jwks.json'",
        ),
    ],
)
def test_a_wrong_value_is_said_in_one_line(given, said):
    with pytest.raises(SettingsError) as refused:
        Settings.load(given)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "url", ["mysql://u:hush@h/d", "postgres://u:hush@h", "postgres:///d", "postgres://u:hush@h:x/d"]
)
def test_a_wrong_database_address_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsError, match="DATABASE_URL must be an address such as postgres://") as refused:
        Settings.load({"DATABASE_URL": url})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["ftp://hooks/hush", "hooks.example.cn/hush", "https:///hush", "https://hooks:x/hush"]
)
def test_a_wrong_receiver_of_notices_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsError, match="HUYING_NOTICE_WEBHOOK must be an http or https ad") as refused:
        Settings.load({"HUYING_NOTICE_WEBHOOK": url})
    assert "hush" not in str(refused.value)


def test_a_budget_admits_the_dearest_operation():
    assert Limits().cost == LEAST_BUDGET
    assert Settings.load({"HUYING_COST_PER_MINUTE": "0"}).cost_per_minute == 0
    assert Settings.load({}).cost_per_minute == Limits().budget


def test_every_wrong_value_is_named_at_once():
    with pytest.raises(SettingsError) as refused:
        Settings.load({"HUYING_PORT": "x", "HUYING_LOG_FORMAT": "xml"})
    assert "HUYING_PORT" in str(refused.value)
    assert "HUYING_LOG_FORMAT must be console or json" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_secrets_are_never_shown():
    settings = Settings.load(
        S3
        | {"DATABASE_URL": "postgres://u:hush-db@h/d", "TEMPORAL_API_KEY": "hush-temporal"}
        | {"HUYING_NOTICE_WEBHOOK": "https://hooks.example.cn/?key=hush-hook"}
    )
    assert settings.notice_webhook == "https://hooks.example.cn/?key=hush-hook"
    assert settings.s3_secret_key == "hush-s3"
    assert "hush" not in repr(settings) + str(settings)


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Settings.load({}).port = 1


def test_the_documentation_holds_every_setting():
    table = DOCUMENT.read_text().split("<!-- settings -->\n")[1].split("<!-- /settings -->")[0]
    assert table == settings_table(), f"put this table into docs/settings.md:\n{settings_table()}"


def test_every_setting_has_a_meaning():
    rows = settings_table().splitlines()[2:]
    assert len(rows) == len(Settings.model_fields)
    assert all(row.split("|")[3].strip() for row in rows)
