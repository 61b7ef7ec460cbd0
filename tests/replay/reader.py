"""Reading the file: a row at a time, exact to the last decimal, and an unreadable row stops nobody.

Only this module knows what the columns look like; everything behind it sees `Row`.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TextIO, cast

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
QUOTED_LINES_MAX = 20
DECIMALS_MAX = 9
DIGITS_MAX = 9
BLANKS = frozenset({"", "nan"})


@dataclass(frozen=True, slots=True)
class ExactPrice:
    """`units` / 10^`decimals` pounds, without trailing zeros, so that equal prices are equal. At least two decimals."""

    units: int
    decimals: int = 2

    @property
    def amount_fen_and_milli(self) -> tuple[int, int]:
        """(pence, per how many thousandths of a piece): 0.001 pounds is 1 penny for 10 pieces."""
        return self.units, 1000 * 10 ** (self.decimals - 2)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was written. `member` is the id without its `.0`, None where blank."""

    number: int
    invoice: str
    goods: str
    name: str
    quantity: int
    at_ms: int
    price: ExactPrice
    member: str | None
    store: str

    @property
    def amount_fen(self) -> int:
        """|quantity| x price, rounded half up to the penny."""
        scale: int = 10 ** (self.price.decimals - 2)
        return (2 * abs(self.quantity) * abs(self.price.units) + scale) // (2 * scale)

    @property
    def is_refund(self) -> bool:
        return self.invoice.startswith("C")

    @property
    def excluded_as(self) -> str:
        """Why the row does not count; '' when it does."""
        if self.price.units < 0 or (self.invoice[0].isalpha() and not self.is_refund):
            return "adjustment"
        if (self.quantity >= 0) if self.is_refund else (self.quantity <= 0):
            return "stock_movement"
        return ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be understood, by its number (the first row after the header is 1)."""

    number: int
    reason: str


def open_text(path: Path) -> TextIO:
    """The file, plain or gzipped. Bytes that are no UTF-8 become a replacement character: names may hold some."""
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline=""))
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def read_rows(lines: Iterable[str]) -> Iterator[Row | Unreadable]:
    """Rows in the order of the file. Raises ValueError when the first line does not name the columns."""
    stream = iter(lines)
    header = next(csv.reader([next(stream, "")]), [])
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ValueError(f"the first line names no column {', '.join(missing)}")
    places = [header.index(name) for name in COLUMNS]
    for number, fields in enumerate(_records(stream, len(header)), start=1):
        if fields is None:
            yield Unreadable(number, "columns")
            continue
        try:
            yield _row(number, [fields[place].strip() for place in places])
        except ValueError as problem:
            yield Unreadable(number, str(problem))


def _records(stream: Iterator[str], width: int) -> Iterator[list[str] | None]:
    """Records of `width` fields, None for what is none. A quote that nobody closes spoils its own line alone."""
    while True:
        line = next(stream, None)
        if line is None:
            return
        if not line.strip():
            continue
        if line.count('"') % 2 == 0:
            yield _fields(line, width)
            continue
        # A field with line breaks in it, or a stray quote: it is a record only if some next line completes it.
        following = list(islice(stream, QUOTED_LINES_MAX))
        for count in range(1, len(following) + 1):
            together = "".join((line, *following[:count]))
            fields = _fields(together, width) if together.count('"') % 2 == 0 else None
            if fields is not None:
                yield fields
                stream = chain(following[count:], stream)
                break
        else:
            yield None
            stream = chain(following, stream)


def _fields(text: str, width: int) -> list[str] | None:
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 and len(records[0]) == width else None


def _row(number: int, fields: list[str]) -> Row:
    invoice, goods, name, quantity, at, price, member, store = fields
    if not invoice:
        raise ValueError("InvoiceNo")
    if not store:
        raise ValueError("Country")
    return Row(
        number=number,
        invoice=invoice,
        goods=goods or "-",
        name=name,
        quantity=_whole_number(quantity, "Quantity"),
        at_ms=_moment_ms(at),
        price=_price(price),
        member=None if member.lower() in BLANKS else str(_whole_number(member, "CustomerID")),
        store=store,
    )


def _whole_number(text: str, column: str) -> int:
    whole, _, fraction = text.partition(".")
    digits = whole.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or fraction.strip("0") or len(digits) > DIGITS_MAX:
        raise ValueError(column)
    return int(whole)


def _moment_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("InvoiceDate") from None
    return round(moment.replace(tzinfo=UTC).timestamp()) * 1000


def _price(text: str) -> ExactPrice:
    negative = text.startswith("-")
    whole, _, fraction = text.removeprefix("-").partition(".")
    digits = whole + fraction
    fraction = fraction.rstrip("0").ljust(2, "0")
    if not (digits.isascii() and digits.isdigit()) or len(fraction) > DECIMALS_MAX or len(whole) > DIGITS_MAX:
        raise ValueError("UnitPrice")
    units = int((whole or "0") + fraction)
    return ExactPrice(-units if negative else units, len(fraction))
