"""Tables and column types that mean the same on SQLite and on PostgreSQL. For `records` alone.

SQLite tables are STRICT, so each type names one of its five storage classes there. Ordered text uses one collation
(by code point) on both, so that both sort alike.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from shared_models.ids import id_of


class Id(TypeDecorator[UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite (half the size and twice the speed of text keys)."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        return value if value is None or isinstance(value, UUID) else id_of(bytes(value))


WORD = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that may be a key or be ordered by."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer: amounts, moments, sequence numbers."""

FLAG = Boolean().with_variant(Integer(), "sqlite")
"""Yes or no; 1 or 0 on SQLite."""

BYTES = LargeBinary()

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: Any, keyed: bool = True) -> Table:
    """A STRICT table; `keyed`: stored in the order of its primary key (SQLite: WITHOUT ROWID)."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=not keyed)


def key(name: str, kind: Any, *parts: Any) -> Column[Any]:
    return Column(name, kind, *parts, primary_key=True, autoincrement=False, nullable=False)


def must(name: str, kind: Any, default: str | None = None) -> Column[Any]:
    """A column that always has a value; `default` is SQL."""
    return Column(name, kind, nullable=False, server_default=None if default is None else text(default))


def may(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=True)
