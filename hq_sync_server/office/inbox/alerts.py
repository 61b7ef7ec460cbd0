"""What needs somebody now, worked out from the records each time it is asked for: an alert that is mended is gone.

For the home page and the watch (`alert_watch`). Each alert is a code with figures; sentences are made at the screen.
"""

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy import Connection

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Permission, Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import inbox, parked_desk
from hq_sync_server.office.intake import day_figures
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops.till_watch import StoreState
from shared_models.refusals import Refusal

EXCEPTIONS_LIMIT = "alert_exceptions_limit"
EXCEPTIONS_LIMIT_BY_DEFAULT = 20
EXCEPTIONS_LIMIT_MAX = 100_000
NEW_MEMBERS_MIN = 10  # fewer than that a week say nothing by halving
_DAYS = 7

Level = Literal["danger", "warning"]


class Alert(Struct, frozen=True, kw_only=True):
    """One thing to look at. `page`: where, below /console/."""

    code: str
    level: Level
    page: str
    store: str = ""
    till: str = ""
    count: int = 0
    amount_fen: int = 0
    since_ms: int = 0
    store_id: UUID | None = None

    @property
    def key(self) -> str:
        """What names it for as long as it lasts."""
        return f"{self.code}/{self.page}"

    @property
    def permission(self) -> Permission:
        """Who may open the page."""
        return _OPENED_BY[self.page.partition("/")[0]]


_OPENED_BY: dict[str, Permission] = {"stores": "tills.see", "exceptions": "exceptions.see", "rules": "rules.see"}


def alerts(connection: Connection, scope: Scope, seen: list[StoreState], today: str) -> list[Alert]:
    """Everything, gravest first."""
    found = [alert for state in seen for alert in _of_store(state)]
    found += _new_members(connection, scope, seen, today)
    found += _exceptions(connection, scope)
    faults = int(chain.setting(connection, chain.BOOKS_FAULTS, "0")) if scope.store_ids is None else 0
    if faults:
        found.append(Alert(code="books_faulty", level="danger", page="stores", count=faults))
    found += _unverified(seen)
    return sorted(found, key=lambda alert: alert.level != "danger")


def _of_store(state: StoreState) -> list[Alert]:
    found = []
    page = f"stores/{state.row.code}"
    if not state.rules_version:
        page_of_rules = f"rules/store:{state.row.store_id.hex}"
        found.append(Alert(code="no_rules", level="warning", page=page_of_rules, store=state.row.name))
    for till in state.tills:
        label = f"{state.row.code}/{till.number}"
        where = f"{page}/{till.number}"
        if till.state == "silent":
            found.append(
                Alert(
                    code="till_silent",
                    level="warning",
                    page=where,
                    store=state.row.name,
                    till=label,
                    amount_fen=till.waiting_fen,
                    since_ms=till.last_seen_ms,
                )
            )
        elif till.state not in ("sound", "revoked", "written_off"):
            found.append(Alert(code=f"till_{till.state}", level="danger", page=where, store=state.row.name, till=label))
        if till.check_faults:
            count = till.check_faults
            found.append(
                Alert(code="ledger_faulty", level="danger", page=where, store=state.row.name, till=label, count=count)
            )
    return [structs.replace(alert, store_id=state.row.store_id) for alert in found]


def _unverified(seen: list[StoreState]) -> list[Alert]:
    """Tills whose chains nobody has walked for two nights."""
    waiting = [till.checked_at_ms for state in seen for till in state.tills if till.check_overdue]
    if not waiting:
        return []
    return [Alert(code="books_unverified", level="danger", page="stores", count=len(waiting), since_ms=min(waiting))]


def _new_members(connection: Connection, scope: Scope, seen: list[StoreState], today: str) -> list[Alert]:
    """Stores whose new members of the last seven whole days are half of those of the seven before, or fewer."""
    end = date.fromisoformat(today) - timedelta(days=1)
    middle = end - timedelta(days=_DAYS)
    last = day_figures.by_store(connection, scope, (middle + timedelta(days=1)).isoformat(), end.isoformat())
    begin = middle - timedelta(days=_DAYS - 1)
    before = day_figures.by_store(connection, scope, begin.isoformat(), middle.isoformat())
    found = []
    for state in seen:
        was = _registered(before, state.row.store_id)
        now = _registered(last, state.row.store_id)
        if was >= NEW_MEMBERS_MIN and now * 2 <= was:
            percent = 100 - now * 100 // was
            page = f"stores/{state.row.code}"
            found.append(
                Alert(
                    code="new_members_down",
                    level="danger",
                    page=page,
                    store=state.row.name,
                    count=percent,
                    store_id=state.row.store_id,
                )
            )
    return found


def _registered(figures: dict[UUID, day_figures.DayFigures], store_id: UUID) -> int:
    return figures[store_id].registered if store_id in figures else 0


def _exceptions(connection: Connection, scope: Scope) -> list[Alert]:
    found = []
    count = inbox.count_open(connection, scope)
    limit = exceptions_limit(connection)
    if count:
        level: Level = "danger" if count > limit else "warning"
        amount_fen = inbox.money_open(connection, scope)
        found.append(Alert(code="exceptions_open", level=level, page="exceptions", count=count, amount_fen=amount_fen))
    waiting = parked_desk.count_waiting(connection, scope)
    if waiting:
        found.append(Alert(code="entries_parked", level="warning", page="exceptions/parked", count=waiting))
    return found


def exceptions_limit(connection: Connection) -> int:
    """With more open exceptions than that the alert is a grave one."""
    return int(chain.setting(connection, EXCEPTIONS_LIMIT, str(EXCEPTIONS_LIMIT_BY_DEFAULT)))


def set_exceptions_limit(work: Work, viewer: Viewer, limit: int) -> None:
    """Set it for the chain. Refuses `not_allowed`, `number_out_of_range`."""
    viewer.require("alerts.limit")
    if not 1 <= limit <= EXCEPTIONS_LIMIT_MAX:
        raise Refusal("number_out_of_range", minimum=1, maximum=EXCEPTIONS_LIMIT_MAX)
    before = {"limit": exceptions_limit(work.connection)}
    chain.set_setting(work, EXCEPTIONS_LIMIT, str(limit))
    audit.note(work, viewer, "exceptions_limit_set", "alerts:exceptions", before, {"limit": limit})
