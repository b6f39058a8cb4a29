"""Who a background job speaks for: the booking practice and the person whose act it carries on; what it asked, and the
permit to go on with it."""

from dataclasses import dataclass

from practices.models import PracticeRow
from scheduling import claims, pool
from scheduling.desk import Desk
from scheduling.models import BookingRow
from sharing_agreements.gate import Permit
from sharing_agreements.terms import GivingBack
from storage.work import Tx
from vocabulary.appointments import BookingRequest, Receipt
from vocabulary.identifiers import BookingRef, NHSNumber, OdsCode
from vocabulary.people import Caller, UserRole
from vocabulary.purposes import Scope


@dataclass(frozen=True, slots=True)
class Deal:
    """A booking as the wire needs it again: on whose behalf, what was asked, how the host knows it."""

    caller: Caller
    request: BookingRequest
    receipt: Receipt | None
    agreement: str  # the label of the one it was made under, if any


def caller_of(tx: Tx, row: BookingRow) -> Caller:
    """The caller for carrying this booking on: its author and practice, in the SYSTEM role, under its trace id."""
    practice = tx.get_one(PracticeRow, row.booking_ods)
    return Caller(
        user_id=row.created_by,
        name=row.created_by_name,
        role=UserRole.SYSTEM,
        practice=OdsCode(row.booking_ods),
        practice_name=practice.name,
        practice_phone=practice.phone,
        trace_id=row.trace_id,
        via="job",
    )


def deal(tx: Tx, row: BookingRow) -> Deal:
    """What was (or would have been) asked of the host for this booking, rebuilt from its claims."""
    caller = caller_of(tx, row)
    ref = BookingRef(row.ref)
    slots = tuple(pool.wire_slot(slot) for slot in pool.slots_by_id(tx, claims.slot_ids(tx, ref)))
    request = BookingRequest(
        ref=ref,
        host=OdsCode(row.host_ods),
        slots=slots,
        nhs_number=NHSNumber(row.nhs_number),
        patient_host_id=row.patient_host_id,
        booking_practice=caller.practice,
        booking_practice_name=caller.practice_name,
        booking_practice_phone=caller.practice_phone,
        description=row.description,
        comment=row.comment,
        created=row.requested_at,
    )
    receipt = None
    if row.appointment_id:
        receipt = Receipt(OdsCode(row.host_ods), row.appointment_id, row.appointment_version)
    return Deal(caller, request, receipt, row.agreement)


def permit(desk: Desk, deal: Deal, *, finding_out: bool = False) -> Permit:
    """The permit to give the deal up as was asked, or only to find out what became of it."""
    return desk.gate.permit(
        deal.caller,
        deal.request.host,
        Scope.BOOK,
        nhs_number=deal.request.nhs_number,
        booking_ref=deal.request.ref.value,
        gives_back=GivingBack(deal.agreement, made_by_asker=True, finding_out=finding_out),
    )
