"""From results to words: pure."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from hub.web import banner, presenters, wording
from hub.web.booking import clashes, offer_words
from hub.web.booking.offer_words import Chosen
from hub.web.booking.on_the_phone import OnThePhone
from scheduling.commands import FindSlots
from scheduling.results import Freshness
from tests.hub.web.fakes import (
    FAR,
    HOSTS,
    NOW,
    OTHER_REF,
    REF,
    booking_view,
    card,
    facts,
    host_answer,
    many_offers,
    offer,
    traced,
)
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.slots import DeliveryChannel, Gender, PractitionerRole
from vocabulary.times import Window

EVENING = Window(NOW, NOW + timedelta(hours=6))


def test_every_word_of_the_vocabulary_has_words() -> None:
    for table, kind in (
        (wording.ROLES, PractitionerRole),
        (wording.CHANNELS, DeliveryChannel),
        (wording.GENDERS, Gender),
        (wording.STATES, BookingState),
        (wording.FRESHNESS, Freshness),
        (wording.USER_ROLES, UserRole),
        (wording.SCOPES, Scope),
        (wording.CANCELLATIONS, CancellationReason),
    ):
        assert set(table) == set(kind)
    assert wording.access_words("bariatric-couch") == "Bariatric couch"


def test_a_row_says_everything_in_its_label_for_whoever_does_not_see_it() -> None:
    line = offer_words.offer_line(offer(7, facts(), count=3), NOW)
    assert line.label == "6.50pm, 15 minutes, GP, in person, Fallodon Way Medical Centre, 2.1 miles from home"
    assert (line.time, line.minutes, line.count, line.age, line.stale) == ("6.50pm", 15, 3, "1 min ago", False)
    assert line.label.startswith(line.time)  # what is seen is the beginning of what is said


@pytest.mark.parametrize(
    ("miles", "words"),
    [
        (None, ""),
        (0.0, "under ½ mile"),
        (0.49, "under ½ mile"),
        (0.5, "0.5 miles"),
        (1.04, "1 mile"),
        (9.94, "9.9 miles"),
        (9.96, "10 miles"),
    ],
)
def test_distances(miles: float | None, words: str) -> None:
    assert presenters.miles_words(miles) == words


def test_a_service_is_shown_where_it_says_more_than_the_role() -> None:
    def service(**changes: object) -> str:
        return offer_words.offer_line(offer(1, facts(**changes)), NOW).service  # type: ignore[arg-type]

    assert service() == ""
    assert service(role=PractitionerRole.NURSE, service="blood-test") == "Blood test"
    assert service(service="", slot_type="EA Routine 15") == "EA Routine 15"
    assert service(service="ear-syringing") == "Ear syringing"


def test_an_offer_seen_long_ago_is_marked() -> None:
    assert offer_words.offer_line(offer(1, facts(), age=16), NOW).stale
    assert not offer_words.offer_line(offer(1, facts(), age=15), NOW).stale


def test_offers_are_grouped_by_englands_day_in_the_order_they_came() -> None:
    days = offer_words.offer_days(many_offers(24), NOW)
    assert [(day.near, day.words, len(day.lines)) for day in days] == [
        ("Today", "Tuesday 24 November", 16),
        ("", "Saturday 28 November", 8),
    ]
    late = offer(1, facts(start=NOW.replace(month=7, hour=23, minute=30)))  # half past midnight in summer
    assert offer_words.offer_days([late], NOW)[0].words == "Saturday 25 July"


def test_what_a_button_sends_comes_back() -> None:
    joined = replace(offer(12, facts()), slot_ids=(12, 13))
    assert offer_words.chosen(offer_words.hold_value(joined)) == Chosen((12, 13), 1795546200.0, "gp", "in-person")


@pytest.mark.parametrize("value", ["", "@", "x@y@z@w@v", "1;2@3", "-1@-5", "9" * 40, "²@1", "1.@99999999999999"])
def test_what_nobody_offered_is_nothing(value: str) -> None:
    read = offer_words.chosen(value)
    assert read.slot_ids in ((), (1,))
    assert 0.0 <= read.start < 10**11


def test_the_nearest_are_of_the_same_kind_first_and_never_the_lost_one() -> None:
    offers = many_offers(24)
    lost = offer_words.chosen(offer_words.hold_value(offers[2]))
    near = offer_words.nearest(offers, lost)
    assert len(near) == 3 and offers[2] not in near
    assert {(found.facts.role, found.facts.channel) for found in near} == {
        (offers[2].facts.role, offers[2].facts.channel)
    }
    assert offer_words.nearest((), lost) == ()


def test_what_was_searched_is_said_in_one_phrase() -> None:
    command = FindSlots(
        EVENING,
        roles=frozenset({PractitionerRole.GP}),
        channels=frozenset({DeliveryChannel.IN_PERSON}),
        minutes=15,
        within_miles=3,
        access_needs=frozenset({"step-free", "hearing-loop"}),
    )
    today = NOW.date()
    assert offer_words.searched_words(command, today, today, NOW, host_name="Fallodon Way") == (
        "GP, in person, 15 minutes or longer, today, Tuesday 24 November, within 3 miles, at Fallodon Way, "
        "with hearing loop and step-free access"
    )
    assert offer_words.searched_words(FindSlots(EVENING), today, today, NOW) == (
        "any clinician, today, Tuesday 24 November"
    )


def test_hosts_are_sorted_by_what_to_do_about_them() -> None:
    stale = host_answer("Slow Practice", freshness=Freshness.STALE, offered=2)
    below = offer_words.hosts_below((*HOSTS, stale))
    assert [host.name for host in below.silent] == ["Lawrence Hill Health Centre", "Slow Practice"]
    assert [host.name for host in below.empty] == ["Whiteladies Practice"]
    assert [host.name for host in below.closed_to_us] == ["Kingswood Family Practice"]
    assert below.answering == 2


def test_everything_gp_connect_requires_is_on_display() -> None:
    lines = {line.name: line.value for line in presenters.slot_facts(facts(), NOW)}
    assert lines["When"] == "Tuesday 24 November, 6.50pm to 7.05pm"
    assert lines["Length"] == "15 minutes"
    assert lines["How"] == "In person"
    assert lines["Slot type"] == "Evening GP" and lines["Clinic"] == "Evening clinic"
    assert lines["Where"] == "Fallodon Way Medical Centre, 1 Fallodon Way, Henleaze, Bristol, BS9 4HT"
    assert lines["Who"] == "Dr Amara Nwosu, GP" and lines["Clinician’s gender"] == "Female"


def test_what_a_host_did_not_send_leaves_no_empty_line() -> None:
    bare = facts(
        practitioner_name="",
        practitioner_gender=Gender.UNKNOWN,
        site_name="",
        site_address=(),
        site_postcode="",
        site_directions="",
        site_access=frozenset(),
        host_bypass_phone="",
        host_phone="",
    )
    lines = {line.name: line.value for line in presenters.slot_facts(bare, NOW)}
    assert lines["Who"] == "GP" and lines["Clinician’s gender"] == "Not recorded"
    assert lines["Where"] == lines["Practice"] == "Fallodon Way Medical Centre"
    assert not {"Finding it", "At the site", "Staff line"} & set(lines)


def test_the_script_is_what_one_would_say() -> None:
    assert presenters.read_out(booking_view()) == (
        "You have an appointment with a GP on Tuesday the 24th of November, at ten to seven in the evening, "
        "at Fallodon Way Medical Centre.",
        "That is at 1 Fallodon Way, Henleaze, Bristol, BS9 4HT.",
        "Behind the library; the car park is free after 6pm.",
        "Please come five minutes early, and bring a list of your medicines.",
        "We have told them that you need an interpreter for Polish.",
        "Your reference is B Z M R, 3 2 2 N.",
        "If you cannot come, please ring us as soon as you can, so that somebody else can have the time.",
    )


def test_the_script_says_nothing_that_nobody_knows() -> None:
    bare = presenters.read_out(booking_view(interpreter="", facts=facts(site_directions="", site_address=())))
    assert not any("interpreter" in sentence or not sentence for sentence in bare)
    unended = presenters.read_out(booking_view(facts=facts(site_directions="Ring the bell")))
    assert "Ring the bell." in unended


def test_on_the_telephone_the_clinician_rings_and_the_script_says_which_number() -> None:
    ringing = booking_view(facts=facts(channel=DeliveryChannel.TELEPHONE, role=PractitionerRole.NURSE))
    first, second, *_ = presenters.read_out(ringing)
    assert first.startswith("A nurse from Fallodon Way Medical Centre will ring you on Tuesday the 24th")
    assert second == "They will ring 07700 900123. The number may be withheld."
    assert not any("come five minutes early" in sentence for sentence in presenters.read_out(ringing))
    video = presenters.read_out(booking_view(facts=facts(channel=DeliveryChannel.VIDEO)))
    assert video[0].startswith("You have a video appointment with a GP from Fallodon Way")


def test_bookings_to_come_stand_apart_from_those_that_are_over() -> None:
    times = [NOW + timedelta(hours=hours) for hours in (30, -50, 2, -3)]
    bookings = [booking_view(facts=facts(start=start)) for start in times]
    for hours, state in ((1, BookingState.CANCELLED), (3, BookingState.REFUSED), (4, BookingState.CANCELLING)):
        bookings.append(booking_view(state=state, facts=facts(start=NOW + timedelta(hours=hours))))
    lists = presenters.booking_lists(bookings, NOW)
    assert [line.when for line in lists.ahead] == ["Today 7.55pm", "Today 9.55pm", "Wed 25 Nov 11.55pm"]
    assert [(line.when, line.tag.words) for line in lists.over] == [
        ("Today 8.55pm", "Not booked"),
        ("Today 6.55pm", "Cancelled"),
        ("Today 2.55pm", "Booked"),
        ("Sun 22 Nov 3.55pm", "Booked"),
    ]


def test_one_of_a_thing_is_told_as_one() -> None:
    near = FindSlots(Window(NOW, NOW + timedelta(hours=6)), near_postcode="BS6", within_miles=1, minutes=1)
    words = offer_words.searched_words(near, NOW.date(), NOW.date(), NOW)
    assert words.endswith("within 1 mile") and "1 minute or longer" in words
    assert offer_words.searched_words(replace(near, within_miles=2.5), NOW.date(), NOW.date(), NOW).endswith(
        "within 2.5 miles"
    )
    assert presenters.took_words(1000) == "answered in 1 second" and presenters.took_words(12) == "answered at once"


def test_an_offer_that_overlaps_a_booking_of_the_patients_says_so_also_to_whoever_does_not_see_it() -> None:
    late = facts(start=facts().window.start + timedelta(minutes=5))
    patient = OnThePhone.of(card(bookings=(booking_view(facts=late),)))
    line = offer_words.offer_line(offer(1, facts()), NOW, clashes.known_bookings(patient, None))
    assert line.overlap == "Overlaps the patient’s booking at 6.55pm" and line.label.endswith(line.overlap)
    after = facts(start=late.window.end)
    assert not offer_words.offer_line(offer(1, after), NOW, clashes.known_bookings(patient, None)).overlap
    assert not offer_words.offer_line(offer(1, facts()), NOW, clashes.known_bookings(patient, REF)).overlap  # moved
    over = OnThePhone.of(card(bookings=(booking_view(facts=late, state=BookingState.CANCELLED),)))
    assert clashes.known_bookings(over, None) == ()


def test_a_banner_kept_by_an_older_session_can_still_be_read() -> None:
    kept = asdict(OnThePhone.of(card(bookings=(booking_view(),))))
    del kept["street"]
    kept["bookings"] = [{name: value for name, value in kept["bookings"][0].items() if name != "ends"}]
    patient = OnThePhone.from_kept(kept)
    assert clashes.overlapping(facts().window, clashes.known_bookings(patient, None)) is None


def test_why_a_practice_cannot_be_seen_says_when_it_was_asked() -> None:
    assert offer_words.why_words(HOSTS[3], NOW) == (
        "Kingswood Family Practice has not signed DSA-AVON-01 v1. Ask your federation admin. "
        "It was last asked 1 min ago."
    )
    assert offer_words.why_words(HOSTS[0], NOW).startswith("You can see it: it offers 12 free times")
    assert "1 free time in" in offer_words.why_words(host_answer("X", offered=1), NOW)


# --- The banner


def phone(**changes: object) -> OnThePhone:
    return OnThePhone.of(card(**changes))  # type: ignore[arg-type]


def test_the_banner_names_the_patient_as_the_nhs_writes_it() -> None:
    assert banner.name(phone()) == "PRITCHARD, Joan"
    assert banner.age_words(phone(), date(2026, 11, 24)) == "65 years"


def test_small_children_have_months() -> None:
    def born(day: date) -> str:
        return banner.age_words(replace(phone(), birth_date=day.isoformat()), date(2026, 11, 24))

    assert born(date(2026, 11, 1)) == "0 months"
    assert born(date(2026, 10, 24)) == "1 month"
    assert born(date(2024, 11, 25)) == "23 months"
    assert born(date(2024, 11, 24)) == "2 years"


def test_urgent_notes_come_first_and_are_marked() -> None:
    notes = banner.notes(OnThePhone.of(card(traced(deceased=True), superseded=True, deceased=True)))
    assert [note.urgent for note in notes] == [True, True, False, False]
    assert "has died" in notes[0].words and "replaced" in notes[1].words
    assert [note.words for note in notes[2:]] == ["Interpreter: Polish", "Step-free access"]


def test_without_tracing_the_banner_says_to_read_the_number_back() -> None:
    untraced = OnThePhone.of(card(traced=None, tracing_down=True, home_practice_name=""))
    (note,) = banner.notes(untraced)
    assert note.urgent and "read the NHS number back" in note.words
    assert untraced.born is None and banner.age_words(untraced, NOW.date()) == ""


def test_bookings_in_the_banner_say_what_is_not_settled() -> None:
    there = phone(
        bookings=(booking_view(state=BookingState.IN_DOUBT), booking_view(ref=OTHER_REF, facts=facts(host=FAR)))
    )
    words = [line.words for line in banner.bookings(there, NOW)]
    assert words == [
        "Today 6.50pm, Fallodon Way Medical Centre (not known yet)",
        "Today 6.50pm, Southmead and Henbury Practice",
    ]


def test_neither_banner_nor_list_prints_a_patient_by_accident() -> None:
    assert "Pritchard" not in repr(phone()) and "999" not in repr(phone())


# --- Agreements


def test_a_moves_script_says_what_becomes_of_the_old_appointment() -> None:
    old = booking_view(state=BookingState.CANCELLED)
    when = "Tuesday the 24th of November, at ten to seven in the evening"
    said = f"Your old appointment, on {when}, with Fallodon Way Medical Centre"
    assert f"{said}, is cancelled." in presenters.read_out(booking_view(), old)
    going = replace(old, state=BookingState.CANCELLING)
    assert f"{said}, is being cancelled: please do not keep it." in presenters.read_out(booking_view(), going)
    assert not any("old appointment" in sentence for sentence in presenters.read_out(booking_view()))
