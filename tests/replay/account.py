"""A separate account of what happened, in plain Python: dictionaries and sums, nothing of the product.

The tills tell it each fact once it is in their ledger; it adds up the file's own words by its own arithmetic and keeps
what every member should have. In the end HQ and the tills are compared with it.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.replay.reader import Row

FEN_A_POINT_EARNED = 100
BONUS_FROM_FEN = 100_000
BONUS_PERCENT = 8


@dataclass(slots=True)
class Purse:
    """What a member should have. Points are net of what the member owes."""

    stored_fen: int = 0
    points: int = 0


@dataclass(slots=True)
class Split:
    """How a sale was paid, or what of it came back. `earning_fen` is money and principal."""

    stored_fen: int = 0
    earning_fen: int = 0
    other_fen: int = 0
    points_used: int = 0
    points_earned: int = 0

    @property
    def paid_fen(self) -> int:
        return self.stored_fen + self.other_fen

    def add(self, part: "Split") -> None:
        """Add another split to this one."""
        self.stored_fen += part.stored_fen
        self.earning_fen += part.earning_fen
        self.other_fen += part.other_fen
        self.points_used += part.points_used
        self.points_earned += part.points_earned

    def exceeds(self, whole: "Split") -> bool:
        """Whether more came back than there was."""
        return (
            self.stored_fen > whole.stored_fen
            or self.other_fen > whole.other_fen
            or self.points_used > whole.points_used
            or self.points_earned > whole.points_earned
        )


@dataclass(slots=True)
class SaleRecord:
    """A sale as the account knows it, with what has come back of it."""

    member: str | None
    pieces: dict[int, int]
    paid: Split
    returned: Split = field(default_factory=Split)


class Account:
    """Everything that was told, and what should follow from it."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.told_twice = 0
        self.purses: defaultdict[str, Purse] = defaultdict(Purse)
        self.sales: dict[str, SaleRecord] = {}
        self.sums: Counter[str] = Counter()
        self.gross_by_store: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.overdrawn: set[str] = set()
        self.invoices: dict[str, Counter[str]] = {"sales": Counter(), "refunds": Counter()}
        self.members: set[str] = set()
        self.topped_up: set[str] = set()
        self.stores: set[str] = set()

    told_types = frozenset({"sale", "refund", "refund_without_receipt", "top_up"})

    # --- what the file says -------------------------------------------------------------------------------------

    def invoice(self, number: str, is_refund: bool, member: str | None, store: str, rows: tuple[Row, ...]) -> None:
        """An invoice of the file, counted before anything is done with it."""
        kind, lines, amount = (
            ("refunds", "refund_lines", "refund_minor") if is_refund else ("sales", "sale_lines", "gross_minor")
        )
        total = sum(row.amount_fen for row in rows)
        self.invoices[kind][number] += 1
        self.sums[kind] += 1
        self.sums[lines] += len(rows)
        self.sums[amount] += total
        if not is_refund:
            self.gross_by_store[store] += total
        if member is not None:
            self.members.add(member)
        self.stores.add(store)

    # --- what the tills did -------------------------------------------------------------------------------------

    def fact(self, entry_type: str, business_id: str) -> None:
        """An entry that a till has in its ledger."""
        if business_id in self.facts:
            self.told_twice += 1
        self.facts[business_id] = entry_type

    def top_up(self, business_id: str, member: str, paid_fen: int, given_fen: int) -> None:
        """A top-up: the bonus is 8 % rounded down from 1,000 pounds on."""
        self.fact("top_up", business_id)
        self.topped_up.add(member)
        bonus_fen = paid_fen * BONUS_PERCENT // 100 if paid_fen >= BONUS_FROM_FEN else 0
        self._expect(given_fen == bonus_fen, f"top-up {business_id}: bonus {given_fen}, should be {bonus_fen}")
        self._move(member, paid_fen + bonus_fen, 0)
        self.sums["topped_up_minor"] += paid_fen

    def sale(self, business_id: str, member: str | None, rows: tuple[Row, ...], off_fen: int, paid: Split) -> None:
        """A sale: `off_fen` is what coupons and points took off the list amounts of these rows."""
        self.fact("sale", business_id)
        due_fen = sum(row.amount_fen for row in rows) - off_fen
        self._expect(paid.paid_fen == due_fen, f"sale {business_id}: paid {paid.paid_fen}, due {due_fen}")
        earned = paid.earning_fen // FEN_A_POINT_EARNED if member is not None else 0
        self._expect(
            paid.points_earned == earned, f"sale {business_id}: {paid.points_earned} points, should be {earned}"
        )
        self.sales[business_id] = SaleRecord(member, {i: row.quantity for i, row in enumerate(rows, start=1)}, paid)
        self.sums["paid_minor"] += paid.paid_fen
        self.sums["other_paid_minor"] += paid.other_fen
        if member is not None:
            self._move(member, -paid.stored_fen, earned - paid.points_used)

    def refund(self, business_id: str, sale_id: str, pieces: dict[int, int], returned: Split) -> None:
        """A refund with receipt: `returned` by the sale's own split; points_earned are those taken back or owed."""
        self.fact("refund", business_id)
        sale = self.sales[sale_id]
        for line_number, count in pieces.items():
            sale.pieces[line_number] -= count
            self._expect(sale.pieces[line_number] >= 0, f"refund {business_id}: line {line_number} more than sold")
        sale.returned.add(returned)
        self._expect(not sale.returned.exceeds(sale.paid), f"refund {business_id}: more than was paid")
        if not any(sale.pieces.values()):
            back, paid = sale.returned, sale.paid
            whole = (back.stored_fen, back.other_fen, back.points_used, back.points_earned) == (
                paid.stored_fen, paid.other_fen, paid.points_used, paid.points_earned,
            )  # fmt: skip
            self._expect(whole, f"refund {business_id}: everything is back but {paid} is not {back}")
        self.sums["returned_minor"] += returned.paid_fen
        self.sums["other_returned_minor"] += returned.other_fen
        if sale.member is not None:
            self._move(sale.member, returned.stored_fen, returned.points_used - returned.points_earned)

    def refund_without_receipt(self, business_id: str, rows: tuple[Row, ...], returned_fen: int) -> None:
        """Goods taken back at the rows' prices."""
        self.fact("refund_without_receipt", business_id)
        due_fen = sum(row.amount_fen for row in rows)
        self._expect(returned_fen == due_fen, f"refund {business_id}: gave {returned_fen}, due {due_fen}")
        self.sums["returned_minor"] += returned_fen
        self.sums["other_returned_minor"] += returned_fen

    def _move(self, member: str, stored_fen: int, points: int) -> None:
        purse = self.purses[member]
        purse.stored_fen += stored_fen
        purse.points += points
        if purse.stored_fen < 0:
            self.overdrawn.add(member)

    def _expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)
