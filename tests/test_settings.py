"""Settings: each is documented, has a default, and refuses what it cannot use."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from abtpro_saas.settings import (
    PORT_OFFSETS,
    SettingError,
    Settings,
    read_env_file,
    read_settings,
)

EXAMPLE = Path(__file__).parents[1] / ".env.example"
PACKAGE = Path(__file__).parents[1] / "abtpro_saas"


def documented():
    """Return each variable of .env.example with the default that stands there."""
    lines = re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    return dict(lines)


def declared():
    return {
        each.metadata["name"]: each.metadata["default"] for each in fields(Settings)
    }


def test_the_example_documents_every_setting_with_its_default():
    assert documented() == declared()


def test_every_setting_has_a_sentence_above_it():
    blocks = EXAMPLE.read_text().split("\n\n")
    bare = [
        block
        for block in blocks
        if re.search(r"^#?[A-Z_]+=", block, re.MULTILINE)
        and not re.match(r"# \S+ \S+", block)
    ]
    assert bare == []


def test_defaults_are_those_of_production():
    settings = read_settings({})

    assert not settings.is_local
    assert settings.port == 8000
    assert settings.home == Path("var")
    assert settings.database_url == ""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ABTPRO_ENV", "staging", "one of production, local"),
        ("ABTPRO_PORT", "80", "a whole number from 1024 to 65000"),
        ("ABTPRO_PORT", "\uff18000", "a whole number from 1024 to 65000"),
        ("ABTPRO_PORT", "8000.5", "a whole number"),
        ("ABTPRO_SECRET_KEY", "short", "at least 32 random characters"),
        ("ABTPRO_SEALING_KEYS", "k1:c2hvcnQ=", "each key 32 bytes in base64"),
        ("ABTPRO_SEALING_KEYS", "nokey", "id:key pairs"),
        ("DATABASE_URL", "mysql://db", "a URL that begins with postgresql"),
        ("TEMPORAL_ADDRESS", "temporal", "host:port"),
        ("TEMPORAL_ADDRESS", "temporal:99999", "host:port"),
        ("PAYMENT_GATEWAY_URL", "ftp://gateway", "http or https"),
        ("PROMPTPAY_BILLER_ID", "12345", "15 digits"),
        ("ABTPRO_LOG_FORMAT", "xml", "one of json, console"),
        ("TEMPORAL_TLS", "yes", "on or off"),
        ("EXCHANGE_URLS", "binance", "off, or name=URL pairs"),
        ("EXCHANGE_URLS", "bin/ance=http://a", "off, or name=URL pairs"),
        ("EXCHANGE_URLS", "binance=ftp://a", "http or https"),
        ("ABTPRO_LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(name, text, expected):
    with pytest.raises(SettingError, match=re.escape(expected)) as refusal:
        read_settings({name: text})
    assert str(refusal.value).startswith(f"{name}: expected ")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"API_KEY": "k"}, "TEMPORAL_TLS: expected on, since TEMPORAL_API_KEY is set"),
        ({"TLS_CA": "ca"}, "TEMPORAL_TLS: expected on, since TEMPORAL_TLS_CA is set"),
        (
            {"TLS": "on", "ADDRESS": ""},
            "TEMPORAL_ADDRESS: expected host:port, since TEMPORAL_TLS is on",
        ),
        (
            {"TLS": "on", "TLS_CERT": "c"},
            "TEMPORAL_TLS_KEY: expected a file, since TEMPORAL_TLS_CERT is set",
        ),
        (
            {"TLS": "on", "TLS_KEY": "k"},
            "TEMPORAL_TLS_CERT: expected a file, since TEMPORAL_TLS_KEY is set",
        ),
    ],
)
def test_settings_of_temporal_that_do_not_fit_together_are_refused(given, line):
    whole = {"ADDRESS": "temporal.example:7233"} | given

    with pytest.raises(SettingError) as refusal:
        read_settings({f"TEMPORAL_{name}": text for name, text in whole.items()})
    assert str(refusal.value) == line


def test_a_refusal_does_not_repeat_a_secret():
    with pytest.raises(SettingError) as refusal:
        read_settings({"ABTPRO_SEALING_KEYS": "k1:verysecretkey"})

    assert "verysecret" not in str(refusal.value)


def test_a_variable_set_to_nothing_is_not_set():
    assert read_settings({"ABTPRO_PORT": " "}).port == 8000


def test_several_sealing_keys_stand_in_order():
    a, b = "A" * 43 + "=", "B" * 42 + "A="
    keys = read_settings({"ABTPRO_SEALING_KEYS": f"new:{a}, old:{b}"}).sealing_keys

    assert [key_id for key_id, _ in keys] == ["new", "old"]


def test_each_service_has_a_port_of_its_own_below_the_last():
    settings = read_settings({"ABTPRO_PORT": "65000"})
    ports = [settings.port_of(service) for service in PORT_OFFSETS]

    assert len(set(ports)) == len(ports) == 10
    assert max(ports) < 65_536


def test_an_env_file_may_have_comments_quotes_and_export(tmp_path):
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\n\nexport ABTPRO_PORT=9000\nMAIL_FROM='A <a@b.example>'\n"
    )

    assert read_env_file(file) == {
        "ABTPRO_PORT": "9000",
        "MAIL_FROM": "A <a@b.example>",
    }


def test_no_other_module_reads_the_environment():
    readers = [
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if re.search(r"os\.environ\b(?!\[\"PROMETHEUS)|os\.getenv", file.read_text())
    ]
    assert readers == ["settings.py"]


def test_candles_are_in_the_home_folder_unless_a_place_is_named():
    at_home = read_settings({"ABTPRO_HOME": "/srv/abtpro"})
    away = read_settings({"BACKTEST_DATA_PATH": "s3://candles/all"})

    assert at_home.backtest_data_path == "/srv/abtpro/data"
    assert away.backtest_data_path == "s3://candles/all"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", ()),
        ("off", ()),
        ("binance=http://a:1/", (("binance", "http://a:1"),)),
        ("a=http://a, b=https://b", (("a", "http://a"), ("b", "https://b"))),
    ],
)
def test_exchanges_are_led_elsewhere_where_all_is_local(text, urls):
    settings = read_settings({"ABTPRO_ENV": "local", "EXCHANGE_URLS": text})

    assert settings.exchange_urls == urls


def test_exchanges_are_never_led_elsewhere_in_production():
    with pytest.raises(SettingError, match="EXCHANGE_URLS: expected nothing"):
        read_settings({"EXCHANGE_URLS": "binance=http://a"})
