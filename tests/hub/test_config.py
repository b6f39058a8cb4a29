"""Settings: everything wrong is told at once, nothing secret is ever printed."""

import pickle
from datetime import time
from pathlib import Path

import pytest

from accountability.unusual import Thresholds
from hub.config import Config, ConfigError, FhirDoor, Mode, Secret

WHOLE = {
    "HUB_MODE": "production",
    "DATABASE_URL": "postgresql://hub_app:pass@db/hub",
    "DATABASE_OWNER_URL": "postgresql://hub_owner:pass@db/hub",
    "SECRET_KEY": "k" * 40,
    "HUB_URL": "https://hub.example.nhs.uk/",
    "OIDC_ISSUER": "https://sign-in.example.nhs.uk",
    "OIDC_CLIENT_ID": "hub",
    "OIDC_CLIENT_SECRET": "swordfish",
    "PDS_URL": "https://pds.example.nhs.uk/FHIR/R4",
    "HUB_SECRET_BEECHWOOD": "open-sesame",
}


def test_a_whole_environment_is_read() -> None:
    config = Config.from_env(WHOLE)
    assert config.mode is Mode.PRODUCTION
    assert config.hub_url == "https://hub.example.nhs.uk"
    assert config.database_url.reveal() == "postgresql+psycopg://hub_app:pass@db/hub"
    assert config.link_secret("BEECHWOOD") == "open-sesame"
    assert config.secure and not config.is_demo
    assert config.data == Path("var")


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_env({})
    for name in ("DATABASE_URL", "SECRET_KEY", "HUB_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "PDS_URL"):
        assert any(mistake.startswith(f"{name} is missing") for mistake in caught.value.mistakes), name
    assert "OIDC_CLIENT_SECRET or OIDC_PRIVATE_KEY" in str(caught.value)


@pytest.mark.parametrize("mode", ["test", "production"])
def test_without_a_database_only_the_demo_starts(mode: str) -> None:
    without = {name: value for name, value in WHOLE.items() if not name.startswith("DATABASE")}
    with pytest.raises(ConfigError, match="DATABASE_URL is missing"):
        Config.from_env({**without, "HUB_MODE": mode})
    assert Config.from_env({**without, "HUB_MODE": "demo"}).is_demo


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"HUB_MODE": "prod"}, "HUB_MODE must be one of: demo, test, production"),
        ({"HUB_URL": "hub.example"}, "HUB_URL is not an address"),
        ({"HUB_URL": "http://hub.example"}, "HUB_URL must begin with https://"),
        ({"OIDC_ISSUER": "http://sign-in.example"}, "OIDC_ISSUER must begin with https://"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"HUB_PROXIES": "one"}, "HUB_PROXIES must be a whole number"),
    ],
)
def test_what_is_wrong_is_said_with_the_mend(change: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_env({**WHOLE, **change})
    assert any(mistake.startswith(words) for mistake in caught.value.mistakes)
    assert len(caught.value.mistakes) == 1


def test_a_secret_is_never_printed() -> None:
    config = Config.from_env(WHOLE)
    printed = f"{config!r} {config} {config.oidc_client_secret:>20} {[config.secret_key]}"
    for secret in ("swordfish", "open-sesame", "k" * 40, "hub_app:pass"):
        assert secret not in printed
    with pytest.raises(TypeError):
        pickle.dumps(config.secret_key)
    assert Secret("a") == Secret("a") and Secret("a") != Secret("b") and not Secret("")


def test_a_missing_link_secret_is_named() -> None:
    with pytest.raises(LookupError, match="HUB_SECRET_FALLODON is not set"):
        Config.from_env(WHOLE).link_secret("FALLODON")


def test_the_gp_connect_door_is_open_to_all_outside_production_only() -> None:
    assert Config.from_env(WHOLE).fhir is FhirDoor.OFF
    demo = Config.from_env({**WHOLE, "HUB_MODE": "demo"})
    assert demo.fhir is FhirDoor.DEMO
    for name, value in (("HUB_FHIR", "demo"), ("HUB_FHIR_SPEAKS_FOR", "GPCA0001=A20047")):
        with pytest.raises(ConfigError, match="HUB_FHIR_SPEAKS_FOR"):
            Config.from_env({**WHOLE, name: value})


def test_behind_mutual_tls_there_must_be_a_proxy() -> None:
    with pytest.raises(ConfigError, match="HUB_PROXIES"):
        Config.from_env({**WHOLE, "HUB_FHIR": "behind-mutual-tls"})
    behind = Config.from_env({**WHOLE, "HUB_FHIR": "behind-mutual-tls", "HUB_PROXIES": "1"})
    assert behind.fhir is FhirDoor.BEHIND_MUTUAL_TLS


def test_pairs_are_read_or_refused() -> None:
    read = Config.from_env({**WHOLE, "HUB_FHIR_ASIDS": "Y90001=200000000001, Y90002=200000000002"})
    assert read.fhir_asids == {"Y90001": "200000000001", "Y90002": "200000000002"}
    with pytest.raises(ConfigError, match="HUB_FHIR_ASIDS must be pairs"):
        Config.from_env({**WHOLE, "HUB_FHIR_ASIDS": "Y90001"})


def test_what_is_unusual_is_configured_and_nonsense_is_refused() -> None:
    found = Config.from_env({**WHOLE, "HUB_UNUSUAL_HOURS": "06:30-22:00", "HUB_UNUSUAL_PATIENTS": "25"}).unusual
    assert (found.day_begins, found.day_ends, found.bulk_patients) == (time(6, 30), time(22), 25)
    assert Config.from_env(WHOLE).unusual == Thresholds()
    for nonsense in ("22:00-06:00", "always", "7-21", "06:30-22:00-23:00"):
        with pytest.raises(ConfigError, match="HUB_UNUSUAL_HOURS"):
            Config.from_env({**WHOLE, "HUB_UNUSUAL_HOURS": nonsense})
