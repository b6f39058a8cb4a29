"""The declarative base of all rooms' tables: names of constraints fixed, times with a zone, numbers wide."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, MetaData, Row, Select, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

AnyRow = Row[*tuple[Any, ...]]
"""A result row read by attribute; its columns are those of the query that made it."""
AnySelect = Select[*tuple[Any, ...]]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Xid8(UserDefinedType[str]):
    """A transaction's number, which PostgreSQL never uses twice in the life of one cluster."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in the schema."""
        return "xid8"


ischema_names["xid8"] = Xid8  # so that the drift check knows the column it reads back


class Base(DeclarativeBase):
    """Every table of the hub. Rows stay in their room; foreign keys may cross rooms, relationships may not."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        int: BigInteger,  # every upsert of the pool uses up a number; 2,147 million would not last
        dict[str, Any]: JSONB,
    }


def among(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Collection[Any] | str
) -> ColumnElement[bool]:
    """Whether the column's value is one of these, sent as one array: the same statement however many there are.

    An IN list is another text for every length, so neither SQLAlchemy nor PostgreSQL could keep it ready. Given a
    name instead of values, the values are sent under that name when the statement is executed.
    """
    array = ARRAY(column.type)
    if isinstance(values, str):
        return column == any_(bindparam(values, type_=array))
    return column == any_(bindparam(None, list(values), type_=array, unique=True))
