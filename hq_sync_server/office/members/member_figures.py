"""How many members there are, for those who may see them. Reads only."""

from sqlalchemy import Connection, func, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.records import tables


def count_members(connection: Connection, scope: Scope) -> int:
    """Persons: ids that were united count once."""
    columns = tables.members.c
    counted = select(func.count()).where(columns.member_id == columns.canonical_id)
    if scope.store_ids is None:
        return int(connection.scalar(counted) or 0)
    # As `member_inside` says it, in two parts with an index each: at home here, or last seen here and at home away.
    at_home = columns.home_store_id.in_(scope.store_ids)
    elsewhere = columns.home_store_id.is_(None) | columns.home_store_id.not_in(scope.store_ids)
    seen_here = columns.last_store_id.in_(scope.store_ids)
    return sum(int(connection.scalar(counted.where(*part)) or 0) for part in ((at_home,), (seen_here, elsewhere)))
