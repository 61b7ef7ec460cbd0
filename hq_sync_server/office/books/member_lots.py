"""Whether what an entry posts to members' lots is what it does to its till's rights of them. Pure; for `reading` alone.

The bound is one of counters, the balance one of postings, and a till writes both: a sound program by one function, a
forged one as it likes. Where they differ (points credited to a lot of money, money lent under another's name), value
would be free that nobody posted: such an entry is kept aside and counts nowhere.
"""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from shared_models.postings import Posting, lot_account
from shared_models.rights import RightsMove, risk_lot

_UNITS = {"principal": "fen", "bonus": "fen", "points": "points", "risk": "fen"}
_OF_TILLS = _UNITS.keys() | {"uses"}


def disagree(postings: Iterable[Posting], moves: Iterable[RightsMove], business_id: UUID) -> bool:
    """Whether a lot is posted under another kind or unit than its own, changes by another amount than its counters do,
    or holds money lent above rights that is not of this very sale."""
    left: Counter[tuple[UUID | None, str]] = Counter()
    for posting in postings:
        if not posting.lot:
            continue
        kind = lot_account(posting.lot)
        if posting.account != kind or _UNITS.get(kind) != posting.unit:
            return True
        left[posting.subject, posting.lot] += posting.amount
    for move in moves:
        kind = lot_account(move.lot)
        if kind not in _OF_TILLS or (move.counter == "K" and move.lot != risk_lot(business_id)):
            return True
        if move.counter in ("T", "S"):
            left[move.subject, move.lot] += move.amount if move.counter == "T" else -move.amount
    return any(left.values())
