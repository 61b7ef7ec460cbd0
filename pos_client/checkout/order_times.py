"""When an order is collected, as a cashier types it. Pure."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared_models.refusals import Refusal

DAYS_AHEAD_MAX = 180
_TIME = re.compile(r"(?:(?:(\d{1,2})[-/.月])?(\d{1,2})日?\s+)?(\d{1,2})[:：.]?(\d{2})", re.ASCII)


def collect_moment(text: str, now_ms: int, time_zone: str) -> int:
    """The moment of `18:30` (the next one), `25 18:30` (of this month or the next) or `11-25 18:30`; `1830` will do.
    Refuses `time_unreadable`, `time_past`, `time_too_far(days_max)`."""
    zone = ZoneInfo(time_zone)
    now = datetime.fromtimestamp(now_ms / 1000, tz=zone)
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Refusal("time_unreadable", who="cashier")
    month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        moment = _moment(now, month, day, hour or 0, minute or 0)
    except ValueError:
        raise Refusal("time_unreadable", who="cashier") from None
    if moment <= now:
        raise Refusal("time_past", who="cashier")
    if moment - now > timedelta(days=DAYS_AHEAD_MAX):
        raise Refusal("time_too_far", days_max=DAYS_AHEAD_MAX, who="cashier")
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _moment(now: datetime, month: int | None, day: int | None, hour: int, minute: int) -> datetime:
    if day is None:
        moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return moment if moment > now else moment + timedelta(days=1)
    wanted = now.replace(month=month or now.month, day=day, hour=hour, minute=minute, second=0, microsecond=0)
    if wanted > now or (month is None and day == now.day):
        return wanted
    if month is None:  # a day that is over is one of next month
        return wanted.replace(year=now.year + now.month // 12, month=now.month % 12 + 1)
    return wanted.replace(year=now.year + 1) if (now - wanted).days > DAYS_AHEAD_MAX else wanted
