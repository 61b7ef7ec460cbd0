"""What the engine tells others of itself: how the line is, and what a run did."""

from uuid import UUID

from msgspec import Struct

from pos_client.sync.feed import PullReport


class LineState(Struct, frozen=True, kw_only=True):
    """What the sync pill and panel show. `error` is '' while online; times are milliseconds of the till's clock.
    `hq_recovering`: HQ came back from a backup and lends nothing yet; what is held here can be used all the same."""

    online: bool
    since_ms: int
    last_contact_ms: int
    error: str = ""
    frozen: str = ""
    waiting_entries: int = 0
    waiting_fen: int = 0
    oldest_waiting_ms: int = 0
    hq_recovering: bool = False


class RunReport(Struct, frozen=True, kw_only=True):
    """What a run did. `error` '' means that HQ has heard all that is news to it; else try again in `retry_seconds`.
    `adopted_unsaid`: entries that only take over what HQ gave are left for the next sale, or for a quiet moment."""

    error: str = ""
    retry_seconds: float = 0.0
    requests: int = 0
    entries_sent: int = 0
    members_served: tuple[UUID, ...] = ()
    pulled: PullReport = PullReport()
    adopted_unsaid: bool = False
