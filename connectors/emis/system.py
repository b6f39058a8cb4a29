"""The registry's "emis": GP Connect as EMIS Web speaks it. The sources of each habit stand in README.md."""

from connectors.refusals import Told, wording
from connectors.standard import SupplierProfile, connector
from gp_connect.spine_codes import Owner

PROFILE = SupplierProfile(
    supplier="EMIS Web",
    cancellation_reason_limit=150,
    returns_past_slots=True,
    joins_texts=True,
    wordings=(
        wording(
            r"service type (is )?disabled",
            Told(
                "SERVICE_TYPE_DISABLED",
                "That practice has this part of GP Connect switched off.",
                Owner.HOST,
                "Phone the practice. Its manager can tick it in EMIS Web's GP Connect settings.",
            ),
        ),
    ),
)
create = connector(PROFILE)
