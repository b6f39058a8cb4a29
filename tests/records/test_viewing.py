"""A look at a record: what it needs, what it shows, what becomes of it when something is missing or goes wrong.

Ann is registered at HOME and booked at HOST, whose doctor looks.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.mock.script import Mishap
from records.problems import RecordNotAsked, RecordNotHere, RecordsSwitchedOff, RecordUnavailable, RecordWithheld
from records.sensitive import SensitiveCodes
from records.trimming import LeftOut
from records.viewing import Look, OpenRecord, ViewingRoom, look
from scheduling import cancelling
from scheduling.commands import CancelBooking
from scheduling.problems import BookingUnknown
from scheduling.results import BookingView
from sharing_agreements.document import AgreementDocument, Clause, DocumentParty, canonical
from sharing_agreements.models import AgreementRow, GrantRow, PartyRow, SignatureRow
from sharing_agreements.problems import NotPermitted
from sharing_agreements.terms import Why
from tests.scheduling.world import ANN, HOME, HOST, NOW, OTHER, TONIGHT, World, caller, patient
from vocabulary.agreements import DataCategory
from vocabulary.appointments import CancellationReason
from vocabulary.choices import Permission
from vocabulary.patients import Difference
from vocabulary.people import UserRole
from vocabulary.purposes import Scope
from vocabulary.record_parts import Allergy, Coded, Medication, Problem, RecordSection
from vocabulary.records import Section, SectionState, WarningKind, empty_record

pytestmark = pytest.mark.database

DOCTOR = replace(caller(HOST, user="grace", role=UserRole.CLINICIAN), name="Dr Grace Example")
SUMMARY = frozenset({RecordSection.PROBLEMS, RecordSection.MEDICATION, RecordSection.ALLERGIES})
ALL_CLINICAL = frozenset(
    {
        DataCategory.PROBLEMS,
        DataCategory.MEDICATION,
        DataCategory.ALLERGIES,
        DataCategory.CONSULTATIONS,
        DataCategory.RESULTS,
        DataCategory.DOCUMENTS,
    }
)
LIST = SensitiveCodes("2026-10", "a test", frozenset({"86406008"}))


@dataclass
class Surgery:
    """The world with an agreement about records, Ann booked at HOST tonight, and the room to look in."""

    world: World
    booking: BookingView
    room: ViewingRoom

    def look(self, **changes: object) -> Look:
        fields = {"ref": self.booking.ref, "permission": Permission.GIVEN, "sections": SUMMARY, **changes}
        return look(self.room, OpenRecord(**fields), DOCTOR)  # type: ignore[arg-type]

    def acts(self) -> list[tuple[str, str, str]]:
        rows = [row for row in self.world.ledger() if row.act.startswith(("record.", "permit.view-record"))]
        return [(row.act, row.outcome, row.reason) for row in rows]


def share_records(
    world: World,
    categories: frozenset[DataCategory] = ALL_CLINICAL,
    *,
    scope: Scope = Scope.VIEW_RECORD,
    contact: str = "",
) -> None:
    """An agreement by which clinicians may view the parties' records, as far as these kinds of data."""
    clause = Clause("2.1", scope, roles=frozenset({UserRole.CLINICIAN}), categories=categories)
    parties = (DocumentParty(HOME, contact=contact),) if contact else ()
    document = AgreementDocument("DSA-REC", title="Records", parties=parties, clauses=(clause,))
    with world.work.begin() as tx:
        row = AgreementRow(
            code="DSA-REC",
            title="Records",
            status="in-force",
            document=canonical(document).decode(),
            starts_at=NOW - timedelta(days=10),
            ends_at=NOW + timedelta(days=355),
        )
        tx.add(row)
        tx.flush()
        tx.add(
            GrantRow(agreement_id=row.id, clause="2.1", scope=scope.value, purpose="direct-care", roles=["clinician"])
        )
        for ods in (HOME, HOST, OTHER):
            tx.add(PartyRow(agreement_id=row.id, ods=ods.value))
            tx.flush()
            tx.add(
                SignatureRow(agreement_id=row.id, ods=ods.value, signed_by="Dr P", signed_as="partner", signed_at=NOW)
            )


@pytest.fixture
def surgery(world: World) -> Surgery:
    share_records(world)
    return open_surgery(world)


def open_surgery(world: World) -> Surgery:
    world.clinic()
    world.see()
    booking = world.book()
    at_home = world.network.diary(HOME)
    at_home.add_patient(patient(ANN))
    at_home.cabinet.keep(
        empty_record(
            patient(ANN),
            practice_name="Home Surgery",
            sections=[
                Section(
                    name=RecordSection.PROBLEMS,
                    state=SectionState.PRESENT,
                    entries=(
                        Problem(id="p1", what=Coded("Asthma", "195967001")),
                        Problem(id="p2", what=Coded("Zanzibar fever", "86406008")),
                    ),
                ),
                Section(
                    name=RecordSection.MEDICATION,
                    state=SectionState.PRESENT,
                    entries=(Medication(id="m1", what=Coded("Salbutamol")),),
                    warnings=(WarningKind.CONFIDENTIAL,),
                ),
                Section(
                    name=RecordSection.ALLERGIES,
                    state=SectionState.PRESENT,
                    entries=(Allergy(id="a1", what=Coded("Penicillin")),),
                ),
            ],
        )
    )
    world.clock.at = TONIGHT
    desk = world.desk
    room = ViewingRoom(desk.work, desk.gate, desk.connect, desk.tracing, desk.clock, LIST)
    return Surgery(world, booking, room)


def test_a_look_shows_the_record_of_the_registered_practice_cut_down_and_is_accounted_for_twice(
    surgery: Surgery,
) -> None:
    found = surgery.look()
    record = found.trimmed.record
    assert [entry.what.words for entry in record.section(RecordSection.PROBLEMS).entries] == ["Asthma"]
    assert record.section(RecordSection.MEDICATION).warnings == (WarningKind.CONFIDENTIAL,)
    assert (found.home, found.home_name, found.agreement, found.clause) == (
        HOME,
        f"Practice {HOME}",
        "DSA-REC v1",
        "2.1",
    )
    assert found.trimmed.left_out == 1 and found.cross_checked and found.differences == ()
    assert surgery.acts() == [
        ("permit.view-record", "allowed", "granted"),
        ("record.shown", "done", "given"),
    ]
    shown = surgery.world.ledger(act="record.shown")[0]
    assert (shown.nhs_number, shown.booking_ref, shown.host_ods) == (ANN.value, surgery.booking.ref.value, HOME.value)
    assert (shown.agreement, shown.clause, shown.user_name) == ("DSA-REC v1", "2.1", "Dr Grace Example")
    assert shown.detail == {
        "sections": ["allergies", "medication", "problems"],
        "shown": 3,
        "left_out": 1,
        "sensitive_list": "2026-10",
        "why": "",
    }


def test_no_word_of_the_record_is_in_the_database_afterwards(surgery: Surgery) -> None:
    surgery.look()
    with surgery.world.work.read() as tx:
        tables = tx.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in tables:
            kept = "\n".join(tx.scalars(text(f'SELECT CAST(row_to_json(one) AS text) FROM "{table}" AS one')))  # noqa: S608
            for word in ("Asthma", "Salbutamol", "Penicillin", "195967001"):
                assert word not in kept, table


def test_the_patient_who_says_no_is_not_looked_at(surgery: Surgery) -> None:
    with pytest.raises(NotPermitted) as refusal:
        surgery.look(permission=Permission.REFUSED)
    assert refusal.value.decision.why is Why.NO_PERMISSION
    assert surgery.acts() == [("permit.view-record", "refused", "no-permission")]
    assert "read_record" not in [call.method for call in surgery.world.network.script(HOME).calls]


def test_a_patient_who_cannot_be_asked_needs_a_reason_that_is_kept(surgery: Surgery) -> None:
    with pytest.raises(RecordNotAsked, match="Say why the patient cannot be asked"):
        surgery.look(permission=Permission.CANNOT_ASK, why="  ")
    assert surgery.acts() == []
    surgery.look(permission=Permission.CANNOT_ASK, why="Unconscious")
    assert surgery.world.ledger(act="record.shown")[0].detail["why"] == "Unconscious"


@pytest.mark.parametrize(("hours", "reason_needed"), [(-2, False), (-3, True), (4, False), (5, True), (24 * 6, True)])
def test_outside_the_time_around_the_appointment_a_reason_is_needed(
    surgery: Surgery, hours: int, reason_needed: bool
) -> None:
    surgery.world.clock.at = TONIGHT + timedelta(hours=hours)
    if reason_needed:
        with pytest.raises(RecordNotAsked, match="not about now"):
            surgery.look()
    assert surgery.look(why="Result has come").trimmed.record.section(RecordSection.ALLERGIES).entries


@pytest.mark.parametrize("days", [-9, 9])
def test_far_from_the_appointment_nothing_links_us_to_the_patient(surgery: Surgery, days: int) -> None:
    surgery.world.clock.at = TONIGHT + timedelta(days=days)
    with pytest.raises(NotPermitted) as refusal:
        surgery.look(why="Curious")
    assert refusal.value.decision.why is Why.NO_CARE_LINK
    assert surgery.acts() == [("permit.view-record", "refused", "no-care-link")]


def test_a_cancelled_appointment_is_no_reason_to_look(world: World) -> None:
    share_records(world)
    world.clinic()
    world.see()
    booking = world.book()
    cancelling.cancel(world.desk, CancelBooking(booking.ref, CancellationReason.PATIENT_ASKED), caller())
    world.clock.at = TONIGHT
    desk = world.desk
    room = ViewingRoom(desk.work, desk.gate, desk.connect, desk.tracing, desk.clock, LIST)
    with pytest.raises(NotPermitted) as refusal:
        look(room, OpenRecord(booking.ref, Permission.GIVEN, SUMMARY), DOCTOR)
    assert refusal.value.decision.why is Why.NO_CARE_LINK


def test_only_the_practice_that_sees_the_patient_looks(surgery: Surgery) -> None:
    elsewhere = caller(OTHER, user="otto", role=UserRole.CLINICIAN)
    with pytest.raises(BookingUnknown):
        look(surgery.room, OpenRecord(surgery.booking.ref, Permission.GIVEN, SUMMARY), elsewhere)
    assert surgery.acts() == []


def test_another_role_is_not_let_in_by_the_clause(surgery: Surgery) -> None:
    with pytest.raises(NotPermitted) as refusal:
        look(surgery.room, OpenRecord(surgery.booking.ref, Permission.GIVEN, SUMMARY), caller(HOST))
    assert refusal.value.decision.why is Why.NOT_THIS_ROLE


def test_without_an_agreement_about_records_nothing_is_asked(world: World) -> None:
    surgery = open_surgery(world)
    with pytest.raises(NotPermitted) as refusal:
        surgery.look()
    assert refusal.value.decision.why is Why.NOT_THIS_SCOPE
    assert surgery.acts() == [("permit.view-record", "refused", "not-this-scope")]


def test_only_the_parts_that_the_clause_names_are_asked_for_and_shown(world: World) -> None:
    share_records(world, frozenset({DataCategory.ALLERGIES}))
    surgery = open_surgery(world)
    found = surgery.look()
    record = found.trimmed.record
    assert record.section(RecordSection.ALLERGIES).entries and not record.section(RecordSection.PROBLEMS).entries
    assert {one.section for one in found.trimmed.omissions if one.why is LeftOut.NOT_COVERED} >= {
        RecordSection.PROBLEMS,
        RecordSection.MEDICATION,
    }
    with pytest.raises(RecordWithheld, match="does not cover this part"):
        surgery.look(sections=frozenset({RecordSection.PROBLEMS}))
    assert surgery.acts()[-1] == ("record.not-shown", "refused", "not-covered")


def test_dissent_recorded_with_us_cannot_be_overridden(surgery: Surgery) -> None:
    with surgery.world.work.begin() as tx:
        tx.execute(
            text(
                "INSERT INTO patient_choice (nhs_number, choice, recorded_by, recorded_by_name, recorded_for, "
                "recorded_at) VALUES (:number, 'dissent-to-sharing', 'u', 'U', :home, now())"
            ),
            {"number": ANN.value, "home": HOME.value},
        )
    for permission in (Permission.GIVEN, Permission.CANNOT_ASK):
        with pytest.raises(NotPermitted) as refusal:
            surgery.look(permission=permission, why="Emergency")
        assert refusal.value.decision.why is Why.DISSENT


def test_dissent_recorded_at_the_practice_is_worded_and_accounted_for(surgery: Surgery) -> None:
    surgery.world.network.diary(HOME).cabinet.dissent(ANN)
    with pytest.raises(RecordWithheld, match="cannot be overridden") as refusal:
        surgery.look()
    assert f"ring Practice {HOME}" in refusal.value.next_step
    assert surgery.acts()[-1] == ("record.not-shown", "refused", "record-withheld")


@pytest.mark.parametrize("mishap", [Mishap.UNREACHABLE, Mishap.NO_ANSWER_BEFORE_COMMIT, Mishap.GARBLED_BEFORE_COMMIT])
def test_a_system_that_does_not_answer_shows_nothing_and_says_whom_to_ring(surgery: Surgery, mishap: Mishap) -> None:
    surgery.world.network.script(HOME).inject("read_record", mishap, times=None)
    with pytest.raises(RecordUnavailable, match="Nothing is shown") as refusal:
        surgery.look()
    assert "ring" in refusal.value.next_step
    assert surgery.acts()[-1] == ("record.not-shown", "refused", "record-unavailable")


def test_a_restricted_patient_gets_the_neutral_answer_and_the_ledger_the_reason(surgery: Surgery) -> None:
    surgery.world.network.tracing.add(patient(ANN), home_practice=HOME, restricted=True)
    with pytest.raises(NotPermitted) as refusal:
        surgery.look()
    assert refusal.value.decision.why is Why.NOT_AVAILABLE
    assert "restrict" not in f"{refusal.value.message} {refusal.value.next_step}".lower()
    assert surgery.acts() == [("permit.view-record", "refused", "restricted")]


def test_who_moved_since_the_booking_has_their_record_elsewhere(surgery: Surgery) -> None:
    surgery.world.network.tracing.add(patient(ANN), home_practice=OTHER)
    surgery.world.network.diary(OTHER).add_patient(patient(ANN))
    assert surgery.look().home == OTHER


def test_whose_own_patient_it_is_opens_their_own_system(surgery: Surgery) -> None:
    surgery.world.network.tracing.add(patient(ANN), home_practice=HOST)
    with pytest.raises(RecordNotHere, match="registered with you"):
        surgery.look()


def test_another_birth_date_at_the_practice_shows_nothing(surgery: Surgery) -> None:
    wrong = replace(patient(ANN), birth_date=patient(ANN).birth_date + timedelta(days=1))
    surgery.world.network.diary(HOME).cabinet.keep(empty_record(wrong))
    with pytest.raises(RecordUnavailable, match="another date of birth"):
        surgery.look()
    assert surgery.acts()[-1] == ("record.not-shown", "refused", "another-patient")


def test_another_name_at_the_practice_is_shown_as_a_difference(surgery: Surgery) -> None:
    surgery.world.network.diary(HOME).cabinet.keep(empty_record(replace(patient(ANN), family="Married")))
    assert surgery.look().differences == (Difference.FAMILY,)


def test_another_address_at_the_practice_is_shown_as_a_difference(surgery: Surgery) -> None:
    surgery.world.network.diary(HOME).cabinet.keep(empty_record(replace(patient(ANN), postcode="BS9 9ZZ")))
    assert surgery.look().differences == (Difference.ADDRESS,)


def test_while_the_national_record_is_away_the_bookings_word_is_taken_and_said_to_be_unchecked(
    surgery: Surgery,
) -> None:
    surgery.world.network.tracing.script.inject("trace", Mishap.UNREACHABLE, times=None)
    found = surgery.look()
    assert not found.cross_checked and found.home == HOME


def test_without_a_sensitive_list_nothing_is_shown(surgery: Surgery) -> None:
    surgery.room = replace(surgery.room, sensitive=None)
    with pytest.raises(RecordsSwitchedOff, match="no list of sensitive codes"):
        surgery.look()
    assert surgery.acts() == []


def test_documents_come_along_with_what_they_belong_to(surgery: Surgery) -> None:
    found = surgery.look(sections=frozenset({RecordSection.DOCUMENTS}))
    assert found.asked == frozenset({RecordSection.DOCUMENTS})


def test_a_look_is_not_printed_by_accident(surgery: Surgery) -> None:
    assert "Asthma" not in repr(surgery.look())
