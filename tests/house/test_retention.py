"""What the retention table promises is so: what names patients says how long, and holds stop every tidying up."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import accountability
import hub
import messaging
import practices
import scheduling
import sharing_agreements
import storage
from storage.base import Base
from tests.house.test_code import tracked

_DOCUMENT = Path(__file__).parents[2] / "docs" / "data-protection.md"
_NAMES_SOMEBODY = {"nhs_number", "family", "given", "birth_date", "phone"}
_MAY_HOLD_ANYTHING = {"web_session.data", "idempotency_key.answer", "evidence_pack.content", "message.sealed"}
_PRACTICES_OWN = {"practice.phone", "practice.bypass_phone"}  # telephones of practices, not of patients
_PRODUCT = (
    "accountability/*.py",
    "hub/*.py",
    "messaging/*.py",
    "practices/*.py",
    "records/*.py",
    "scheduling/*.py",
    "storage/*.py",
)


for _room in (accountability, hub, messaging, practices, scheduling, sharing_agreements, storage):
    for _module in pkgutil.walk_packages(_room.__path__, f"{_room.__name__}."):
        importlib.import_module(_module.name)


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of a table, by table name."""
    section = _DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {name: cells for cells in lines for name in re.findall(r"`([a-z_]+)`", cells[0])}


def naming() -> set[str]:
    """Tables with a column that names a patient, or may hold anything."""
    columns = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    certain = {f"{table}.{column}" for table, column in columns if column in _NAMES_SOMEBODY} - _PRACTICES_OWN
    return {name.split(".")[0] for name in certain | _MAY_HOLD_ANYTHING}


def test_every_table_that_may_name_a_patient_says_so_and_how_long_it_is_kept() -> None:
    documented = rows("Tables")
    assert {"booking", "ledger_event", "access_review", "web_session"} <= naming()
    for table in sorted(naming()):
        _, controller, names, kept = documented[table]
        assert re.match(r"yes|may", names), f"{table} has a column that names patients"
        assert controller and kept, table


def test_every_other_table_says_that_it_names_nobody_and_how_long_it_is_kept() -> None:
    documented = rows("Tables")
    for table in set(documented) & {table.name for table in Base.metadata.sorted_tables} - naming() - {"booking_event"}:
        _, controller, names, kept = documented[table]
        assert not re.match(r"yes|may", names), f"{table} has no column that names patients: {names}"
        assert controller and kept, table


def deleting() -> dict[str, set[Path]]:
    """Tables that the product deletes from, and the modules that do."""
    by_class = {mapper.class_.__name__: str(mapper.local_table) for mapper in Base.registry.mappers}
    found: dict[str, set[Path]] = {}
    for path in tracked(*_PRODUCT):
        text = path.read_text()
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id == "delete" and call.args:
                named = ast.unparse(call.args[0])
                classes = [named] if named in by_class else [name for name in by_class if name in text]
                for each in classes:
                    found.setdefault(by_class[each], set()).add(path)
    return found


def test_every_table_that_a_job_deletes_from_is_in_the_table_of_holds() -> None:
    assert {"wire_exchange", "web_session", "slot_claim"} <= set(deleting())
    assert not sorted(set(deleting()) - set(rows("Legal holds")) - _never_deleted_though_named())


def _never_deleted_though_named() -> set[str]:
    """Tables of modules whose DELETE names its row through a variable, and which are not the one it deletes from."""
    return {"booking", "practice", "gp_system_link", "site", "cluster", "place", "staff_grant"}


@pytest.mark.parametrize("table", [name for name, cells in rows("Legal holds").items() if "not kept" not in cells[1]])
def test_what_a_hold_keeps_is_asked_for_in_every_delete(table: str) -> None:
    assert deleting()[table]
    for path in deleting()[table]:
        assert "not_held(" in path.read_text(), f"{path.name} deletes from {table} without asking for a legal hold"


@pytest.mark.parametrize("table", ["booking", "booking_event", "ledger_event", "access_review"])
def test_no_job_deletes_what_names_patients_for_good(table: str) -> None:
    text = "\n".join(path.read_text() for path in tracked(*_PRODUCT))
    (row,) = [mapper.class_.__name__ for mapper in Base.registry.mappers if str(mapper.local_table) == table]
    assert f"delete({row})" not in text
    assert not re.search(rf"DELETE\s+FROM\s+{table}\b", text)
