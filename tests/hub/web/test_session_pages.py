"""A clinician's session: who comes, what is said of each, and what the page says of what it cannot do."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from hub.schemas.visits import VisitSchema
from hub.web.clinic.session_lines import CALL_KEYS, KEYS
from hub.web.messages.posting import EXTENSION as POST
from scheduling.host_words import AtHost, HostSays
from scheduling.problems import NotSure, WrongState
from scheduling.reporting import VisitReport
from scheduling.visit_rules import VisitEvent
from tests.hub.web.fakes import HOME, NOW, OTHER_REF, REF, booking_view, facts
from tests.hub.web.posts import BLANK
from tests.hub.web.reading import headings, words
from tests.hub.web.shop import Shop
from vocabulary.appointments import BookingState, CancellationReason
from vocabulary.identifiers import NHSNumber
from vocabulary.people import UserRole
from vocabulary.slots import DeliveryChannel
from vocabulary.times import Window
from vocabulary.visits import CallOutcome, VisitStatus

HERE = facts(practitioner_name="Dr Grace Example")


def furnish(shop: Shop) -> None:
    shop.desk.bookings = {
        REF.value: booking_view(facts=HERE),
        OTHER_REF.value: booking_view(
            ref=OTHER_REF,
            family="Adeyemi",
            given="Bola",
            facts=facts(channel=DeliveryChannel.TELEPHONE, practitioner_name="Nurse Nair"),
        ),
    }


def test_a_clinician_lands_on_tonight(shop: Shop) -> None:
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert clinician.get("/").headers["Location"] == "/session"
    furnish(shop)
    page = clinician.get("/session")
    assert [heading for heading in headings(page) if "tonight" in heading]
    shown = words(page)
    for part in (
        "6.50pm",
        "PRITCHARD, Joan",
        "65 years",
        "Born 3 March 1961",
        "From Beechwood Surgery",
        "Interpreter: Polish",
        "Knee pain",
        "Deaf in the left ear",
        "Expected",
        "kept in the hub",
    ):
        assert part in shown, part
    assert clinician.get("/find").status_code == 200


def test_the_telephone_patient_has_a_number_a_window_and_calls(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    shown = words(clinician.get("/session"))
    assert "Ring 07700 900123, 6.50pm to 7.50pm" in shown and "See face to face instead" in shown
    answer = clinician.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "no-answer"})
    assert answer.headers["Location"] == f"/session#visit-{OTHER_REF.value}"
    assert "7.05pm No answer" in words(clinician.get("/session"))
    early = VisitEvent(2, NOW, "u1", "Rita", call=CallOutcome.NO_ANSWER)
    shop.desk.visits[OTHER_REF.value].append(early)
    assert "5.55pm No answer, before their time: it does not count" in words(clinician.get("/session"))


def test_saying_something_comes_back_to_the_same_list_and_line(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    chosen = {"seen": "0", "status": "arrived", "day": "2026-11-24", "with": "Dr Grace Example"}
    back = clinician.post(f"/session/{REF.value}", chosen).headers["Location"]
    assert back == f"/session?day=2026-11-24&with=Dr+Grace+Example#visit-{REF.value}"
    shown = words(clinician.get(back.split("#", maxsplit=1)[0]))
    assert "1 arrived" in shown and "ADEYEMI" not in shown and "Take back “Arrived”" in shown
    clinician.post(f"/session/{REF.value}", {"seen": "1", "undo": "1"})
    assert "1 arrived" not in words(clinician.get("/session"))


def test_ones_own_patients_come_first_and_everybodys_can_be_had(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.session.user_name = "dr grace example"
    assert "ADEYEMI" not in words(clinician.get("/session"))
    assert "ADEYEMI" in words(clinician.get("/session?with="))


def test_a_refusal_says_why_and_shows_the_list_as_it_is(shop: Shop) -> None:
    furnish(shop)
    shop.desk.refuse = {
        "note_visit": WrongState("Nurse Nair said something about this visit meanwhile.", next_step="Look again.")
    }
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "arrived"})
    assert answer.status_code == 409
    assert "Nurse Nair said something" in words(answer) and "PRITCHARD" in words(answer)


def test_what_is_likelier_a_slip_is_asked_and_said_by_one_button(shop: Shop) -> None:
    furnish(shop)
    shop.desk.refuse = {"note_visit": NotSure("The last call was noted less than a minute ago. Another call already?")}
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "no-answer"})
    assert answer.status_code == 409 and "Another call already?" in words(answer)
    form = answer.text.split("autofocus")[0].rsplit("<form", 1)[1]
    assert f'action="/session/{OTHER_REF.value}"' in form
    for name, value in (("seen", "0"), ("call", "no-answer"), ("sure", "1")):
        assert f'name="{name}" value="{value}"' in form
    assert "ADEYEMI, Bola: Yes, “No answer”" in words(answer) and "No, leave it" in words(answer)


def test_who_did_not_come_is_asked_after_and_a_summary_that_was_sent_is_recalled(shop: Shop) -> None:
    furnish(shop)
    shop.desk.refuse = {"note_visit": NotSure("Did they tell anybody that they cannot come?")}
    shop.app.extensions[POST].of_visits[REF] = (BLANK,)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "missed"})
    shown = words(answer)
    assert "No: “Did not attend”" in shown and "Yes: “Cancelled late”" in shown and "Leave it as it was" in shown
    assert "A summary of this visit was sent at" in shown
    form = answer.text.split("autofocus")[0].rsplit("<form", 1)[1]
    assert 'name="sure" value="1"' in form and 'name="status" value="missed"' in form
    shop.desk.refuse = {}
    clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "missed", "sure": "1"})
    line = words(clinician.get("/session"))
    assert "correct it, if it was written for somebody else" in line, "and on the line from then on"


def test_somebody_who_cancelled_late_is_counted_apart_and_can_be_put_right(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "cancelled-late", "sure": "1"})
    late = replace(shop.desk.bookings[REF.value], state=BookingState.CANCELLED, cancel_reason=CancellationReason.LATE)
    shop.desk.bookings[REF.value] = late
    page = clinician.get("/session")
    shown = words(page)
    assert "2 patients booked" in shown and "1 cancelled late" in shown and "Take back “Cancelled late”" in shown
    assert "<s>PRITCHARD" not in page.text and "If they come all the same" not in shown
    assert "Cancelled late, 7.05pm" in words(shop.sign_in(UserRole.RECEPTIONIST).get("/tonight"))


def test_who_came_although_cancelled_is_on_the_list_like_anybody(shop: Shop) -> None:
    furnish(shop)
    shop.desk.bookings[REF.value] = booking_view(
        facts=HERE,
        state=BookingState.CANCELLED,
        cancel_reason=CancellationReason.HOST_CANCELLED,
        at_host=AtHost(HostSays.CANCELLED, NOW, None, ""),
        came_at=NOW,
    )
    shop.desk.visits[REF.value] = [VisitEvent(1, NOW, "u1", "Rita", status=VisitStatus.ARRIVED)]
    clinician = shop.sign_in(UserRole.CLINICIAN)
    page = clinician.get("/session")
    shown = words(page)
    assert "<s>PRITCHARD" not in page.text and "1 arrived" in shown and "Needs the patient’s permission" in shown
    assert "They came all the same, at 5.55pm. Beechwood Surgery sees it, and is asked not to ring them." in shown
    assert "Write the summary" in shown and "In the room" in shown
    assert "Here since 5.55pm" in words(shop.sign_in(UserRole.RECEPTIONIST).get("/tonight"))


def test_what_was_said_in_the_practices_own_system_says_so(shop: Shop) -> None:
    furnish(shop)
    shop.desk.hears = True
    arrived = VisitEvent(1, NOW, "", "Your own system", status=VisitStatus.ARRIVED, there_at=NOW - timedelta(minutes=2))
    shop.desk.visits[REF.value] = [arrived]
    clinician = shop.sign_in(UserRole.CLINICIAN)
    shown = words(clinician.get("/session"))
    assert "Arrived 5.53pm, in your own system" in shown and "Take back" not in shown
    assert "what is said there is read within 3 minutes" in shown
    assert "Here since 5.53pm, in your own system" in words(shop.sign_in(UserRole.RECEPTIONIST).get("/tonight"))
    back = VisitEvent(2, NOW, "", "Your own system", status=VisitStatus.EXPECTED, there_at=NOW)
    shop.desk.visits[REF.value].append(back)
    assert "Expected taken back at 5.55pm, in your own system" in words(clinician.get("/session"))


def test_whom_nothing_was_sent_about_after_they_were_seen_stands_at_the_head(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "in-room"})
    assert "no summary sent" not in words(clinician.get("/session"))
    clinician.post(f"/session/{REF.value}", {"seen": "1", "status": "done", "sure": "1"})
    assert re.search(r"Seen, and no summary sent: PRITCHARD, Joan, [\d.]+pm\.", words(clinician.get("/session")))
    assert "no summary sent" not in words(shop.sign_in(UserRole.RECEPTIONIST).get("/session")), "they write none"
    shop.app.extensions[POST].of_visits[REF] = (BLANK,)
    assert "no summary sent" not in words(clinician.get("/session"))


def test_nothing_is_summarised_of_who_is_still_expected_before_their_time(shop: Shop) -> None:
    """NOW is before the appointment: the door would refuse it."""
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert "Write the summary" not in words(clinician.get("/session"))
    clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "arrived"})
    assert "Write the summary" in words(clinician.get("/session"))


def test_whose_list_it_is_when_no_clinic_is_in_ones_own_name(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert "No clinic of this day is in your name" in words(clinician.get("/session"))
    clinician.session.user_name = "dr grace example"
    assert "No clinic of this day" not in words(clinician.get("/session"))


@pytest.mark.parametrize(
    ("form", "ref"),
    [
        ({"seen": "0"}, REF.value),
        ({"seen": "0", "status": "arrived", "undo": "1"}, REF.value),
        ({"seen": "0", "status": "abducted"}, REF.value),
        ({"seen": "x", "status": "arrived"}, REF.value),
        ({"status": "arrived"}, REF.value),
        ({"seen": "0", "status": "arrived"}, "nonsense"),
    ],
)
def test_what_no_button_sends_changes_nothing(shop: Shop, form: dict[str, str], ref: str) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    answer = clinician.post(f"/session/{ref}", form)
    assert answer.status_code == 422 and "nothing was changed" in words(answer)
    assert shop.desk.visits == {}


def test_a_booking_that_is_not_firm_says_so(shop: Shop) -> None:
    furnish(shop)
    shop.desk.bookings[REF.value] = replace(shop.desk.bookings[REF.value], state=BookingState.IN_DOUBT)
    shown = words(shop.sign_in(UserRole.CLINICIAN).get("/session"))
    assert "The booking is “" in shown and "Arrived" not in shown


def test_an_empty_session_says_so(shop: Shop) -> None:
    shop.desk.bookings = {}
    assert "Nobody is booked through the hub" in words(shop.sign_in(UserRole.CLINICIAN).get("/session?day=2026-11-25"))


def test_every_status_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(VisitStatus) - {VisitStatus.EXPECTED}
    assert set(CALL_KEYS) == set(CallOutcome)
    assert len({*KEYS.values(), *CALL_KEYS.values(), "z"}) == len(KEYS) + len(CALL_KEYS) + 1
    assert VisitSchema().fields.keys() == {"seen", "status", "call", "in_person", "undo", "sure"}


def test_who_was_cancelled_stays_on_the_list_struck_through(shop: Shop) -> None:
    furnish(shop)
    shop.desk.bookings[REF.value] = booking_view(
        facts=HERE,
        state=BookingState.CANCELLED,
        cancel_reason=CancellationReason.HOST_CANCELLED,
        at_host=AtHost(HostSays.CANCELLED, NOW, None, ""),
    )
    page = shop.sign_in(UserRole.CLINICIAN).get("/session")
    shown = words(page)
    assert "Cancelled in your own system. The hub found it at 5.55pm." in shown
    assert "Beechwood Surgery has been asked to tell the patient" in shown
    assert "1 patient booked" in shown and "1 cancelled" in shown
    assert "<s>PRITCHARD, Joan</s>" in page.text and "say “They are here”. Beechwood Surgery" in shown
    line = page.text.split(f'id="visit-{REF.value}"')[1].split("</li>")[0]
    assert [part.split('"')[0] for part in line.split('name="status" value="')[1:]] == ["arrived"]
    assert f"/session/{REF.value}/record" not in page.text


def test_a_cancelled_line_says_what_to_do_if_they_come_all_the_same(shop: Shop) -> None:
    furnish(shop)
    there = AtHost(HostSays.CANCELLED, NOW, None, "")
    shop.desk.bookings[REF.value] = booking_view(facts=HERE, state=BookingState.CANCELLED, at_host=there)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    shown = words(clinician.get("/session"))
    number = next(one.phone for one in shop.book.practices() if one.ods == HOME)
    assert f"If they come all the same: ring Beechwood Surgery ({number}), who may have given them another" in shown
    assert shown.count("If they come all the same") == 1
    shop.desk.bookings[REF.value] = replace(shop.desk.bookings[REF.value], booking_practice=HERE.host)
    assert "look whether they have another time" in words(clinician.get("/session"))


def test_a_video_line_has_the_number_and_says_how_the_call_comes_about(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert "By video" not in words(clinician.get("/session"))
    video = facts(channel=DeliveryChannel.VIDEO, practitioner_name="Nurse Nair")
    shop.desk.bookings[OTHER_REF.value] = replace(shop.desk.bookings[OTHER_REF.value], facts=video)
    shown = words(clinician.get("/session"))
    assert "By video over your practice’s own link: the hub sends none. Number given 07700 900123" in shown


def test_who_had_arrived_when_it_was_cancelled_is_not_forgotten(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.post(f"/session/{REF.value}", {"seen": "0", "status": "arrived"})
    there = AtHost(HostSays.CANCELLED, NOW, None, "")
    shop.desk.bookings[REF.value] = booking_view(facts=HERE, state=BookingState.CANCELLED, at_host=there)
    assert "The patient was down as “Arrived” at 7.05pm." in words(clinician.get("/session"))


def test_whom_the_host_moved_stands_at_the_new_time_with_the_one_they_were_told(shop: Shop) -> None:
    furnish(shop)
    start = HERE.window.start + timedelta(minutes=30)
    there = AtHost(HostSays.MOVED, NOW, Window(start, start + timedelta(minutes=10)), "")
    shop.desk.bookings[REF.value] = booking_view(facts=HERE, at_host=there)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    page = clinician.get("/session?with=")
    shown = words(page)
    assert shown.index("ADEYEMI") < shown.index("PRITCHARD"), "in the order in which they come"
    assert "7.20pm told 6.50pm" in shown and "Moved in your own system to 7.20pm." in shown
    assert "You moved it to 7.20pm" in words(clinician.get("/tonight"))
    booking = words(shop.sign_in().get(f"/bookings/{REF.value}"))
    assert "Moved by the practice" in booking and "The patient was told 6.50pm. Ring them" in booking


def test_two_of_one_name_are_marked(shop: Shop) -> None:
    furnish(shop)
    twin = booking_view(ref=OTHER_REF, nhs_number=NHSNumber("9990000026"), facts=HERE)
    shop.desk.bookings[OTHER_REF.value] = twin
    assert words(shop.sign_in(UserRole.CLINICIAN).get("/session")).count("has the same name and birthday") == 2


def test_somebody_spoken_to_is_no_longer_down_as_expected(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "no-answer"})
    assert "1 not reached yet" in words(clinician.get("/session"))
    clinician.post(f"/session/{OTHER_REF.value}", {"seen": "1", "call": "spoke"})
    page = clinician.get("/session")
    assert "1 spoken to" in words(page)
    main = page.text.split(f'id="visit-{OTHER_REF.value}"')[1].split('class="nhsuk-button nhsuk-button--small"')[1]
    assert 'value="done"' in main.split(">")[0], "what closes the call comes first"


def test_seeing_somebody_face_to_face_is_asked_and_loses_neither_number_nor_calls(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    clinician.post(f"/session/{OTHER_REF.value}", {"seen": "0", "call": "wrong-number"})
    page = clinician.get("/session")
    asked = page.text.split("<details")[1].split("</details>")[0]
    assert 'name="in_person"' in asked and "Does the patient come to" in asked
    assert page.text.count('name="in_person"') == 1, "nowhere by one click"
    clinician.post(f"/session/{OTHER_REF.value}", {"seen": "1", "in_person": "1"})
    shown = words(clinician.get("/session"))
    assert "Telephone 07700 900123" in shown and "7.05pm Wrong number" in shown and "Face to face (booked as" in shown


def test_before_their_time_the_line_says_from_when(shop: Shop) -> None:
    furnish(shop)
    shop.desk.visited_at = HERE.window.start - timedelta(hours=3)
    page = shop.sign_in(UserRole.CLINICIAN).get("/session")
    assert words(page).count("Something can be said from 4.50pm.") == 2
    assert 'data-no-key="Too early: something can be said from 4.50pm."' in page.text


def test_keys_of_the_telephone_are_in_the_legend_and_the_wrong_ones_say_why(shop: Shop) -> None:
    furnish(shop)
    page = shop.sign_in(UserRole.CLINICIAN).get("/session")
    assert "s spoke to the patient, n no answer, v voicemail, w wrong number" in words(page)
    for key in CALL_KEYS.values():
        assert f'data-key="{key}"' in page.text
    assert "This patient is rung: here it is s, n, v, w, d" in page.text
    del shop.desk.bookings[OTHER_REF.value]
    assert "voicemail" not in words(shop.sign_in(UserRole.CLINICIAN).get("/session"))


def test_a_record_that_is_open_is_gone_back_to_without_asking_again(shop: Shop) -> None:
    furnish(shop)
    clinician = shop.sign_in(UserRole.CLINICIAN)
    said = {"ref": REF.value, "permission": "given", "why": "", "at": shop.hub.clock.now().timestamp()}
    clinician.session.put("look", said)
    page = clinician.get("/session")
    assert "Record: open to you until 6.25pm. Go back to the record" in words(page)
    assert f"/session/{REF.value}/record/summary" in page.text
    clinician.session.put("look", {**said, "at": shop.hub.clock.now().timestamp() - 1801})
    assert "open to you" not in words(clinician.get("/session"))


def test_a_system_that_hears_of_visits_is_told_and_the_page_says_how_far(shop: Shop) -> None:
    furnish(shop)
    shop.desk.hears = True
    shop.desk.reports[REF.value] = VisitReport(heard=False, at=NOW, failure="The practice's system did not answer.")
    shown = words(shop.sign_in(UserRole.CLINICIAN).get("/session"))
    assert "Kept here; your own system has not heard yet" in shown and "told to your own system" in shown


def test_a_morning_clinic_is_not_called_tonight(shop: Shop) -> None:
    morning = facts(start=NOW - timedelta(hours=8))
    shop.desk.bookings = {REF.value: booking_view(facts=morning)}
    clinician = shop.sign_in(UserRole.CLINICIAN)
    assert [heading for heading in headings(clinician.get("/session")) if "My session, this morning" in heading]
    assert [heading for heading in headings(clinician.get("/tonight")) if "This morning at" in heading]
    assert [heading for heading in headings(clinician.get("/session?day=2026-11-25")) if "My session" in heading]
    assert "Arrivals, this morning" in headings(shop.sign_in(UserRole.RECEPTIONIST).get("/session"))[0]


def test_whoever_is_there_without_a_booking_is_led_to_the_next_free_time_here(shop: Shop) -> None:
    reception = shop.sign_in(UserRole.RECEPTIONIST)
    for address in ("/session", "/tonight"):
        link = next(part for part in reception.get(address).text.split('href="') if part.startswith("/find?back="))
        assert unquote(link.split('"')[0]).replace("&amp;", "&") == f"/find?back=/search?when=tonight&host={HOME}"
        assert "Who is here?" in headings(reception.get(link.split('"')[0].replace("&amp;", "&")))
    assert "Who is on the phone?" in headings(reception.get("/find"))
    form = {"by": "number", "nhs_number": "999 000 0018", "back": f"/search?when=tonight&host={HOME}"}
    assert reception.post("/patient", form).headers["Location"] == f"/search?when=tonight&host={HOME}"


def test_whoever_booked_reads_that_they_came_and_are_not_to_be_rung(shop: Shop) -> None:
    shop.desk.bookings[REF.value] = booking_view(
        facts=HERE,
        state=BookingState.CANCELLED,
        cancel_reason=CancellationReason.HOST_CANCELLED,
        at_host=AtHost(HostSays.CANCELLED, NOW, None, ""),
        came_at=NOW,
    )
    shown = words(shop.sign_in(UserRole.RECEPTIONIST).get(f"/bookings/{REF.value}"))
    assert "The patient came all the same, at 5.55pm: do not ring them about it." in shown
    assert "Say what you did" not in shown and "offer another time" not in shown
