"""The till's ledger behind one door: what happened here, on disk, hash-chained, before the screen says so.

The only room of the till that speaks SQL. Checkout, reports and sync call it; the screens never do.
"""

from pos_client.ledger.answers import (
    Applied,
    ChainHead,
    ClockState,
    CouponFigure,
    LaneRequest,
    LotFigure,
    MemberFigure,
    PostingSum,
    SavedBasket,
    ShiftState,
    SyncState,
    TillIdentity,
    VerdictRow,
)
from pos_client.ledger.copies import backup, restore
from pos_client.ledger.ledger import Ledger
from pos_client.ledger.verify import Finding, VerifyReport, verify

__all__ = [
    "Applied",
    "ChainHead",
    "ClockState",
    "CouponFigure",
    "Finding",
    "LaneRequest",
    "Ledger",
    "LotFigure",
    "MemberFigure",
    "PostingSum",
    "SavedBasket",
    "ShiftState",
    "SyncState",
    "TillIdentity",
    "VerdictRow",
    "VerifyReport",
    "backup",
    "restore",
    "verify",
]
