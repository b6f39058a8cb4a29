"""The registry's "tpp": GP Connect as TPP SystmOne speaks it. The sources of each habit stand in README.md."""

from connectors.refusals import Told, wording
from connectors.standard import SupplierProfile, connector
from gp_connect.spine_codes import Owner

PROFILE = SupplierProfile(
    supplier="TPP SystmOne",
    returns_past_slots=False,
    joins_texts=False,
    wordings=(
        wording(
            r"SystmOne (is )?not currently open",
            Told(
                "SYSTEM_NOT_OPEN",
                "The host practice's SystmOne is not open at the moment.",
                Owner.HOST,
                "Try again during the practice's opening hours, or phone it.",
            ),
        ),
        wording(
            r"access (is |has been |was )?denied|(does|do) not have (access|permission)",
            Told(
                "ACCESS DENIED",
                "The host practice's SystmOne does not let your practice do this.",
                Owner.HOST,
                "Phone the practice. Its manager can allow it in SystmOne's GP Connect settings.",
            ),
        ),
    ),
)
create = connector(PROFILE)
