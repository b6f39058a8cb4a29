"""The address book's questions, over PostgreSQL."""

from datetime import date

import pytest
from sqlalchemy import event, insert

from practices import directory
from practices.models import (
    ClusterRow,
    GPSystemLinkRow,
    PlaceRow,
    PracticeRow,
    SiteRow,
    SlotTypeMappingRow,
    StaffGrantRow,
)
from practices.results import Place
from practices.slot_types import Service, SlotTypeMeaning, map_slot_type
from storage.work import Work
from tests.practices.people import A, B, C
from vocabulary.identifiers import OdsCode
from vocabulary.people import UserRole
from vocabulary.slots import PractitionerRole

pytestmark = pytest.mark.database

D = OdsCode("Y90004")


@pytest.fixture
def filled(work: Work) -> Work:
    with work.begin() as tx:
        tx.execute(insert(ClusterRow), [{"code": "ONE", "name": "Cluster one"}, {"code": "TWO", "name": "Cluster two"}])
        tx.execute(
            insert(PracticeRow),
            [
                {"ods": "Y90001", "name": "Ash", "status": "open", "cluster_code": "ONE", "latitude": 51.4},
                {"ods": "Y90002", "name": "Birch", "status": "open", "cluster_code": "ONE", "latitude": None},
                {"ods": "Y90003", "name": "Cedar", "status": "closed", "cluster_code": "ONE", "latitude": None},
                {"ods": "Y90004", "name": "Damson", "status": "open", "cluster_code": "TWO", "latitude": None},
            ],
        )
        line = {"system": "emis", "secret_name": "", "pooling_live": True, "pooling_by_name": "Ada Tester"}
        tx.execute(
            insert(GPSystemLinkRow),
            [
                {**line, "ods": "Y90001", "address": "http://a", "provider_asid": "1", "consumer_asid": "11"},
                {**line, "ods": "Y90002", "address": "http://b", "provider_asid": "2", "consumer_asid": "22"}
                | {"secret_name": "birch-key"},
                {**line, "ods": "Y90003", "address": "http://c", "provider_asid": "3", "consumer_asid": "33"},
                {**line, "ods": "Y90004", "address": "http://d", "provider_asid": "4", "consumer_asid": ""}
                | {"pooling_live": False},
            ],
        )
        tx.execute(
            insert(PlaceRow),
            [
                {"code": "BS3", "latitude": 51.43, "longitude": -2.6},
                {"code": "BS3 1AS", "latitude": 51.44, "longitude": -2.61},
            ],
        )
    return work


def test_a_practice_is_found_with_its_link_and_cluster(filled: Work) -> None:
    with filled.read() as tx:
        found = directory.practice(tx, A)
        assert found is not None
        assert (found.name, found.cluster, found.system, found.is_open) == ("Ash", "ONE", "emis", True)
        assert (found.pooling_live, found.booking_live, found.pooling_by_name) == (True, False, "Ada Tester")
        assert found.place is None  # half a place is none
        assert directory.practice(tx, OdsCode("Y99999")) is None


def test_practices_are_listed_all_or_chosen(filled: Work) -> None:
    with filled.read() as tx:
        assert [each.ods for each in directory.practices(tx)] == [A, B, C, D]
        assert [each.ods for each in directory.practices(tx, open_only=True)] == [A, B, D]
        assert [each.ods for each in directory.practices(tx, cluster="TWO")] == [D]
        assert [each.ods for each in directory.practices(tx, [D, A])] == [A, D]
        assert directory.practices(tx, []) == ()


def test_clusters_have_their_names(filled: Work) -> None:
    with filled.read() as tx:
        assert set(directory.clusters(tx)) == {"ONE", "TWO"}


def test_cluster_mates_are_the_open_others(filled: Work) -> None:
    with filled.read() as tx:
        assert [each.ods for each in directory.cluster_mates(tx, A)] == [B]
        assert directory.cluster_mates(tx, D) == ()


def test_a_link_carries_its_secret_and_everybodys_consumer_ids(filled: Work) -> None:
    with filled.read() as tx:
        found = directory.link(tx, B, secrets={"birch-key": "hush"}.__getitem__)
        assert found is not None
        assert (found.system, found.address, found.provider_asid, found.secret) == ("emis", "http://b", "2", "hush")
        assert dict(found.consumer_asids) == {A: "11", B: "22", C: "33"}
        assert "hush" not in repr(found)
        assert directory.link(tx, OdsCode("Y99999")) is None
        with pytest.raises(LookupError, match="birch-key"):
            directory.link(tx, B)


def test_only_open_practices_with_pooling_on_are_live(filled: Work) -> None:
    with filled.read() as tx:
        live = directory.live_links(tx, secrets=lambda _name: "hush")
        assert [(each.practice.ods, each.link.address) for each in live] == [(A, "http://a"), (B, "http://b")]


def test_the_number_of_queries_does_not_grow_with_the_practices(filled: Work) -> None:
    seen: list[str] = []
    event.listen(
        filled.engine, "before_cursor_execute", lambda _c, _cur, statement, _p, _ctx, _many: seen.append(statement)
    )
    with filled.read() as tx:
        seen.clear()
        directory.live_links(tx, secrets=lambda _name: "")
        assert len(seen) == 4
        seen.clear()
        directory.sites(tx, [A, B, C, D])
        directory.mappings(tx, [A, B, C, D])
        assert len(seen) == 2


def test_sites_come_main_site_first(filled: Work) -> None:
    with filled.begin() as tx:
        for name in ("Main", "Branch"):
            tx.execute(
                insert(SiteRow).values(
                    ods="Y90001",
                    name=name,
                    location_id=f"Y90001-{name}",
                    address=["1 High Street"],
                    access=["step-free", "parking"],
                    latitude=51.4,
                    longitude=-2.6,
                )
            )
        main, branch = directory.sites(tx, [A, B])
    assert (main.name, branch.name, main.ods) == ("Main", "Branch", A)
    assert main.place == Place(51.4, -2.6)
    assert main.access == {"step-free", "parking"}


def test_wordings_are_mapped_whatever_their_case_and_spaces(filled: Work) -> None:
    with filled.begin() as tx:
        tx.execute(
            insert(SlotTypeMappingRow),
            [
                {"ods": "Y90001", "wording": "Ext Hrs  Physio", "service": "first-contact-physiotherapy"}
                | {"role": "physiotherapist"},
                {"ods": "Y90001", "wording": "Staff only", "service": "none", "role": ""},
            ],
        )
        mapping = directory.mapping(tx, A)
        assert directory.mapping(tx, B) == {}
    physio = SlotTypeMeaning(Service.FIRST_CONTACT_PHYSIOTHERAPY, PractitionerRole.PHYSIOTHERAPIST)
    assert map_slot_type(mapping, "ext hrs physio ") == physio
    hidden = map_slot_type(mapping, "STAFF ONLY")
    assert hidden is not None
    assert hidden.hidden
    assert map_slot_type(mapping, "Blood clinic") is None


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("bs31as", Place(51.44, -2.61)),
        ("BS3 9ZZ", Place(51.43, -2.6)),
        ("BS3", Place(51.43, -2.6)),
        ("BA1 1AA", None),
        ("somewhere", None),
    ],
)
def test_a_postcode_is_placed_by_itself_or_its_outward_code(filled: Work, typed: str, place: Place | None) -> None:
    with filled.read() as tx:
        assert directory.place_of(tx, typed) == place


@pytest.mark.parametrize(
    ("today", "in_force"),
    [
        (date(2025, 5, 31), False),
        (date(2025, 6, 1), True),
        (date(2025, 6, 30), True),
        (date(2025, 7, 1), False),
    ],
)
def test_a_staff_grant_counts_from_its_first_to_its_last_day(filled: Work, today: date, in_force: bool) -> None:
    with filled.begin() as tx:
        tx.execute(
            insert(StaffGrantRow).values(
                user_id="u1",
                user_name="Ada Tester",
                role="federation-admin",
                ods="Y90001",
                starts_on=date(2025, 6, 1),
                ends_on=date(2025, 6, 30),
                granted_by="u2",
            )
        )
        found = directory.staff_grants(tx, "u1", today)
        assert directory.staff_grants(tx, "u2", today) == ()
    assert [(each.role, each.practice) for each in found] == ([(UserRole.FEDERATION_ADMIN, A)] if in_force else [])
