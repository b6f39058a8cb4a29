"""The words of data-sharing agreements: their states, who is controller, what is shared, on which lawful basis."""

from enum import StrEnum


class AgreementStatus(StrEnum):
    """Where an agreement stands in its life."""

    DRAFT = "draft"
    PROPOSED = "proposed"  # its text is fixed and waits for signatures
    IN_FORCE = "in-force"  # every party that has to has signed; it grants from its start to its end
    SUSPENDED = "suspended"
    ENDED = "ended"  # by somebody's act: ended, replaced by a later version, or given up before it came into force
    EXPIRED = "expired"  # by its own end date


class ControllerRole(StrEnum):
    """What a party is under data-protection law."""

    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint-controller"
    PROCESSOR = "processor"


class DataCategory(StrEnum):
    """What kind of data a clause is about."""

    APPOINTMENTS = "appointments"
    DEMOGRAPHICS = "demographics"
    PROBLEMS = "problems"
    MEDICATION = "medication"
    ALLERGIES = "allergies"
    CONSULTATIONS = "consultations"
    RESULTS = "results"
    DOCUMENTS = "documents"
    TASKS = "tasks"
    PSEUDONYMISED = "pseudonymised"  # activity without names or NHS numbers


class Article6(StrEnum):
    """The lawful basis for personal data: UK GDPR Article 6(1)."""

    LEGAL_OBLIGATION = "6-1-c"
    VITAL_INTERESTS = "6-1-d"
    PUBLIC_TASK = "6-1-e"


class Article9(StrEnum):
    """The condition for data about health: UK GDPR Article 9(2)."""

    CARE = "9-2-h"
    PUBLIC_HEALTH = "9-2-i"
    RESEARCH = "9-2-j"


class CommonLawBasis(StrEnum):
    """How the common-law duty of confidence is met."""

    IMPLIED_CONSENT = "implied-consent"  # direct care only
    EXPLICIT_CONSENT = "explicit-consent"
    SUPPORT_UNDER_REGULATIONS = "section-251"
    NOT_CONFIDENTIAL = "not-confidential"  # nobody can be recognised


class SensitiveRule(StrEnum):
    """What an agreement that lets records be viewed says of sensitive entries. Sealed ones never leave in any case."""

    NATIONAL_SET = "national-set"  # the national sensitive set is left out at source
    NATIONAL_SET_AND_MORE = "national-set-and-more"  # and what the agreement lists besides


class AtEnd(StrEnum):
    """What becomes of appointments already booked when an agreement ends; chosen beforehand."""

    KEEP = "keep"  # they take place as booked
    MOVE = "move"  # each is moved or cancelled with the patient told
