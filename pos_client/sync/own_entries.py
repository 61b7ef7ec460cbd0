"""Entries the engine writes by itself: what goes back to HQ, and the till's time set by HQ's.

Used by the engine alone, and only while HQ is known to listen.
"""

import msgspec
import structlog

from pos_client.ledger import Ledger
from shared_models.bodies import ClockSet, RightsReleased, TokenMove, TokenReleased
from shared_models.entries import read_head
from shared_models.refusals import Refusal

RELEASED_AT_ONCE_MAX = 500
CLOCK_AHEAD_TOLERANCE_MS = 5 * 60_000

log = structlog.get_logger(__name__)


def has_surplus(ledger: Ledger) -> bool:
    """Whether anything is held that should go back."""
    return bool(ledger.holds_more_than_target() or ledger.tokens_to_release())


def give_back(ledger: Ledger) -> bool:
    """Release what is held above its target and tokens of members no basket holds. Whether anything was written."""
    try:
        return any([_give_back_rights(ledger), _give_back_tokens(ledger)])
    except Refusal as refusal:
        # Spent between the look and the entry: the next run looks again.
        if refusal.code not in {"rights_short", "token_not_here"}:
            raise
        log.info("release_came_late", code=refusal.code)
        return False


def _give_back_rights(ledger: Ledger) -> bool:
    surplus = ledger.holds_more_than_target()[:RELEASED_AT_ONCE_MAX]
    if not surplus:
        return False
    subjects = tuple(sorted({part.subject for part in surplus}))
    ledger.append(RightsReleased(head=ledger.new_head(subjects=subjects), released=tuple(surplus)))
    return True


def _give_back_tokens(ledger: Ledger) -> bool:
    held = ledger.tokens_to_release()[:RELEASED_AT_ONCE_MAX]
    if not held:
        return False
    subjects = tuple(sorted({token.subject for token in held if token.subject}))
    moves = tuple(_moved_on(token) for token in held)
    ledger.append(TokenReleased(head=ledger.new_head(subjects=subjects), tokens=moves))
    return True


def _moved_on(token: TokenMove) -> TokenMove:
    return msgspec.structs.replace(token, version=token.version + 1)


def set_clock_back(ledger: Ledger, hq_time_ms: int) -> bool:
    """After a clock that was ahead: till time never goes below the last entry's until HQ's signed time says so."""
    newest = ledger.entry_at(ledger.head().seq)
    if newest is None:
        return False
    last_ms = read_head(newest.body).till_time_ms
    if last_ms <= hq_time_ms + CLOCK_AHEAD_TOLERANCE_MS:
        return False
    ledger.append(ClockSet(head=ledger.new_head(), from_ms=last_ms, to_ms=hq_time_ms, by_hq=True))
    return True
