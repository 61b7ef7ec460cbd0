"""The first page of the day: what needs somebody now, today against last week, the tills at a glance."""

from datetime import date, timedelta
from typing import Any

from fastapi.responses import Response

from hq_sync_server.console.texts import N_
from hq_sync_server.console.visits import REFRESH_SECONDS, Visit, go_to
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.inbox import alert_watch, alerts
from hq_sync_server.office.intake import day_figures
from hq_sync_server.office.intake.day_figures import DayFigures
from hq_sync_server.office.members.member_figures import count_members
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.shops import till_watch
from shared_models.moments import business_date_of

WEEK = 7
CHART_DAYS = 14


def home(visit: Visit) -> Response:
    """The page."""
    now_ms = visit.now_ms
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        seen = till_watch.stores_seen(connection, scope, now_ms, int(chain.setting(connection, chain.HQ_EPOCH, "1")))
        today = business_date_of(now_ms, visit.texts.time_zone)
        first = _day(today, -(CHART_DAYS + WEEK - 1))
        days = day_figures.by_day(connection, scope, first, today)
        of_stores = day_figures.by_store(connection, scope, today, today)
        shown: dict[str, Any] = {
            "chain_name": chain.setting(connection, chain.CHAIN_NAME),
            "alerts": alerts.alerts(connection, scope, seen, today),
            "kept": alert_watch.kept(connection, scope),
            "members": count_members(connection, scope),
            "verified_ms": int(chain.setting(connection, chain.BOOKS_VERIFIED_MS, "0")),
        }
    tills = [till for state in seen for till in state.tills if till.state not in ("revoked", "written_off")]
    return visit.page(
        "home.html",
        **shown,
        closed_keys={key for key, one in shown["kept"].items() if one.closed_by},
        sees_all=scope.store_ids is None,
        seen=seen,
        tills=tills,
        heard=sum(now_ms - till.last_seen_ms <= till_watch.HEARD_MS for till in tills),
        waiting_fen=sum(till.waiting_fen for till in tills),
        today=days[today],
        today_date=today,
        last_week=days[_day(today, -WEEK)],
        last_week_date=_day(today, -WEEK),
        of_stores=of_stores,
        nothing=DayFigures(),
        chart=_chart(visit, days, today),
        refresh=REFRESH_SECONDS,
    )


def _chart(visit: Visit, days: dict[str, DayFigures], today: str) -> dict[str, Any]:
    """Net sales of the last fourteen days beside the same weekday a week before."""
    shown = [_day(today, -back) for back in range(CHART_DAYS - 1, -1, -1)]
    return {
        "labels": [day[5:] for day in shown],
        "series": [
            {
                "name": visit.texts.word(_SERIES, "this"),
                "kind": "bar",
                "values": [days[day].net_fen / 100 for day in shown],
            },
            {
                "name": visit.texts.word(_SERIES, "before"),
                "kind": "line",
                "values": [days[_day(day, -WEEK)].net_fen / 100 for day in shown],
            },
        ],
    }


def _day(day: str, later: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=later)).isoformat()


_SERIES = {"this": N_("Net sales"), "before": N_("A week before")}


def close_alert(visit: Visit) -> Response:
    """Somebody has seen an alert: it is shown no more until it was over once."""
    now_ms, key = visit.now_ms, visit.sent.get("key")
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        seen = till_watch.stores_seen(connection, scope, now_ms, epoch)
        today = business_date_of(now_ms, visit.texts.time_zone)
        found = {alert.key: alert for alert in alerts.alerts(connection, scope, seen, today)}
    if key in found:  # else it is over by itself
        visit.desk.run(lambda work: alert_watch.close(work, visit.viewer, scope, found[key]))
    return go_to("")
