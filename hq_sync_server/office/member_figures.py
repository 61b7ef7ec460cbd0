"""How many members there are, for those who may see them. Reads only."""

from sqlalchemy import Connection, func, select

from hq_sync_server.office.member_requests import member_inside
from hq_sync_server.office.roles import Scope
from hq_sync_server.records import tables


def count_members(connection: Connection, scope: Scope) -> int:
    """Persons: ids that were united count once."""
    columns = tables.members.c
    wanted = select(func.count()).where(columns.member_id == columns.canonical_id, *member_inside(scope))
    return int(connection.scalar(wanted) or 0)
