"""The simulator's demographics service, told to demand a signed assertion: ours passes, and nothing else does."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from joserfc.jwk import RSAKey

from connectors.faults import NoAnswer, PatientUnknown, Refused
from connectors.line import LineSettings
from connectors.mock.simulator.app import create_app, surroundings
from connectors.mock.simulator.lines import LineServer
from connectors.mock.simulator.pds_access import PATH
from connectors.pds import tracing as pds
from connectors.pds.access import signed
from tests.connectors.people import ALEX, RECEPTIONIST

QUICK = LineSettings(silence=2, budget=3)


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def url(tmp_path: Path, key: RSAKey) -> Iterator[str]:
    public = tmp_path / "public.pem"
    public.write_bytes(key.as_pem(private=False))
    app = create_app(tmp_path, pds_key=public)
    server = LineServer(app, port=0)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(5)
    server.server_close()
    surroundings(app).store.close()


def tracing(url: str, key: RSAKey, folder: Path) -> pds.PdsTracing:
    path = folder / "private.pem"
    path.write_bytes(key.as_pem(private=True))
    access = signed(f"{url}{PATH}", api_key="hub", key_id="1", private_key=path, settings=QUICK)
    return pds.create(f"{url}/pds", access=access, settings=QUICK)


def test_a_signed_application_may_trace_and_search(url: str, key: RSAKey, tmp_path: Path) -> None:
    ours = tracing(url, key, tmp_path)
    with pytest.raises(PatientUnknown):
        ours.trace(ALEX.nhs_number, caller=RECEPTIONIST)
    assert ours.search(family="Nobody", birth_date=ALEX.birth_date, caller=RECEPTIONIST) == ()


def test_others_may_not(url: str, key: RSAKey, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="did not let the hub in"):
        pds.create(f"{url}/pds", settings=QUICK).trace(ALEX.nhs_number, caller=RECEPTIONIST)
    with pytest.raises(NoAnswer, match="did not let the hub in"):
        tracing(url, RSAKey.generate_key(2048), tmp_path).trace(ALEX.nhs_number, caller=RECEPTIONIST)


def test_an_assertion_is_good_once_and_only_here(url: str, key: RSAKey, tmp_path: Path) -> None:
    path = tmp_path / "private.pem"
    path.write_bytes(key.as_pem(private=True))
    access = signed(f"{url}{PATH}", api_key="hub", key_id="1", private_key=path, settings=QUICK)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": access._assertion(access.clock()),
    }
    assert requests.post(f"{url}{PATH}", data=form, timeout=5).status_code == 200
    again = requests.post(f"{url}{PATH}", data=form, timeout=5)
    assert (again.status_code, again.json()["error_description"]) == (400, "jti must be new")
    elsewhere = signed("http://127.0.0.1:1/oauth2/token", api_key="hub", key_id="1", private_key=path)
    form["client_assertion"] = elsewhere._assertion(elsewhere.clock())
    assert "aud" in requests.post(f"{url}{PATH}", data=form, timeout=5).json()["error_description"]
