"""A made-up file with every oddity of the real ones, by a seed, and what should be read from it.

The expectation is added up while the file is written, from what was meant and not from what the reader makes of it.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
# Price as written, and in thousandths of a penny.
PRICES = {
    "2.55": 255_000,
    "0.85": 85_000,
    "12.5": 1_250_000,
    "0.001": 100,
    "0.0": 0,
    "1.245": 124_500,
    "295": 29_500_000,
}
COUNTRIES = ("United Kingdom", "United Kingdom", "United Kingdom", "France", "EIRE")
NAMES = ("WHITE HEART", '"SET, OF 3 ""TINS"""', "NIGHT LIGHT", "", "CAF\ufffd SIGN")
NOT_ROWS = (
    "536365,85123A,BROKEN,six,2010-12-01 08:26:00,2.55,17850.0,France",
    "536365,85123A,BROKEN,6,yesterday,2.55,17850.0,France",
    "536365,85123A,BROKEN,6,2010-12-01 08:26:00,2.5.5,17850.0,France",
    "536365,85123A,BROKEN,6,2010-12-01 08:26:00,2.55",
    '536365,85123A,"BROKEN,6,2010-12-01 08:26:00,2.55,17850.0,France',
    "536365,85123A,BROKEN,6.5,2010-12-01 08:26:00,2.55,17850.0,France",
    "536365,85123A,BROKEN,6,2010-12-01 08:26:00,2.55,someone,France",
    ",85123A,BROKEN,6,2010-12-01 08:26:00,2.55,17850.0,France",
)


@dataclass(slots=True)
class Expected:
    """What a replay of the file must say."""

    figures: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    gross_by_store: Counter[str] = field(default_factory=Counter)
    members: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Writer:
    """Writes rows and remembers what they mean."""

    chance: random.Random
    expected: Expected = field(default_factory=Expected)
    lines: list[str] = field(default_factory=list)
    # (member, goods, price) -> pieces left of each line sold, oldest first
    sold: defaultdict[tuple[str, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    at: datetime = field(default_factory=lambda: datetime(2011, 3, 1, 8, 0, tzinfo=UTC))

    def row(self, invoice: str, goods: str, quantity: int, price: str, member: str, country: str) -> None:
        """One line of the file."""
        name = self.chance.choice(NAMES)
        written = f"{member}.0" if member else ""
        self.lines.append(
            f"{invoice},{goods},{name},{quantity},{self.at:%Y-%m-%d %H:%M:%S},{price},{written},{country}"
        )
        self.expected.figures["rows_read"] += 1

    def sale(self, number: int) -> None:
        """A sale, perhaps with rows that do not count."""
        chance = self.chance
        member = str(chance.randint(12_340, 12_352)) if chance.random() < 0.8 else ""
        country = chance.choice(COUNTRIES)
        kept = 0
        for _ in range(chance.randint(1, 6)):
            goods, price, quantity = f"G{chance.randint(1, 6)}", chance.choice(list(PRICES)), chance.randint(1, 30)
            for _ in range(2 if chance.random() < 0.1 else 1):  # exact duplicates count
                self.row(f"{number}", goods, quantity, price, member, country)
                kept += 1
                amount_fen = _half_up(quantity * PRICES[price])
                self.expected.figures["sale_lines"] += 1
                self.expected.figures["gross_minor"] += amount_fen
                self.expected.gross_by_store[country] += amount_fen
                if member:
                    self.sold[member, goods, price].append(quantity)
            if chance.random() < 0.05:
                self.row(f"{number}", goods, -chance.randint(0, 5), price, member, country)
                self.expected.excluded["stock_movement"] += 1
            if chance.random() < 0.05:
                self.row(f"{number}", goods, 1, "-11.25", member, country)
                self.expected.excluded["adjustment"] += 1
        self.expected.figures["sales"] += 1
        self._seen(member, country)

    def refund(self, number: int) -> None:
        """A refund: rows that match a sale, rows that do not, rows that do not count."""
        chance = self.chance
        known = [key for key, left in self.sold.items() if any(left)]
        member, country = ("", "France") if not known else (chance.choice(known)[0], chance.choice(COUNTRIES))
        for _ in range(chance.randint(1, 3)):
            mine = [key for key in known if key[0] == member]
            _, goods, price = chance.choice(mine) if mine and chance.random() < 0.7 else (member, "G1", "2.55")
            quantity = chance.randint(1, 12)
            self.row(f"C{number}", goods, -quantity, price, member, country)
            self.expected.figures["refund_lines"] += 1
            self.expected.figures["refund_minor"] += _half_up(quantity * PRICES[price])
            self._match(member, goods, price, quantity)
        if chance.random() < 0.3:
            self.row(f"C{number}", "G1", 3, "2.55", member, country)
            self.expected.excluded["stock_movement"] += 1
        self.expected.figures["refunds"] += 1
        self._seen(member, country)

    def _match(self, member: str, goods: str, price: str, quantity: int) -> None:
        lines = self.sold[member, goods, price] if member else []
        for place, left in enumerate(lines):
            if left >= quantity:
                lines[place] -= quantity
                self.expected.figures["refund_lines_with_receipt"] += 1
                return
        self.expected.figures["refund_lines_without"] += 1

    def _seen(self, member: str, country: str) -> None:
        if member:
            self.expected.members.add(member)
        self.expected.stores.add(country)

    def oddity(self, number: int) -> None:
        """An adjustment, an invoice of which nothing is left, or a row that cannot be read."""
        match self.chance.choice(("adjustment", "nothing left", "unreadable", "unreadable")):
            case "adjustment":
                self.row(f"A{number}", "B", 1, self.chance.choice(("-11062.06", "11062.06")), "", "United Kingdom")
                self.expected.excluded["adjustment"] += 1
            case "nothing left":
                self.row(f"{number}", "G1", -20, "0.0", "", "Nowhere")
                self.expected.excluded["stock_movement"] += 1
            case _:
                self.lines.append(self.chance.choice(NOT_ROWS))
                self.expected.figures["rows_read"] += 1
                self.expected.figures["unreadable"] += 1


def write_file(path: Path, seed: int, invoices: int) -> Expected:
    """Write a file of about so many invoices; what should be read from it."""
    writer = Writer(random.Random(seed))
    chance = writer.chance
    for number in range(500_000, 500_000 + invoices):
        writer.at += timedelta(minutes=chance.randint(1, 700))
        kind = chance.random()
        if kind < 0.72:
            writer.sale(number)
        elif kind < 0.9:
            writer.refund(number)
        else:
            writer.oddity(number)
    lines = list(writer.lines)
    # The rows of an invoice need not be adjacent: now and then one comes later than the rows after it.
    for place in range(len(lines) - 8):
        if ",,EIRE" in lines[place] or ",,France" in lines[place]:
            lines.insert(place + 5, lines.pop(place))
    text = "\n".join((HEADER, *lines)) + "\n"
    path.write_bytes(text.encode().replace("\ufffd".encode(), b"\xe9"))
    return writer.expected


def _half_up(thousandths: int) -> int:
    return (thousandths + 500) // 1000
