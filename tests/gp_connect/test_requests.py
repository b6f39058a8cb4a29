"""Headers, audit token and interactions: written by a consumer, checked by a provider."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gp_connect import audit_token, headers, interactions
from gp_connect.elements import Unreadable
from gp_connect.interactions import TokenScope
from gp_connect.outcomes import Rejected
from gp_connect.provider_rules import access
from vocabulary.identifiers import OdsCode
from vocabulary.people import Caller, UserRole

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
ROOT = "http://127.0.0.1:9/Y90003/STU3/1/gpconnect"
SAM = Caller(
    "u-17",
    "Dr Sam Łukasz Carter",
    UserRole.RECEPTIONIST,
    OdsCode("Y90001"),
    "Riverside Surgery",
    "trace-1",
    sds_user_id="111122223333",
)


def token(**changes: Any) -> str:
    """A good token, or one with claims changed (None: left out)."""
    made = audit_token.build(SAM, ROOT, issuer="https://hub.example", now=NOW, scope=TokenScope.READ_ORGANISATION)
    if not changes:
        return made
    claims = json.loads(base64.urlsafe_b64decode(made.split(".")[1] + "=="))
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{made.split('.')[0]}.{body}."


def sent(**changes: str) -> dict[str, str]:
    """Good headers of a search for slots, some changed."""
    made = headers.write(
        interactions.FREE_SLOTS, token(), trace_id="4f", sender="200000000359", recipient="918999198993"
    )
    return {**made, **{name.replace("_", "-"): value for name, value in changes.items()}}


def check(request_headers: dict[str, str], *, verb: str = "GET", path: str = "/Slot", now: datetime = NOW) -> Any:
    return access.check(request_headers, verb, path, asid="918999198993", audiences=[ROOT], now=now)


def refusal(request_headers: dict[str, str], **how: Any) -> str:
    with pytest.raises(Rejected) as refused:
        check(request_headers, **how)
    return refused.value.code.code


def test_the_token_says_who_asks() -> None:
    read = audit_token.read(token())
    assert (read.issuer, read.audience, read.subject) == ("https://hub.example", ROOT, "u-17")
    assert (read.expires - read.issued) == timedelta(minutes=5)
    assert read.issued == NOW
    assert (read.organisation, read.organisation_name) == ("Y90001", "Riverside Surgery")
    assert (read.practitioner_name, read.practitioner_id) == ("Dr Sam Łukasz Carter", "u-17")
    assert (read.sds_user_id, read.sds_role_profile_id) == ("111122223333", "UNK")


def test_the_token_is_unsigned_and_keeps_its_last_dot() -> None:
    made = token()
    assert made.endswith(".") and made.count(".") == 2 and "=" not in made
    assert json.loads(base64.urlsafe_b64decode(made.split(".")[0] + "=")) == {"alg": "none", "typ": "JWT"}


def test_a_token_may_lack_the_role_and_the_local_user() -> None:
    bare = {"resourceType": "Practitioner", "id": "u-17", "name": [{"family": "Carter"}]}
    read = audit_token.read(token(requesting_practitioner=bare))
    assert (read.practitioner_name, read.sds_role_profile_id) == ("Carter", "")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "a.b",
        "a.b.c",
        "e30.e30.",
        token() + "signature",
        token(iat="now"),
        token(exp=True),
        token(exp=10**30),
        token(iss=None),
        token(aud=None),
        token(aud=""),
        token(requested_scope=None),
        "eyJhbGciOiJub25lIn0.!!.",
        "eyJhbGciOiJub25lIn0.W10.",
    ],
)
def test_what_is_no_such_token_is_unreadable(broken: str) -> None:
    with pytest.raises(Unreadable):
        audit_token.read(broken)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(Unreadable):
        audit_token.read(text)


def test_a_good_request_passes_whatever_the_case_of_its_header_names() -> None:
    passed = check({name.upper(): value for name, value in sent().items()})
    assert passed.interaction == interactions.FREE_SLOTS
    assert (passed.trace_id, passed.sender, passed.token.organisation) == ("4f", "200000000359", "Y90001")


def test_the_older_fixed_audience_passes_too() -> None:
    check(sent(Authorization=f"Bearer {token(aud=access.LEGACY_AUDIENCE)}"))


def test_a_clock_ahead_of_ours_passes_an_expired_token_does_not() -> None:
    check(sent(), now=NOW - timedelta(minutes=2))
    assert refusal(sent(), now=NOW + timedelta(minutes=5)) == "BAD_REQUEST"
    check(sent(), now=NOW + timedelta(minutes=4, seconds=59))


@pytest.mark.parametrize("name", ["Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID", "Authorization"])
def test_every_header_must_be_there(name: str) -> None:
    request_headers = sent()
    del request_headers[name]
    assert refusal(request_headers) == "BAD_REQUEST"
    assert refusal({**request_headers, name: "  "}) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Ssp-To": "1"}, "BAD_REQUEST"),
        ({"Ssp-InteractionID": interactions.BOOK.id}, "BAD_REQUEST"),
        ({"Ssp-InteractionID": "urn:something"}, "BAD_REQUEST"),
        ({"Authorization": "Basic abc"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(aud='http://elsewhere')}"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(reason_for_request='secondaryuses')}"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(requested_scope='patient/*.read')}"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(exp=int(NOW.timestamp()) + 301)}"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(sub='u-18')}"}, "BAD_REQUEST"),
        ({"Authorization": f"Bearer {token(requesting_organization={'name': 'X'})}"}, "INVALID_RESOURCE"),
        ({"Accept": "application/fhir+xml"}, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_request_that_is_not_in_order_is_refused(changes: dict[str, str], code: str) -> None:
    assert refusal({**sent(), **changes}) == code


def test_a_body_must_be_fhir_json() -> None:
    booking = headers.write(
        interactions.BOOK,
        token(requested_scope="patient/*.write"),
        trace_id="4f",
        sender="1",
        recipient="918999198993",
        version="3",
    )
    assert booking["If-Match"] == 'W/"3"'
    check(booking, verb="POST", path="/Appointment")
    spoilt = {**booking, "Content-Type": "text/plain"}
    assert refusal(spoilt, verb="POST", path="/Appointment") == "UNSUPPORTED_MEDIA_TYPE"


def test_amend_and_cancel_share_verb_and_address() -> None:
    path = interactions.AMEND.url("9")
    assert path == "/Appointment/9"
    assert interactions.fits(interactions.AMEND, "PUT", path) and interactions.fits(interactions.CANCEL, "PUT", path)
    assert not interactions.fits(interactions.READ_APPOINTMENT, "PUT", path)


@pytest.mark.parametrize("path", ["/Appointment/", "/Appointment/a/b", "/Appointment", "/Slot"])
def test_a_logical_id_is_one_part_of_an_address(path: str) -> None:
    assert not interactions.fits(interactions.READ_APPOINTMENT, "GET", path)


@pytest.mark.parametrize("path", ["/Appointment", "/Appointment/", "/Appointment/a b", f"/Appointment/{'x' * 65}"])
def test_reading_without_an_id_that_can_be_one_finds_nothing(path: str) -> None:
    reading = {"Ssp-InteractionID": interactions.READ_APPOINTMENT.id}
    good = {**sent(), **reading, "Authorization": f"Bearer {token(requested_scope='patient/*.read')}"}
    assert check(good, path="/Appointment/9").logical_id == "9"
    assert refusal(good, path=path) == "NO_RECORD_FOUND"


def test_an_interaction_that_is_known_but_not_offered_here_is_not_implemented() -> None:
    """The structured record has a root of its own."""
    scope = f"Bearer {token(requested_scope='patient/*.read')}"
    structured = sent(Ssp_InteractionID=interactions.GET_STRUCTURED_RECORD.id, Authorization=scope)
    path = interactions.GET_STRUCTURED_RECORD.path
    assert refusal(structured, verb="POST", path=path) == "NOT_IMPLEMENTED"


def test_ids_and_names_of_interactions_are_unique() -> None:
    assert len(interactions.BY_ID) == len(interactions.BY_NAME) == len(interactions.ALL) == 21


@pytest.mark.parametrize(("tag", "version"), [('W/"3"', "3"), ('"3"', "3"), ("", ""), (' W/"a b" ', "a b")])
def test_entity_tags(tag: str, version: str) -> None:
    assert headers.version_in(tag) == version


def test_the_headers_of_a_stored_resource() -> None:
    resource = {"resourceType": "Appointment", "id": "9", "meta": {"versionId": "3"}}
    modified = datetime(2026, 6, 1, 10, tzinfo=UTC) + timedelta(hours=1)
    assert headers.of_stored(resource, ROOT) == {"ETag": 'W/"3"'}
    assert headers.of_stored(resource, ROOT, modified=modified, created=True) == {
        "ETag": 'W/"3"',
        "Location": f"{ROOT}/Appointment/9/_history/3",
        "Last-Modified": "Mon, 01 Jun 2026 11:00:00 GMT",
    }
    assert headers.of_stored({"resourceType": "Slot", "id": "1"}, ROOT, created=True) == {"Location": f"{ROOT}/Slot/1"}


def test_a_malformed_entity_tag_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        headers.version_in("3")


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iat": None}, "claim iat is missing"),
        ({"exp": "soon"}, "claim exp is not a whole number"),
        ({"requested_scope": ["patient/*.read"]}, "claim requested_scope is not one text"),
    ],
)
def test_a_claim_is_said_to_be_missing_only_where_it_is(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        audit_token.read(token(**claims))
