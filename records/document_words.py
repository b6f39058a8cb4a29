"""Why a document is not shown, each reason in its own words, with whom to ring for it."""

from connectors.faults import Fault, Garbled, OfAnotherPatient, Oversized, PatientUnknown, Refused, Unsupported
from records.case import Case, problem_of
from records.kinds import Unfit
from records.problems import DocumentNotListed, DocumentNotShown, RecordUnavailable, RecordWithheld
from vocabulary.problems import Problem

_NOT_THERE = "NO_RECORD_FOUND"


def not_listed(case: Case) -> DocumentNotListed:
    """It was listed, and is not there for this look."""
    return DocumentNotListed(
        f"{case.home_name} does not list this document for the patient any more: it may have been taken away, or "
        "marked confidential.",
        next_step=_ring_for_it(case),
    )


def not_shown(unfit: Unfit, case: Case) -> DocumentNotShown:
    """Why a document is not shown, in words."""
    return DocumentNotShown(_UNFIT[unfit].format(home=case.home_name), next_step=_ring_for_it(case))


_UNFIT = {
    Unfit.KIND: "This kind of file cannot be shown safely in a browser, and the hub keeps no files.",
    Unfit.NO_CONTENT: "{home} lists this document and cannot give it out.",
    Unfit.TOO_LARGE: "The document is larger than 5 MB, and none larger is sent between practices.",
    Unfit.EMPTY: "{home} sent a document with nothing in it.",
    Unfit.NOT_ITS_KIND: "What {home} sent is not the kind of file that it is listed as. Nothing of it is shown.",
    Unfit.NOT_ITS_SIZE: "What {home} sent is longer or shorter than it is listed as: a part may be missing. Nothing of "
    "it is shown.",
    Unfit.NOT_ITS_HASH: "What {home} sent is not what it is listed as: it may be damaged. Nothing of it is shown.",
}


def _ring_for_it(case: Case) -> str:
    return f"If you need it, ring {case.by_phone}."


def told(fault: Fault, case: Case) -> Problem:
    """What a fault of the practice's system means for whoever wanted the document."""
    if isinstance(fault, Refused) and fault.code == _NOT_THERE:
        return not_listed(case)
    if isinstance(fault, Oversized):
        return not_shown(Unfit.TOO_LARGE, case)
    if isinstance(fault, OfAnotherPatient):
        return RecordUnavailable(
            f"{case.home_name} answered with another patient than this one. Nothing of it is shown.",
            next_step=f"{_ring_for_it(case)} Tell them, and whoever runs the hub: two records may be mixed up.",
        )
    if isinstance(fault, Garbled):
        return RecordUnavailable(
            f"What {case.home_name} sent cannot be read. Nothing is shown.", next_step=_ring_for_it(case)
        )
    if isinstance(fault, Unsupported):
        return DocumentNotShown(
            f"{case.home_name} gives out no documents to the hub: it is not enabled for that, or its system cannot.",
            next_step=_ring_for_it(case),
        )
    if isinstance(fault, PatientUnknown):
        return RecordWithheld(f"{case.home_name} gives out no documents of this patient.", next_step=_ring_for_it(case))
    other = problem_of(fault, case)
    return type(other)(other.message.replace("the record", "the document"), next_step=_ring_for_it(case))
