"""Whether what an entry posts to members' lots is what it does to its till's rights of them. Pure; for `reading` alone.

The bound is one of counters, the balance one of postings, and a till writes both: a sound program by one function, a
forged one as it likes. Where they differ (points credited to a lot of money, money lent under another's name), value
would be free that nobody posted: such an entry is kept aside and counts nowhere.
"""

import re
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from shared_models.postings import Posting, lot_account
from shared_models.rights import RightsMove, risk_lot

_UNITS = {"principal": "fen", "bonus": "fen", "points": "points", "risk": "fen"}
_NAMES = re.compile(r"(principal|bonus|risk):[!-~]{1,64}|points:\d{4}-(0[1-9]|1[0-2])|uses(:[!-~]{1,64})?", re.ASCII)
AMOUNT_MAX = 2**53
"""More of anything than there is; of fewer a column holds the sum of a thousand."""


def is_lot(name: str) -> bool:
    """Whether a lot can be called that. A name that says no month is read by everybody who serves the member."""
    return _NAMES.fullmatch(name) is not None


def disagree(postings: Iterable[Posting], moves: Iterable[RightsMove], business_id: UUID) -> bool:
    """Whether a lot is posted under another kind or unit than its own, changes by another amount than its counters do,
    or holds money lent above rights that is not of this very sale."""
    left: Counter[tuple[UUID | None, str]] = Counter()
    for posting in postings:
        if not posting.lot:
            continue
        kind = lot_account(posting.lot)
        if posting.account != kind or _UNITS.get(kind) != posting.unit or not is_lot(posting.lot):
            return True
        left[posting.subject, posting.lot] += posting.amount
    for move in moves:
        if not is_lot(move.lot) or (move.counter == "K" and move.lot != risk_lot(business_id)):
            return True
        if move.counter in ("T", "S"):
            left[move.subject, move.lot] += move.amount if move.counter == "T" else -move.amount
    return any(left.values())
