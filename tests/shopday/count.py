"""The plain-Python count of a day: what one who watches the counter with pencil and paper would have written down.

Nothing here knows the till's code. A deed writes down what the customer handed over and took away; at the end of a
shift the drawer must hold what this says, and every slip must say it too.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One deed that leaves a slip: its number there, what it was, and its money in fen. `tenders` are what came in
    (> 0) or went out (< 0) by kind; `total_fen` is what stands on the slip as its sum."""

    receipt_number: str
    kind: str
    total_fen: int
    tenders: dict[str, int]
    handed_over_fen: int = 0


@dataclass(slots=True)
class ShiftCount:
    """One shift at one till."""

    cashier_id: str
    float_fen: int
    cash_fen: int = 0
    sales: int = 0
    sales_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    refunds_without_receipt: int = 0
    refunds_without_receipt_fen: int = 0
    top_ups: int = 0
    top_ups_fen: int = 0
    withdrawals_fen: int = 0
    cash_in_fen: int = 0
    cash_out_fen: int = 0
    drawer_openings: int = 0
    deposits_taken_fen: int = 0
    deposits_used_fen: int = 0
    deposits_returned_fen: int = 0
    tenders: Counter[str] = field(default_factory=Counter)
    slips: list[Noted] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cash_fen += self.float_fen

    def note(self, noted: Noted) -> None:
        """Something with a slip of its own was done."""
        self.slips.append(noted)
        for kind, amount_fen in noted.tenders.items():
            self._move(kind, amount_fen)
        match noted.kind:
            case "sale":
                self.sales += 1
                self.sales_fen += noted.total_fen
            case "refund":
                self.refunds += 1
                self.refunds_fen += noted.total_fen
            case "refund_without_receipt":
                self.refunds_without_receipt += 1
                self.refunds_without_receipt_fen += noted.total_fen
            case "top_up":
                self.top_ups += 1
                self.top_ups_fen += noted.total_fen
            case "top_up_cancelled":
                self.top_ups_fen -= noted.total_fen
            case "order_taken":
                self.deposits_taken_fen += noted.total_fen
            case "order_cancelled":
                self.deposits_returned_fen += noted.total_fen
            case "withdrawal":
                self.withdrawals_fen += noted.total_fen
            case _:
                pass

    def relabel(self, was: str, became: str, amount_fen: int) -> None:
        """A payment was recorded as another one than it was."""
        self._move(was, -amount_fen)
        self._move(became, amount_fen)

    def move_cash(self, amount_fen: int) -> None:
        """Into the drawer (> 0) or out of it (< 0), beside all trade."""
        self.cash_fen += amount_fen
        self.cash_in_fen += max(0, amount_fen)
        self.cash_out_fen += max(0, -amount_fen)

    def _move(self, kind: str, amount_fen: int) -> None:
        if kind == "deposit":  # it came in when the order was taken
            self.deposits_used_fen += amount_fen
            return
        self.tenders[kind] += amount_fen
        if kind == "cash":
            self.cash_fen += amount_fen


NOTES_FEN = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10)


def in_notes(amount_fen: int) -> list[int]:
    """How many of each note and coin make this amount, largest first."""
    numbers = []
    for value in NOTES_FEN:
        number, amount_fen = divmod(amount_fen, value)
        numbers.append(number)
    assert amount_fen == 0, "cash is rounded to a jiao in this store"
    return numbers
