"""National job roles to the hub's staff types."""

import pytest

from gp_connect.roles import role_of
from vocabulary.slots import PractitionerRole


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("R0260", PractitionerRole.GP),
        ("R0270", PractitionerRole.GP),
        ("R6300", PractitionerRole.GP),
        ("R0600", PractitionerRole.NURSE),
        ("R1290", PractitionerRole.PHARMACIST),
        ("R1110", PractitionerRole.PHYSIOTHERAPIST),
        ("R1975", PractitionerRole.MENTAL_HEALTH_NURSE),
        ("R1450", PractitionerRole.HEALTHCARE_ASSISTANT),
        ("R9999", PractitionerRole.OTHER),
        ("", PractitionerRole.OTHER),
    ],
)
def test_a_national_job_role_is_a_practitioner_role_where_one_fits(code: str, role: PractitionerRole) -> None:
    assert role_of(code) is role
