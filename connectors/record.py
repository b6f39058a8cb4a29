"""Reads a patient's structured record over GP Connect: asks, understands, and makes sure whose record came."""

from connectors.consumer import Consumer, of_another, understand
from connectors.faults import Unsupported
from gp_connect import capability, interactions
from gp_connect.structured import reader, request
from vocabulary.identifiers import NHSNumber
from vocabulary.problems import InvalidValue
from vocabulary.records import Record, RecordQuery
from vocabulary.times import london_date

UNSTATED = "unstated"


def read_record(consumer: Consumer, nhs_number: NHSNumber, query: RecordQuery) -> Record:
    """The record as this practice answers it. Only the practice where the patient is registered for good answers.

    Nothing of it is kept here, and none of it stands in a fault or a log.
    """
    try:
        body = request.write(nhs_number, query, today=london_date(consumer.clock.now()))
    except InvalidValue as invalid:
        raise unaskable(invalid) from None
    answer = consumer.ask(interactions.GET_STRUCTURED_RECORD, body=body)
    record = understand(answer, lambda bundle: reader.read(bundle, query.sections))
    if record.patient.nhs_number != nhs_number:
        raise of_another("the record of another patient than the one asked for")
    return record


def standard(consumer: Consumer) -> str:
    """Of which version of the standard this practice's record service is, as it says itself."""
    answer = consumer.ask(interactions.STRUCTURED_METADATA)
    return understand(answer, capability.read).standard or UNSTATED


def unaskable(invalid: InvalidValue) -> Unsupported:
    """A question that the standard does not allow: nothing is sent."""
    return Unsupported(f"{invalid.message} {invalid.next_step}".strip(), detail="a record query that is not allowed")
