"""The audit log: who changed or revealed what, before and after. Only ever added to; the database refuses the rest.

Every function of the office that somebody at HQ can call writes a line in the transaction of its effects.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select

from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.records import office_tables, tables

PAGE_LINES = 50
_audit = office_tables.audit_log


class AuditLine(Struct, frozen=True, kw_only=True):
    """One line. `about` is `kind:id`; before and after hold only what is different."""

    audit_id: UUID
    at_ms: int
    who: str
    action: str
    about: str
    before: dict[str, Any]
    after: dict[str, Any]


def note(
    work: Work,
    viewer: Viewer,
    action: str,
    about: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    store_id: UUID | None = None,
) -> None:
    """Write a line; of `before` and `after` only what differs is kept. `store_id` says whose region it is."""
    was, now = dict(before or {}), dict(after or {})
    for name in [name for name in was if name in now and was[name] == now[name]]:
        del was[name], now[name]
    stores = tables.stores.c
    region_id = (
        work.connection.scalar(select(stores.region_id).where(stores.store_id == store_id)) if store_id else None
    )
    work.connection.execute(
        insert(_audit).values(
            audit_id=work.ids.new_id(),
            at_ms=work.now_ms,
            who=viewer.login,
            action=action,
            object=about,
            region_id=region_id if store_id else viewer.region_id,
            told=msgspec.json.encode({"before": was, "after": now}).decode(),
        )
    )


def lines(
    connection: Connection,
    viewer: Viewer,
    scope: Scope,
    *,
    who: str = "",
    about: str = "",
    before_ms: int = 0,
    count: int = PAGE_LINES,
) -> list[AuditLine]:
    """The newest lines, of one person or about one thing if so asked; a region sees its own."""
    viewer.require("audit.see")
    found = select(_audit).order_by(_audit.c.at_ms.desc(), _audit.c.audit_id.desc()).limit(count)
    if who:
        found = found.where(_audit.c.who == who)
    if about:
        found = found.where(_audit.c.object == about)
    if before_ms:
        found = found.where(_audit.c.at_ms < before_ms)
    if scope.store_ids is not None:
        found = found.where(_audit.c.region_id == viewer.region_id)
    return [_line(row) for row in connection.execute(found)]


def _line(row: Any) -> AuditLine:
    told = msgspec.json.decode(row.told)
    return AuditLine(
        audit_id=row.audit_id,
        at_ms=row.at_ms,
        who=row.who,
        action=row.action,
        about=row.object,
        before=told.get("before", {}),
        after=told.get("after", {}),
    )
