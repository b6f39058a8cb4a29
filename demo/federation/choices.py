"""What some of the memorable patients have chosen about sharing, so that each choice can be seen to do what it says."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from demo.federation.memorable import memorable
from demo.federation.size import Size
from vocabulary.choices import PatientChoice

CHOICES: Mapping[str, tuple[PatientChoice, ...]] = {
    "lapsed": (PatientChoice.DISSENT_TO_SHARING,),
    "accents": (PatientChoice.DISSENT_TO_SHARING,),
    "renamed": (PatientChoice.TYPE_1_OPT_OUT,),
    "next-cluster": (PatientChoice.NATIONAL_DATA_OPT_OUT,),
}
"""By the key of the patient."""


def choices_made(size: Size, *, now: datetime) -> Iterator[dict[str, Any]]:
    """Rows: each written down at the patient's own practice, if it is there, three weeks ago."""
    there = {practice.ods for practice in size.practices}
    for key, chosen in CHOICES.items():
        patient = memorable(key)
        home = patient.person.home_practice
        if home not in there or home is None:
            continue
        for choice in chosen:
            yield {
                "nhs_number": patient.nhs_number.value,
                "choice": choice.value,
                "recorded_at": now - timedelta(days=21),
                "recorded_by": "demo",
                "recorded_by_name": "Reception",
                "recorded_for": home.value,
            }
