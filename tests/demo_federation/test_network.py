"""The synthetic network: as large as promised, in the right places, and nobody's real number."""

import re
from collections import Counter

from demo.federation.geography import AREAS, POSTCODES
from demo.federation.network import clusters, practices
from demo.federation.rota import EVENING, GP, SATURDAY, rota
from demo.federation.wordings import STAFF_TYPES, is_unmapped, mapping, wording
from practices.places import miles_between, tidy_postcode
from practices.slot_types import Service, map_slot_type, tidy_wording
from vocabulary.slots import DeliveryChannel


def test_82_practices_in_18_clusters_with_about_a_million_patients() -> None:
    assert [each.ods.value for each in practices()] == [f"Y90{number:03d}" for number in range(1, 83)]
    assert len(clusters()) == 18
    assert {len(cluster.practices) for cluster in clusters()} == {4, 5}
    assert 1_000_000 <= sum(each.list_size for each in practices()) <= 1_060_000
    assert [each.ods.value for each in clusters()[0].practices] == [f"Y9000{number}" for number in range(1, 6)]
    assert clusters()[1].practices[0].ods.value == "Y90006"


def test_names_phones_and_system_ids_are_everybodys_own() -> None:
    phones = [site.phone for each in practices() for site in each.sites] + [each.bypass_phone for each in practices()]
    asids = [asid for each in practices() for asid in (each.provider_asid, each.consumer_asid)]
    names = [each.name for each in practices()]
    for values in (phones, asids, names):
        assert len(values) == len(set(values))
    assert all(re.fullmatch(r"0117 496 0[0-9]{3}", phone) for phone in phones)
    assert all(re.fullmatch(r"[0-9]{12}", asid) for asid in asids)


def test_sites_lie_in_their_outward_codes_and_some_practices_have_branches() -> None:
    sites = [site for each in practices() for site in each.sites]
    assert 30 <= len(sites) - len(practices()) <= 80
    for site in sites:
        area = AREAS[site.postcode.split()[0]]
        assert tidy_postcode(site.postcode) == site.postcode
        assert miles_between(site.place, area.place) <= 1.5 * area.spread
    for each in practices():
        assert len({site.location_id for site in each.sites}) == len(each.sites)
        assert "step-free" in each.sites[0].access
    assert len({need for site in sites for need in site.access}) >= 4


def test_invented_postcodes_are_well_formed_and_differ() -> None:
    codes = [postcode.code for postcodes in POSTCODES.values() for postcode in postcodes]
    assert len(codes) == len(set(codes)) == 37 * 30
    assert all(tidy_postcode(code) == code for code in codes)


def test_about_six_thousand_slots_a_week_by_list_size() -> None:
    slots = {each.ods: sum(clinic.slots for clinic in rota(each.ods)) for each in practices()}
    assert 5_700 <= sum(slots.values()) <= 6_300
    largest, smallest = (max, min)
    assert slots[largest(practices(), key=lambda each: each.list_size).ods] > 100
    assert slots[smallest(practices(), key=lambda each: each.list_size).ods] < 60


def test_every_cluster_has_a_gp_every_evening_all_staff_types_and_the_whole_saturday() -> None:
    for cluster in clusters():
        held = [clinic for each in cluster.practices for clinic in rota(each.ods)]
        assert {clinic.role for clinic in held} == set(STAFF_TYPES)
        evenings = {clinic.weekday for clinic in held if clinic.role is GP and clinic.weekday != SATURDAY}
        assert evenings == {0, 1, 2, 3, 4}
        assert {clinic.begins.hour for clinic in held if clinic.weekday == SATURDAY} == {9, 13}


def test_nobody_holds_two_clinics_at_once() -> None:
    for each in practices():
        at = Counter((clinic.weekday, clinic.begins, clinic.practitioner.host_id) for clinic in rota(each.ods))
        assert max(at.values()) == 1


def test_clinics_keep_the_hours_the_lengths_and_the_channels() -> None:
    held = [clinic for each in practices() for clinic in rota(each.ods)]
    for clinic in held:
        assert ((clinic.begins, clinic.ends) == EVENING) == (clinic.weekday < SATURDAY)
        assert 10 <= clinic.minutes <= 30
        assert clinic.slots >= 3
    used = {clinic.channel_of(position) for clinic in held for position in range(clinic.slots)}
    assert used == {DeliveryChannel.IN_PERSON, DeliveryChannel.TELEPHONE, DeliveryChannel.VIDEO}
    codes = {clinic.role.value: clinic.role_code for clinic in held}
    assert codes["gp"] == "R0260"
    assert codes["physiotherapist"] == codes["mental-health-nurse"] == ""


def test_practices_word_their_slots_differently_and_have_mostly_said_what_they_mean() -> None:
    unmapped = 0
    for each in practices():
        told = {tidy_wording(words): meaning for words, meaning in mapping(each).items()}
        assert any(meaning.service is Service.NONE for meaning in told.values())
        for clinic in rota(each.ods):
            words = wording(each, clinic.role, clinic.channel, special=clinic.special)
            meaning = map_slot_type(told, words)
            if meaning is None:
                assert is_unmapped(each, clinic.role)
                unmapped += 1
            else:
                assert meaning.role is clinic.role
    assert 0 < unmapped < 20
    face_to_face = {wording(each, GP, DeliveryChannel.IN_PERSON) for each in practices()}
    assert len(face_to_face) == 5


def test_how_to_find_a_site_does_not_contradict_what_it_has() -> None:
    sites = [site for each in practices() for site in each.sites]
    said = Counter(site.directions for site in sites)
    assert len(said) >= 5
    for site in sites:
        words = site.directions.lower()
        if "on-street parking only" in words or "no car park" in words:
            assert "parking" not in site.access, site
        elif "parking" in words or "car park" in words:
            assert "parking" in site.access, site
        if re.search("ramp|lift|step-free", words):
            assert "step-free" in site.access, site
