"""Forms to commands: dates as people type them, choices nobody offered, faults that name their field."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from hub.schemas.booking import BookSchema, CancelSchema, FindSchema, SettleSchema
from hub.schemas.fields import faults_of, read_date, read_time
from hub.schemas.finding import Search, read_search
from hub.schemas.patients import NameSchema, NumberSchema, odd_words
from vocabulary.appointments import CancellationReason
from vocabulary.identifiers import BookingRef, NHSNumber
from vocabulary.slots import DeliveryChannel, PractitionerRole
from vocabulary.times import Window

TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 17, 55, tzinfo=UTC)
REF = BookingRef.from_number(1_234_567)
TODAY = date(2026, 11, 22)


def test_signs_nobody_sees_are_taken_out_of_what_was_typed() -> None:
    form = {
        "description": "Knee\a pain",
        "comment": "Deaf \u202eleft\u202c\u2066\nZoë’s guide\tdog 👋",
        "clash_reason": "\u202e",
    }
    command = BookSchema().command(form, ref=REF, nhs_number=NHSNumber.parse("9990000018"))
    assert (command.description, command.comment) == ("Knee pain", "Deaf left\nZoë’s guide\tdog 👋")
    assert command.clash_reason == "", "nothing is left of it, so nothing was typed"


@pytest.mark.parametrize(
    "text",
    [
        "3/3/1961",
        "03/03/1961",
        "03 03 1961",
        "3.3.1961",
        "3-3-1961",
        "3 March 1961",
        "3 mar 1961",
        "03031961",
        "1961-03-03",
    ],
)
def test_a_birthday_is_read_however_it_is_typed(text: str) -> None:
    assert read_date(text) == date(1961, 3, 3)


@pytest.mark.parametrize(
    "text", ["", "3/3", "31/2/1961", "3/13/1961", "3/3/61", "March 1961", "yesterday", "3 xyz 1961"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9/3/14", "Was that 1914 or 2014? Enter the year with 4 digits, as in 9/3/1984."),
        ("9/3/984", "The year must have 4 digits, like 1984: enter the date as in 9/3/1984."),
        ("9/9/1848", "Nobody alive was born in 1848: check the year."),
        ("22/11/1910", "Nobody alive was born in 1910: check the year."),
        ("9/9/2030", "9/9/2030 is still to come: check the year."),
        ("23/11/2026", "23/11/2026 is still to come: check the year."),
        ("3/13/1961", "There is no month 13: enter the day first, then the month, as in 9/3/1984."),
        ("31/2/1961", "There is no such day in that month: check the date and enter it day first, as in 9/3/1984."),
        ("yesterday", "Enter a real date, day first, such as 9/3/1984."),
    ],
)
def test_a_birthday_that_cannot_be_read_says_what_to_enter(typed: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NameSchema(today=TODAY).load({"family": "Pritchard", "birth_date": typed})
    assert [(fault.field, fault.message) for fault in faults_of(caught.value)] == [("birth_date", said)]


def search(**args: str) -> Search:
    return read_search(MultiDict(args))


def test_nothing_chosen_means_tonight_anybody_anywhere() -> None:
    command = search().command(NOW, near_postcode="")
    assert command.window == Window(NOW, datetime(2026, 11, 25, tzinfo=UTC))
    assert not command.roles and not command.channels and not command.hosts and command.within_miles is None


def test_every_choice_reaches_the_command() -> None:
    args = MultiDict(
        {"when": "week", "role": "nurse", "channel": "video", "minutes": "20", "miles": "5", "host": "y90002"}
    )
    args.setlist("needs", ["step-free", "parking"])
    command = read_search(args).command(NOW, near_postcode="BS6 5AA")
    assert command.roles == {PractitionerRole.NURSE} and command.channels == {DeliveryChannel.VIDEO}
    assert (command.minutes, command.within_miles, command.near_postcode) == (20, 5.0, "BS6 5AA")
    assert {str(host) for host in command.hosts} == {"Y90002"}
    assert command.access_needs == {"step-free", "parking"}


def test_a_distance_without_a_patient_is_no_limit() -> None:
    assert search(miles="3").command(NOW, near_postcode="").within_miles is None


@pytest.mark.parametrize(
    ("when", "today", "first", "last"),
    [
        ("tonight", TUESDAY, TUESDAY, TUESDAY),
        ("tomorrow", TUESDAY, date(2026, 11, 25), date(2026, 11, 25)),
        ("weekend", TUESDAY, date(2026, 11, 28), date(2026, 11, 29)),
        ("weekend", date(2026, 11, 28), date(2026, 11, 28), date(2026, 11, 29)),
        ("weekend", date(2026, 11, 29), date(2026, 11, 29), date(2026, 11, 29)),
        ("week", TUESDAY, TUESDAY, date(2026, 11, 30)),
        ("fortnight", TUESDAY, TUESDAY, date(2026, 12, 7)),
    ],
)
def test_which_days_are_meant(when: str, today: date, first: date, last: date) -> None:
    assert search(when=when).span(today) == (first, last)


@pytest.mark.parametrize("change_day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_a_day_on_which_the_clocks_change_is_searched_whole(change_day: date) -> None:
    now = datetime(change_day.year, change_day.month, change_day.day, tzinfo=UTC) - timedelta(days=1)
    asked = search(when="dates", first=change_day.isoformat(), last=change_day.isoformat())
    window = asked.command(now, near_postcode="").window
    assert window.length == timedelta(hours=25 if change_day.month == 10 else 23)


def test_one_day_alone_is_that_day_and_days_past_are_not_searched() -> None:
    assert search(when="dates", first="2026-12-01").span(TUESDAY) == (date(2026, 12, 1), date(2026, 12, 1))
    past = search(when="dates", first="2026-11-20", last="2026-11-26")
    assert past.command(NOW, near_postcode="").window.start == NOW


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"when": "dates"}, "first"),
        ({"when": "dates", "first": "2026-12-05", "last": "2026-12-01"}, "last"),
        ({"when": "dates", "first": "2026-12-01", "last": "2027-12-01"}, "last"),
        ({"when": "dates", "first": "soon"}, "first"),
        ({"when": "whenever"}, "when"),
        ({"minutes": "many"}, "minutes"),
        ({"limit": "100000"}, "limit"),
    ],
)
def test_a_fault_names_its_field_and_keeps_the_rest(args: dict[str, str], field: str) -> None:
    asked = search(**args, role="nurse")
    assert [fault.field for fault in asked.faults] == [field]
    assert asked.role == "nurse"
    assert asked.when == ("dates" if args.get("when") == "dates" else "tonight")


def test_choices_nobody_offered_count_as_none() -> None:
    asked = search(role="wizard", channel="pigeon", host="<script>")
    assert (asked.role, asked.channel, asked.host, asked.faults) == ("", "", "", ())


def test_a_search_survives_being_an_address() -> None:
    asked = read_search(MultiDict([("when", "week"), ("role", "gp"), ("miles", "3"), ("needs", "a"), ("needs", "b")]))
    again = read_search(
        MultiDict([(k, v) for k, vs in asked.query().items() for v in (vs if isinstance(vs, list) else [vs])])
    )
    assert again == asked


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        ("9.9.62", date(1962, 9, 9)),
        ("9 March 84", date(1984, 3, 9)),
        ("090384", date(1984, 3, 9)),
        ("22/11/10", date(2010, 11, 22)),  # born in 1910 one would be 116 today
        ("22/11/1911", date(1911, 11, 22)),
        ("23/11/26", date(1926, 11, 23)),  # 2026 is still to come
        ("29/2/28", date(1928, 2, 29)),
        ("22/11/2026", date(2026, 11, 22)),
    ],
)
def test_two_digits_are_a_year_of_birth_where_only_one_century_fits(typed: str, born: date) -> None:
    assert NameSchema(today=TODAY).load({"family": "P", "birth_date": typed})["birth_date"] == born


@pytest.mark.parametrize(("typed", "fine"), [("bs6 5aa", True), ("BS65AA", True), ("zzzzz", False), ("BS6", False)])
def test_a_postcode_is_whole_or_left_out(typed: str, fine: bool) -> None:
    said = NameSchema(today=TODAY).validate({"family": "P", "birth_date": "3/3/1961", "postcode": typed})
    fault = "That is not a whole postcode: enter one such as BS6 5AA, or leave it out."
    assert said == ({} if fine else {"postcode": [fault]})


def test_a_name_of_one_letter_looks_odd() -> None:
    assert odd_words("Hartnell", "") == odd_words("Ng", "Jo") == ""
    assert odd_words("d", "Jo") == "The family name has one letter only: enter the whole name."
    assert "family name and the first name have one letter" in odd_words("d", "D.")


def test_a_patient_by_number_or_by_name() -> None:
    assert NumberSchema().load({"nhs_number": " 999 000-0018 "}) == {"nhs_number": NHSNumber("9990000018")}
    found = NameSchema(today=TODAY).load({"family": " Pritchard ", "birth_date": "3/3/61 ".replace("61", "1961")})
    assert found == {"family": "Pritchard", "given": "", "birth_date": date(1961, 3, 3), "postcode": ""}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the patient’s NHS number."),
        ("99900", "An NHS number has ten digits."),
        ("9990000019", "its check digit does not fit"),
    ],
)
def test_a_wrong_number_says_what_is_wrong(typed: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NumberSchema().load({"nhs_number": typed})
    (fault,) = faults_of(caught.value)
    assert fault.field == "nhs_number" and words in fault.message


def test_the_booking_form_becomes_the_command_with_nothing_of_the_address_in_it() -> None:
    form = {
        "description": " Knee pain ",
        "comment": "a\r\nb",
        "phone": "07700 900123",
        "patient_told": "yes",
        "replaces": REF.value,
        "csrf": "x",
        "ref": "EVIL",
    }
    command = BookSchema().command(form, ref=REF, nhs_number=NHSNumber("9990000018"))
    assert (command.ref, command.description, command.comment) == (REF, "Knee pain", "a\nb")
    assert command.patient_told and not command.differences_seen and command.replaces == REF


def test_an_empty_booking_form_is_the_desks_to_refuse() -> None:
    command = BookSchema().command({}, ref=REF, nhs_number=NHSNumber("9990000018"))
    assert command.description == "" and not command.patient_told


def test_cancelling_wants_a_reason_somebody_offered() -> None:
    assert CancelSchema().command({"reason": "patient-asked"}, ref=REF).reason is CancellationReason.PATIENT_ASKED
    for form in ({}, {"reason": "boredom"}):
        with pytest.raises(ValidationError) as caught:
            CancelSchema().command(form, ref=REF)
        assert [fault.field for fault in faults_of(caught.value)] == ["reason"]


def test_settling_by_hand_wants_an_answer_and_how_it_is_known() -> None:
    with pytest.raises(ValidationError) as caught:
        SettleSchema().command({}, ref=REF)
    assert {fault.field for fault in faults_of(caught.value)} == {"was_booked", "why"}
    command = SettleSchema().command({"was_booked": "no", "why": "Rang Jo"}, ref=REF)
    assert not command.was_booked and command.why == "Rang Jo"


def test_a_reference_is_read_as_it_is_said() -> None:
    assert FindSchema().ref({"reference": "bzmr 322n"}) == REF
    with pytest.raises(ValidationError, match="mistake in it"):
        FindSchema().ref({"reference": "BZMR-322B"})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("17:30", time(17, 30)),
        ("5.30pm", time(17, 30)),
        ("5 PM", time(17)),
        ("12am", time(0)),
        ("12.15pm", time(12, 15)),
        ("17:30:15", time(17, 30, 15)),
        ("midday", time(12)),
        ("17", None),
        ("13pm", None),
        ("24:00", None),
        ("9.60", None),
        ("soon", None),
    ],
)
def test_times_of_day_as_people_type_them(text: str, meant: time | None) -> None:
    assert read_time(text) == meant
