"""What anybody may read of the agreements: those in force or suspended, and nothing of drafts."""

import pytest
from sqlalchemy import text

from sharing_agreements.publishing import published
from tests.scheduling.world import HOME, HOST, World

pytestmark = pytest.mark.database


def test_what_is_in_force_or_suspended_is_public_and_nothing_else(world: World) -> None:
    other = world.agree({HOME, HOST}, code="DSA-2")
    for status, public in (("in-force", True), ("suspended", True), ("draft", False), ("ended", False)):
        with world.work.begin() as tx:
            tx.execute(text("UPDATE agreement SET status = :status WHERE id = :id"), {"status": status, "id": other})
        with world.work.read() as tx:
            found = published(tx)
        assert [one.terms.code for one in found] == (["DSA-1", "DSA-2"] if public else ["DSA-1"])
    assert found[0].since == found[0].terms.starts_at
