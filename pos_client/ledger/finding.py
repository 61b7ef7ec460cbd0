"""Statements over the mirror's term indexes, for goods and members alike."""

from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, literal_column, select


def with_all_terms(table: Table, terms: Table, count: int, rows_max: int) -> Select[Any]:
    """Payloads of rows that have each of `count` terms, bound as term_0, term_1...: the first is walked, the others
    are looked up by key."""
    first, *others = [terms.alias(f"terms_{place}") for place in range(count)]
    joined = first.join(table, table.c.number == first.c.number)
    for place, other in enumerate(others, start=1):
        same = and_(other.c.term == bindparam(f"term_{place}"), other.c.number == first.c.number)
        joined = joined.join(other, same)
    asked = select(table.c.payload).select_from(joined).where(first.c.term == bindparam("term_0"))
    return asked.limit(literal_column(str(rows_max)))


def after(beginning: str) -> str:
    """The first text that no longer begins so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)
