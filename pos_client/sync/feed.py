"""Reading HQ's feed into the mirror: a page and its cursor in one transaction, and no row may stop the others.

Used by the engine alone. The feed carries no rights, so it needs no lane and may be read while one is busy.
"""

from collections.abc import Mapping

import msgspec
import structlog
from msgspec import Struct

from pos_client.ledger import Ledger
from pos_client.sync.hq_api import HqApi, TooLarge, Unreachable
from shared_models.sales import Cursor
from shared_models.sync import ChangesPage

UNREADABLE = (msgspec.MsgspecError, ValueError)

log = structlog.get_logger(__name__)


class PullReport(Struct, frozen=True, kw_only=True):
    """What reading the feed brought: `changed` keys by kind, and rows `skipped` because they could not be read."""

    rows: int = 0
    changed: Mapping[str, tuple[str, ...]] = {}
    skipped: tuple[str, ...] = ()
    more: bool = False
    nudge: bool = False

    def and_then(self, later: "PullReport") -> "PullReport":
        """Both pages together."""
        kinds = {*self.changed, *later.changed}
        return PullReport(
            rows=self.rows + later.rows,
            changed={kind: (*self.changed.get(kind, ()), *later.changed.get(kind, ())) for kind in kinds},
            skipped=(*self.skipped, *later.skipped),
            more=later.more,
            nudge=self.nudge or later.nudge,
        )


def pull_page(ledger: Ledger, api: HqApi, wait_seconds: int) -> PullReport:
    """Take the next page over. Raises Unreachable or Refusal, and then nothing has changed."""
    cursor = ledger.mirror_cursor()
    try:
        page = api.changes(cursor, wait_seconds)
    except TooLarge:
        raise Unreachable("not_hq") from None
    if not page.rows and page.cursor == cursor:
        return PullReport(more=page.more, nudge=page.nudge)
    if cursor.hq_epoch and page.cursor.hq_epoch > cursor.hq_epoch:
        # HQ came back from a backup: what it said before may never have been. Everything is read anew.
        ledger.reset_mirror()
        return PullReport(more=True, nudge=True)
    try:
        changed, skipped = ledger.apply_changes(page).changed, tuple[str, ...]()
    except UNREADABLE:
        changed, skipped = _row_by_row(ledger, page, cursor)
    return PullReport(rows=len(page.rows), changed=changed, skipped=skipped, more=page.more, nudge=page.nudge)


def _row_by_row(
    ledger: Ledger, page: ChangesPage, cursor: Cursor
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """A page with a row in it that cannot be read: the others in their order, and the cursor once they are in. Cut off
    in between, the page comes again, and rows that are in already are not newer than themselves."""
    changed: dict[str, tuple[str, ...]] = {}
    skipped: list[str] = []
    for row in page.rows:
        try:
            applied = ledger.apply_changes(ChangesPage(cursor=cursor, rows=(row,)))
        except UNREADABLE as problem:
            skipped.append(f"{row.kind}:{row.key}")
            log.warning("feed_row_skipped", kind=row.kind, key=row.key, problem=str(problem))
            continue
        for kind, keys in applied.changed.items():
            changed[kind] = (*changed.get(kind, ()), *keys)
    ledger.apply_changes(ChangesPage(cursor=page.cursor))
    return changed, tuple(skipped)
