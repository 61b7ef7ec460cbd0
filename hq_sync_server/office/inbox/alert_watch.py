"""Alerts over time: since when each lasts, who has seen it and closed it, and when it was over.

The schedule looks every few minutes, so that an alert has a beginning although nobody opened a page. Closing hides an
alert while it lasts; when it was over and comes again, it is shown again.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Connection, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.inbox import alerts
from hq_sync_server.office.inbox.alerts import Alert
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops import till_watch
from hq_sync_server.records import bulk, console_tables
from shared_models.moments import business_date_of
from shared_models.refusals import Refusal

_alerts = console_tables.alerts


class Watched(Struct, frozen=True, kw_only=True):
    """What a look found: how many began, and how many are over."""

    raised: int = 0
    over: int = 0


class Kept(Struct, frozen=True, kw_only=True):
    """What is known of an alert that lasts. `closed_by` '': nobody has closed it."""

    raised_at_ms: int
    closed_by: str
    closed_at_ms: int


def look(desk: Desk) -> Watched:
    """Compare what is wrong now with what was known; the schedule's."""
    with desk.read() as connection:
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        now_ms = desk.clock.now_ms()
        seen = till_watch.stores_seen(connection, Scope(), now_ms, epoch)
        found = alerts.alerts(connection, Scope(), seen, business_date_of(now_ms))
    return desk.run(lambda work: _compare(work, found))


def _compare(work: Work, found: Sequence[Alert]) -> Watched:
    lasting = select(_alerts.c.alert_key).where(_alerts.c.over_at_ms.is_(None))
    known = set(work.connection.scalars(lasting))
    begun = {alert.key: alert for alert in found if alert.key not in known}
    over = sorted(known - {alert.key for alert in found})
    for some in bulk.chunks(over):
        gone = update(_alerts).where(_alerts.c.alert_key.in_(some))
        work.connection.execute(gone.values(over_at_ms=work.now_ms))
    _keep(work, list(begun.values()))
    return Watched(raised=len(begun), over=len(over))


def _keep(work: Work, begun: Sequence[Alert]) -> None:
    columns = ("alert_key", "store_id", "code", "raised_at_ms", "over_at_ms", "closed_by", "closed_at_ms")
    rows = [(one.key, one.store_id, one.code, work.now_ms, None, "", None) for one in begun]
    bulk.upsert(work.connection, _alerts, columns, sorted(rows, key=lambda row: row[0]))


def kept(connection: Connection, scope: Scope) -> Mapping[str, Kept]:
    """What is known of the alerts that last, by their keys. What somebody closed for the whole chain is closed for
    those who see all of it; a region goes on seeing its own part."""
    rows = connection.execute(select(_alerts).where(_alerts.c.over_at_ms.is_(None)))
    return {
        row.alert_key: Kept(raised_at_ms=row.raised_at_ms, closed_by=row.closed_by, closed_at_ms=row.closed_at_ms or 0)
        for row in rows
        if scope.store_ids is None or (row.store_id is not None and scope.holds(row.store_id))
    }


def close(work: Work, viewer: Viewer, scope: Scope, alert: Alert) -> None:
    """Somebody has seen it. Refuses `not_allowed`, also for what is the whole chain's and not theirs alone."""
    viewer.require("alerts.close")
    if scope.store_ids is not None and alert.store_id is None:
        raise Refusal("not_allowed")
    if alert.key not in kept(work.connection, Scope()):
        _keep(work, [alert])
    row = update(_alerts).where(_alerts.c.alert_key == alert.key)
    work.connection.execute(row.values(closed_by=viewer.login, closed_at_ms=work.now_ms))
    about = f"alert:{alert.key}"
    audit.note(work, viewer, "alert_closed", about, {}, {"alert": alert.code}, store_id=alert.store_id)
