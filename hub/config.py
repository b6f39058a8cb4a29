"""The hub's settings, read once from the environment into one frozen value; every mistake is reported at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from click import ClickException

from accountability.unusual import Thresholds

SECRET_PREFIX = "HUB_SECRET_"  # noqa: S105 - the beginning of names, not a secret


class ConfigError(ClickException):
    """What is missing or wrong, one line each, with the mend. A command line shows it so, without a traceback."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("The hub cannot start:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


class Secret:
    """A value that no log, traceback or page shows by accident; `reveal` it on purpose."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __repr__(self) -> str:
        return "Secret(hidden)" if self._value else "Secret(empty)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret is not written anywhere")


class Mode(StrEnum):
    """What the hub is running for."""

    DEMO = "demo"  # synthetic people only, on this machine
    TEST = "test"
    PRODUCTION = "production"


class FhirDoor(StrEnum):
    """Whether other systems may ask over GP Connect. Its token is unsigned: who asks is known by the connection."""

    OFF = "off"
    BEHIND_MUTUAL_TLS = "behind-mutual-tls"  # a proxy in front verifies the client's certificate and says so
    DEMO = "demo"  # anybody who reaches it: never in production


_EMPTY = Secret("")
_NAME = "Practice hub"
_COOKIE = "hub_session"
_AUDIENCE = "hub-api"
_VERIFIED_HEADER = "X-Client-Verify"
_SCOPES = "openid profile nhsperson nationalrbacaccess associatedorgs selectedrole"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting; docs/operations.md documents each name (a house test keeps the two together)."""

    mode: Mode
    database_url: Secret
    database_owner_url: Secret
    secret_key: Secret
    hub_url: str
    secret_key_former: Secret = _EMPTY  # still opens messages that were sealed before the key was changed
    hub_name: str = _NAME
    hub_logo: str = ""
    cookie_name: str = _COOKIE
    data: Path = field(default=Path("var"))
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: Secret = _EMPTY
    oidc_private_key: str = ""  # path of a PEM file: sign-in then authenticates by private_key_jwt
    oidc_scopes: str = _SCOPES
    oidc_acr_values: str = ""
    oidc_step_up_acr: str = ""
    api_issuer: str = ""
    api_jwks_url: str = ""
    api_audience: str = _AUDIENCE
    pds_url: str = ""
    pds_token_url: str = ""  # with it, access tokens are got by a signed assertion; without, none is sent
    pds_api_key: str = ""  # the application's name there, which is no secret
    pds_key_id: str = ""
    pds_private_key: str = ""  # path of a PEM file
    sds_url: str = ""  # the national directory of systems, or
    sds_api_key: Secret = _EMPTY
    sds_file: str = ""  # a CSV file with the same content
    spine_proxy: str = ""
    spine_certificate: str = ""  # path of a PEM file with our client certificate and its key
    spine_trust: str = ""  # path of a PEM file with the authorities to trust
    wire_trace_days: int = 14
    audit_key: str = ""  # path of a PEM file: the Ed25519 key of the signed roots; only the worker needs it
    audit_drop: str = ""  # a folder into which every signed root is put
    mesh_folder: str = ""  # a mailbox as a folder; a MESH client picks up from it and puts into it
    mesh_mailbox: str = ""  # our mailbox's id
    mesh_practices: frozenset[str] = frozenset()  # ODS codes of those whose systems take visit summaries so
    sensitive_codes: str = ""  # path of the list of codes that no shared record shows; without it none is shown
    unusual: Thresholds = field(default_factory=Thresholds)
    hold_minutes: int = 4
    looks: tuple[int, ...] = (15, 60, 180, 600)  # seconds after asking at which a booking in doubt is looked for
    proxies: int = 0  # how many reverse proxies stand in front and set X-Forwarded-*
    link_secrets: Mapping[str, Secret] = field(default_factory=dict)
    fhir: FhirDoor = FhirDoor.OFF
    fhir_verified_header: str = _VERIFIED_HEADER  # the proxy sets it to SUCCESS and nobody else can
    fhir_asids: Mapping[str, str] = field(default_factory=dict)  # by ODS code; one that is missing is not checked
    fhir_speaks_for: Mapping[str, str] = field(default_factory=dict)  # a test suite's own code: whom it plays

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the environment. Raises ConfigError naming everything that is missing or malformed."""
        reader = _Reader(env)
        mode = reader.one_of("HUB_MODE", Mode, default=Mode.PRODUCTION)
        fhir = FhirDoor.OFF if mode is Mode.PRODUCTION else FhirDoor.DEMO
        strict = mode is Mode.PRODUCTION
        database_url = reader.text("DATABASE_URL", required=mode is not Mode.DEMO)
        config = cls(
            mode=mode,
            database_url=Secret(_driver(database_url)),
            database_owner_url=Secret(_driver(reader.text("DATABASE_OWNER_URL", default=database_url))),
            secret_key=Secret(reader.text("SECRET_KEY", required=True)),
            hub_url=reader.address("HUB_URL", required=True, safe=strict),
            secret_key_former=Secret(reader.text("SECRET_KEY_FORMER")),
            hub_name=reader.text("HUB_NAME", default=_NAME),
            hub_logo=reader.text("HUB_LOGO"),
            cookie_name=reader.text("HUB_COOKIE", default=_COOKIE),
            data=Path(reader.text("HUB_DATA", default="var")),
            oidc_issuer=reader.address("OIDC_ISSUER", required=strict, safe=strict),
            oidc_client_id=reader.text("OIDC_CLIENT_ID", required=strict),
            oidc_client_secret=Secret(reader.text("OIDC_CLIENT_SECRET")),
            oidc_private_key=reader.text("OIDC_PRIVATE_KEY"),
            oidc_scopes=reader.text("OIDC_SCOPES", default=_SCOPES),
            oidc_acr_values=reader.text("OIDC_ACR_VALUES"),
            oidc_step_up_acr=reader.text("OIDC_STEP_UP_ACR"),
            api_issuer=reader.address("API_ISSUER", safe=strict),
            api_jwks_url=reader.address("API_JWKS_URL", safe=strict),
            api_audience=reader.text("API_AUDIENCE", default=_AUDIENCE),
            pds_url=reader.address("PDS_URL", required=strict, safe=strict),
            pds_token_url=reader.address("PDS_TOKEN_URL", safe=strict),
            pds_api_key=reader.text("PDS_API_KEY"),
            pds_key_id=reader.text("PDS_KEY_ID"),
            pds_private_key=reader.text("PDS_PRIVATE_KEY"),
            sds_url=reader.address("SDS_URL", safe=strict),
            sds_api_key=Secret(reader.text("SDS_API_KEY")),
            sds_file=reader.text("SDS_FILE"),
            spine_proxy=reader.address("SPINE_PROXY", safe=strict),
            spine_certificate=reader.text("SPINE_CERTIFICATE"),
            spine_trust=reader.text("SPINE_TRUST"),
            wire_trace_days=reader.number("HUB_WIRE_TRACE_DAYS", default=14),
            audit_key=reader.text("HUB_AUDIT_KEY"),
            audit_drop=reader.text("HUB_AUDIT_DROP"),
            mesh_folder=reader.text("HUB_MESH_FOLDER"),
            mesh_mailbox=reader.text("HUB_MESH_MAILBOX"),
            mesh_practices=frozenset(reader.text("HUB_MESH_PRACTICES").upper().replace(",", " ").split()),
            sensitive_codes=reader.text("HUB_SENSITIVE_CODES"),
            unusual=_thresholds(reader),
            hold_minutes=reader.number("HUB_HOLD_MINUTES", default=4),
            looks=reader.rising("HUB_LOOKS", default=(15, 60, 180, 600)),
            proxies=reader.number("HUB_PROXIES"),
            link_secrets={
                name.removeprefix(SECRET_PREFIX): Secret(value)
                for name, value in env.items()
                if name.startswith(SECRET_PREFIX)
            },
            fhir=reader.one_of("HUB_FHIR", FhirDoor, default=fhir),
            fhir_verified_header=reader.text("HUB_FHIR_VERIFIED_HEADER", default=_VERIFIED_HEADER),
            fhir_asids=reader.pairs("HUB_FHIR_ASIDS"),
            fhir_speaks_for=reader.pairs("HUB_FHIR_SPEAKS_FOR"),
        )
        open_to_all = config.fhir is FhirDoor.DEMO or config.fhir_speaks_for
        reader.check(not strict or not open_to_all, _OPEN_DOOR)
        reader.check(config.fhir is not FhirDoor.BEHIND_MUTUAL_TLS or config.proxies, _NO_PROXY)
        reader.check(not strict or config.oidc_client_secret or config.oidc_private_key, _NO_CLIENT_PROOF)
        reader.check(not strict or not config.secret_key or len(config.secret_key.reveal()) >= 32, _SHORT_KEY)
        signed = (config.pds_token_url, config.pds_api_key, config.pds_key_id, config.pds_private_key)
        reader.check(all(signed) or not any(signed), _HALF_SIGNED)
        reader.check(not config.mesh_practices or (config.mesh_folder and config.mesh_mailbox), _HALF_MESH)
        reader.check(not config.sds_url or config.sds_api_key, _NO_API_KEY)
        reader.check(not (config.sds_url and config.sds_file), _TWO_DIRECTORIES)
        reader.done()
        return config

    @property
    def secure(self) -> bool:
        """True when people reach the hub by https, so that cookies may demand it."""
        return urlsplit(self.hub_url).scheme == "https"

    @property
    def is_demo(self) -> bool:
        """True when everybody in it is invented."""
        return self.mode is Mode.DEMO

    def link_secret(self, name: str) -> str:
        """The secret of this name (a practices.directory.Secrets). Raises LookupError when it is not configured."""
        try:
            return self.link_secrets[name].reveal()
        except KeyError:
            raise LookupError(f"the secret {SECRET_PREFIX}{name} is not set in the environment") from None


_NO_CLIENT_PROOF = "OIDC_CLIENT_SECRET or OIDC_PRIVATE_KEY is missing: the sign-in service must know it is us."
_SHORT_KEY = "SECRET_KEY is too short: use 32 characters or more, such as the output of `openssl rand -hex 32`."
_OPEN_DOOR = (
    "HUB_FHIR=demo and HUB_FHIR_SPEAKS_FOR are for demo and test settings: set HUB_FHIR=behind-mutual-tls, or off, and "
    "leave the other out."
)
_NO_PROXY = (
    "HUB_FHIR=behind-mutual-tls needs the proxy that verifies certificates: set HUB_PROXIES (docs/operations.md)."
)
_HALF_SIGNED = "PDS_TOKEN_URL, PDS_API_KEY, PDS_KEY_ID and PDS_PRIVATE_KEY belong together: set all four or none."
_HALF_MESH = "HUB_MESH_PRACTICES needs HUB_MESH_FOLDER and HUB_MESH_MAILBOX: the folder of our mailbox, and its id."
_NO_API_KEY = "SDS_API_KEY is missing: the national directory of systems must know it is us."
_TWO_DIRECTORIES = "SDS_URL and SDS_FILE are both set: choose the national directory or the file."
_MEND = {
    "DATABASE_URL": "the application role's way into PostgreSQL, such as postgresql://hub_app:…@db/hub",
    "SECRET_KEY": "a long random text, such as the output of `openssl rand -hex 32`",
    "HUB_URL": "the address people open, such as https://hub.example.nhs.uk",
    "OIDC_ISSUER": "the sign-in service's issuer address (docs/sign-in.md)",
    "OIDC_CLIENT_ID": "the hub's name at the sign-in service (docs/sign-in.md)",
    "PDS_URL": "the address of the Personal Demographics Service",
}


_Choice = TypeVar("_Choice", bound=StrEnum)


class _Reader:
    """Reads names and remembers every mistake, so that one start shows them all."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._mistakes: list[str] = []

    def text(self, name: str, *, default: str = "", required: bool = False) -> str:
        value = self._env.get(name, "").strip()
        if not value and required:
            self._mistakes.append(f"{name} is missing: {_MEND[name]}.")
        return value or default

    def address(self, name: str, *, required: bool = False, safe: bool = False) -> str:
        value = self.text(name, required=required).rstrip("/")
        scheme = urlsplit(value).scheme
        if value and (scheme not in ("http", "https") or not urlsplit(value).netloc):
            self._mistakes.append(f"{name} is not an address: it must begin with https://.")
        elif value and safe and scheme != "https":
            self._mistakes.append(f"{name} must begin with https:// outside the demo.")
        return value

    def number(self, name: str, *, default: int = 0) -> int:
        value = self.text(name, default=str(default))
        if not value.isdecimal():
            self._mistakes.append(f"{name} must be a whole number.")
            return default
        return int(value)

    def rising(self, name: str, *, default: tuple[int, ...]) -> tuple[int, ...]:
        parts = self.text(name, default=",".join(map(str, default))).split(",")
        found = tuple(int(part) for part in parts if part.strip().isdecimal())
        if len(found) != len(parts) or list(found) != sorted(set(found)) or 0 in found:
            self._mistakes.append(f"{name} must be seconds in rising order, such as 15,60,180,600.")
            return default
        return found

    def one_of(self, name: str, kind: type[_Choice], *, default: _Choice) -> _Choice:
        value = self.text(name, default=default.value)
        try:
            return kind(value)
        except ValueError:
            self._mistakes.append(f"{name} must be one of: {', '.join(kind)}.")
            return default

    def hours(self, name: str, *, default: tuple[time, time]) -> tuple[time, time]:
        given = self.text(name)
        try:
            begins, ends = (time.fromisoformat(part.strip()) for part in given.split("-")) if given else default
        except ValueError:
            begins = ends = default[0]
        if begins >= ends:
            self._mistakes.append(f"{name} must be two times of a day, such as 07:00-21:30.")
            return default
        return begins, ends

    def pairs(self, name: str) -> dict[str, str]:
        parts = [part.partition("=") for part in self.text(name).split(",") if part.strip()]
        if not all(key.strip() and value.strip() for key, _, value in parts):
            self._mistakes.append(f"{name} must be pairs such as Y90001=200000000001,Y90002=200000000002.")
            return {}
        return {key.strip(): value.strip() for key, _, value in parts}

    def check(self, holds: object, mistake: str) -> None:
        if not holds:
            self._mistakes.append(mistake)

    def done(self) -> None:
        if self._mistakes:
            raise ConfigError(tuple(self._mistakes))


def _thresholds(reader: _Reader) -> Thresholds:
    usual = Thresholds()
    begins, ends = reader.hours("HUB_UNUSUAL_HOURS", default=(usual.day_begins, usual.day_ends))
    link = timedelta(days=reader.number("HUB_UNUSUAL_LINK_DAYS", default=usual.link_before.days))
    return Thresholds(
        bulk_patients=max(reader.number("HUB_UNUSUAL_PATIENTS", default=usual.bulk_patients), 2),
        day_begins=begins,
        day_ends=ends,
        link_before=link,
        link_after=link,
        due=timedelta(days=reader.number("HUB_REVIEW_DAYS", default=usual.due.days)),
    )


def _driver(url: str) -> str:
    """SQLAlchemy's own name for psycopg 3, whichever of the usual spellings the setting has."""
    for usual in ("postgresql://", "postgres://"):
        if url.startswith(usual):
            return "postgresql+psycopg://" + url.removeprefix(usual)
    return url
