"""The sync state in a few calm words, for the pill and the sync panel."""

from dataclasses import dataclass

from pos_client.checkout.views import SyncView
from pos_client.ui.formats import clock_time, yuan
from pos_client.ui.parts.header import PillTone
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _, ngettext

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPicture:
    """What the screen knows of the line to HQ. Times are milliseconds of the till's clock, 0 = never."""

    online: bool
    since_ms: int
    last_contact_ms: int = 0
    error: str = ""
    frozen: str = ""
    waiting_entries: int = 0
    waiting_fen: int = 0
    oldest_waiting_ms: int = 0
    exceptions: int = 0
    parked: int = 0
    hq_recovering: bool = False


def picture_of(online: bool, line_since_ms: int, sync: SyncView | None, *, hq_recovering: bool) -> SyncPicture:
    """From the line as the engine sees it, and from what waits as the ledger says."""
    if sync is None:
        return SyncPicture(online=online, since_ms=line_since_ms)
    since_ms = line_since_ms
    if not online and sync.last_contact_ms:
        since_ms = min(since_ms, sync.last_contact_ms) if since_ms else sync.last_contact_ms
    return SyncPicture(
        online=online,
        since_ms=since_ms,
        last_contact_ms=sync.last_contact_ms,
        error="" if online else sync.last_error_code,
        frozen=sync.frozen_code,
        waiting_entries=sync.waiting_entries,
        waiting_fen=sync.waiting_fen,
        oldest_waiting_ms=sync.oldest_waiting_ms,
        exceptions=sync.exceptions,
        parked=sync.parked,
        hq_recovering=hq_recovering,
    )


def for_how_long(milliseconds: int) -> str:
    """`12 min`, `3 h`, `2 days`."""
    minutes = max(0, milliseconds) // _MINUTE_MS
    if minutes < 1:
        return _("under a minute")
    if minutes < 60:
        return ngettext("{count} min", "{count} min", minutes).format(count=minutes)
    if minutes < 48 * 60:
        return ngettext("{count} h", "{count} h", minutes // 60).format(count=minutes // 60)
    days = minutes // (24 * 60)
    return ngettext("{count} day", "{count} days", days).format(count=days)


def pill_words(picture: SyncPicture, now_ms: int) -> tuple[str, PillTone]:
    """The pill: its words and its tone."""
    if picture.frozen:
        return _("Rights frozen · cash goes on"), "bad"
    if not picture.online:
        long_enough = now_ms - picture.since_ms >= _MINUTE_MS
        words = (
            _("Offline {time}").format(time=for_how_long(now_ms - picture.since_ms)) if long_enough else _("Offline")
        )
        if picture.waiting_entries:
            words += " · " + waiting_words(picture)
        return words, "wait"
    if picture.hq_recovering:
        return _("HQ is recovering · what is held here can be used"), "wait"
    if picture.waiting_entries:
        return _("Syncing · {count}").format(count=picture.waiting_entries), "good"
    return _("Synced"), "good"


def waiting_words(picture: SyncPicture) -> str:
    """How much waits."""
    words = ngettext("{count} waiting", "{count} waiting", picture.waiting_entries).format(
        count=picture.waiting_entries
    )
    return f"{words} {yuan(picture.waiting_fen)}" if picture.waiting_fen else words


def panel_rows(picture: SyncPicture, now_ms: int) -> list[tuple[str, str]]:
    """The sync panel, row by row."""
    state = _("Online") if picture.online else _("Offline")
    rows = [
        (_("Line to HQ"), f"{state} · {for_how_long(now_ms - picture.since_ms)}"),
        (_("Last heard"), clock_time(picture.last_contact_ms) if picture.last_contact_ms else _("never")),
        (_("Entries waiting"), str(picture.waiting_entries)),
        (_("Money waiting"), yuan(picture.waiting_fen)),
    ]
    if picture.oldest_waiting_ms and picture.waiting_entries:
        rows.append((_("Oldest waiting"), for_how_long(now_ms - picture.oldest_waiting_ms)))
    if picture.exceptions:
        rows.append((_("Exceptions"), str(picture.exceptions)))
    if picture.parked:  # HQ has them, and cannot read them yet
        rows.append((_("Parked entries"), str(picture.parked)))
    if picture.error:
        rows.append((_("Last error"), sentence_of(picture.error, {})))
    if picture.frozen:
        rows.append((_("Rights"), sentence_of(picture.frozen, {})))
    elif picture.hq_recovering:
        rows.append((_("Rights"), sentence_of("hq_recovering", {})))
    return rows
