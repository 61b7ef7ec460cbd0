"""What this till holds, told page by page to an HQ that was restored from a backup and asks for it.

HQ asks in its answers (`report_wanted`) until it has heard all of it, so nothing about this need be kept here: a till
that restarts in the middle begins again. While HQ recovers it lends nothing, so nothing is given back either: what is
held here stays usable here. Used by the engine alone.
"""

from uuid import UUID

from msgspec import Struct

from pos_client.ledger import Ledger
from pos_client.sync.hq_api import HqApi
from shared_models.sync import REPORT_LOTS_MAX, ControlAnswer, CountersReport

_NOBODY = UUID(int=0)


class ReportCursor(Struct, frozen=True, omit_defaults=True):
    """The lot and the token after which a page begins."""

    subject: UUID = _NOBODY
    lot: str = ""
    token: UUID = _NOBODY


def page_after(ledger: Ledger, cursor: ReportCursor | None) -> CountersReport | None:
    """The page that follows: the same again as long as nothing here has changed. No cursor, no page."""
    if cursor is None:
        return None
    counters = ledger.counters_after(cursor.subject, cursor.lot, REPORT_LOTS_MAX)
    tokens = ledger.tokens_after(cursor.token, REPORT_LOTS_MAX)
    last = len(counters) < REPORT_LOTS_MAX and len(tokens) < REPORT_LOTS_MAX
    return CountersReport(counters=tuple(counters), tokens=tuple(tokens), last=last)


class Reporting:
    """How far the report has come, and what HQ said of itself last."""

    def __init__(self) -> None:
        self.recovering = False
        self.wanted = False
        self._cursor = ReportCursor()
        self._said_whole = False
        self._came_back = False

    def begin_run(self) -> None:
        """A report that was said whole and is still wanted waits for the next run."""
        self._said_whole = self._came_back = False

    @property
    def due(self) -> ReportCursor | None:
        """Where the next page begins; None when HQ wants none now."""
        return self._cursor if self.wanted and not self._said_whole else None

    @property
    def keeps_rights(self) -> bool:
        """Whether what is held above its target stays here all the same: HQ could lend it to nobody."""
        return self.recovering or self.wanted

    def may_come_back(self, ledger: Ledger, api: HqApi) -> bool:
        """HQ does not know this till: show it its own signature, once a run. Whether the lane may be tried again."""
        identity = ledger.identity
        if identity is None or self._came_back:
            return False
        self._came_back = True
        api.come_back(identity.certificate)
        return True

    def heed(self, answer: ControlAnswer, page: CountersReport | None) -> None:
        """Take over what an answer says; `page` is what it answers, if that was a page."""
        self.recovering, self.wanted = answer.recovering, answer.report_wanted
        if page is not None and answer.outcome != "ok":
            self.wanted = False  # this till has to be put right before it is believed: no more of it in this run
        if not self.wanted or answer.outcome != "ok":
            self._cursor = ReportCursor()
        elif page is not None:
            self._cursor = ReportCursor() if page.last else _end_of(page, self._cursor)
            self._said_whole = page.last


def _end_of(page: CountersReport, cursor: ReportCursor) -> ReportCursor:
    counters = page.counters[-1] if page.counters else None
    return ReportCursor(
        counters.subject if counters else cursor.subject,
        counters.lot if counters else cursor.lot,
        page.tokens[-1].token if page.tokens else cursor.token,
    )
