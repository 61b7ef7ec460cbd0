"""Entries the engine writes by itself: what goes back to HQ, and the till's time set by HQ's.

Used by the engine alone, and only while HQ is known to listen.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from pos_client.ledger import Ledger
from shared_models.bodies import ClockSet, RightsReleased, TokenMove, TokenReleased
from shared_models.entries import read_head
from shared_models.refusals import Refusal
from shared_models.sales import LotAmount
from shared_models.sync import TokenRecall

RELEASED_AT_ONCE_MAX = 500
CLOCK_AHEAD_TOLERANCE_MS = 5 * 60_000

log = structlog.get_logger(__name__)


class Surplus(Struct, frozen=True):
    """What is held here and should go back: rights above their target, and coupons of members no basket holds."""

    rights: tuple[LotAmount, ...] = ()
    tokens: tuple[TokenMove, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rights or self.tokens)


def look_for_surplus(ledger: Ledger, recalls: Iterable[TokenRecall] = ()) -> Surplus:
    """What should go back now, and what HQ wants back for another till; the rest of a long list next time."""
    unused = {move.token: move for move in ledger.tokens_to_release()[:RELEASED_AT_ONCE_MAX]}
    recalled = (ledger.token_to_give(recall) for recall in recalls)
    unused.update({move.token: move for move in recalled if move is not None})
    return Surplus(tuple(ledger.holds_more_than_target()[:RELEASED_AT_ONCE_MAX]), tuple(unused.values()))


def give_back(ledger: Ledger, surplus: Surplus) -> bool:
    """Release it. Whether anything was written."""
    before = ledger.head().seq
    try:
        if surplus.rights:
            subjects = tuple(sorted({part.subject for part in surplus.rights}))
            ledger.append(RightsReleased(head=ledger.new_head(subjects=subjects), released=surplus.rights))
        if surplus.tokens:
            subjects = members_of(surplus.tokens)
            moves = tuple(_moved_on(token) for token in surplus.tokens)
            ledger.append(TokenReleased(head=ledger.new_head(subjects=subjects), tokens=moves))
    except Refusal as refusal:
        # Spent between the look and the entry: the next run looks again.
        if refusal.code not in {"rights_short", "token_not_here"}:
            raise
        log.info("release_came_late", code=refusal.code)
    return ledger.head().seq > before


def members_of(tokens: Iterable[TokenMove]) -> tuple[UUID, ...]:
    """Whose coupons these are: the only tokens with a member behind them."""
    return tuple(sorted({token.subject for token in tokens if token.subject and token.kind == "coupon"}))


def _moved_on(token: TokenMove) -> TokenMove:
    return msgspec.structs.replace(token, version=token.version + 1)


def set_clock_back(ledger: Ledger) -> bool:
    """After a clock that was ahead and is right again: till time never goes below the last entry's until HQ's signed
    time, just heard, has said how far this machine's clock is off. A clock that is still ahead needs nothing: every
    entry carries its offset."""
    newest = ledger.entry_at(ledger.head().seq)
    if newest is None:
        return False
    last_ms, now_ms = read_head(newest.body).till_time_ms, ledger.clock_state().now_ms
    if last_ms <= now_ms + CLOCK_AHEAD_TOLERANCE_MS:
        return False
    ledger.append(ClockSet(head=ledger.new_head(), from_ms=last_ms, to_ms=now_ms, by_hq=True))
    return True
