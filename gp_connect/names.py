"""The names GP Connect gives things on the wire: identifier systems, profiles, extensions and code systems."""

# Identifier systems
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER_ID = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE_PROFILE_ID = "https://fhir.nhs.uk/Id/sds-role-profile-id"
HUB_USER_ID = "https://practice-hub.example/Id/user"  # consumer-defined, as the audit token asks
HUB_DEVICE_ID = "https://practice-hub.example/Id/device"

_STU3 = "https://fhir.nhs.uk/STU3"
_PROFILES = f"{_STU3}/StructureDefinition"

# Profiles (meta.profile)
APPOINTMENT = f"{_PROFILES}/GPConnect-Appointment-1"
SLOT = f"{_PROFILES}/GPConnect-Slot-1"
SCHEDULE = f"{_PROFILES}/GPConnect-Schedule-1"
SEARCHSET = f"{_PROFILES}/GPConnect-Searchset-Bundle-1"
OPERATION_OUTCOME = f"{_PROFILES}/GPConnect-OperationOutcome-1"
PATIENT = f"{_PROFILES}/CareConnect-GPC-Patient-1"
ORGANISATION = f"{_PROFILES}/CareConnect-GPC-Organization-1"
LOCATION = f"{_PROFILES}/CareConnect-GPC-Location-1"
PRACTITIONER = f"{_PROFILES}/CareConnect-GPC-Practitioner-1"
PRACTITIONER_ROLE = f"{_PROFILES}/CareConnect-GPC-PractitionerRole-1"

# Extensions
BOOKING_ORGANISATION = f"{_PROFILES}/Extension-GPConnect-BookingOrganisation-1"
CANCELLATION_REASON = f"{_PROFILES}/Extension-GPConnect-AppointmentCancellationReason-1"
DELIVERY_CHANNEL = f"{_PROFILES}/Extension-GPConnect-DeliveryChannel-2"
ROLE_OF_PRACTITIONER = f"{_PROFILES}/Extension-GPConnect-PractitionerRole-1"
NHS_NUMBER_VERIFICATION = f"{_PROFILES}/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
REGISTRATION_DETAILS = f"{_PROFILES}/Extension-CareConnect-GPC-RegistrationDetails-1"
NHS_COMMUNICATION = f"{_PROFILES}/Extension-CareConnect-GPC-NHSCommunication-1"

# Code systems
ORGANISATION_TYPE = f"{_STU3}/CodeSystem/GPConnect-OrganisationType-1"
SPINE_CODES = f"{_STU3}/CodeSystem/Spine-ErrorOrWarningCode-1"
JOB_ROLES = f"{_STU3}/CodeSystem/CareConnect-SDSJobRoleName-1"
HUMAN_LANGUAGES = f"{_STU3}/CodeSystem/CareConnect-HumanLanguage-1"
VERIFICATION_STATUSES = f"{_STU3}/CodeSystem/CareConnect-NHSNumberVerificationStatus-1"
REGISTRATION_TYPES = f"{_STU3}/CodeSystem/CareConnect-RegistrationType-1"

# The two organisation types a slot may be restricted to
GP_PRACTICE = "gp-practice"
URGENT_CARE = "urgent-care"

FHIR_JSON = "application/fhir+json"
FHIR_JSON_UTF8 = "application/fhir+json;charset=utf-8"
SPEC_VERSION = "1.2.7"
