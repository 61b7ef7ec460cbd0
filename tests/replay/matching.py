"""Which earlier line a refunded row takes back: same member, goods and price, with enough left, oldest first.

Plain Python over the file's own words; it knows nothing of what the product thinks is left.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.replay.reader import ExactPrice, Row

Sale = TypeVar("Sale")


@dataclass(slots=True)
class SoldLine(Generic[Sale]):
    """A line that was sold, and how many pieces of it have not come back."""

    sale: Sale
    line_number: int
    left: int


class SoldLines(Generic[Sale]):
    """Every line sold to a member so far."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, ExactPrice], list[SoldLine[Sale]]] = defaultdict(list)

    def sold(self, member: str, row: Row, sale: Sale, line_number: int) -> None:
        """Remember a line, in the order of selling."""
        self._lines[member, row.goods, row.price].append(SoldLine(sale, line_number, row.quantity))

    def take(self, member: str | None, row: Row) -> SoldLine[Sale] | None:
        """The line that this refund row takes back (its pieces are gone from it afterwards), if there is one."""
        if member is None:
            return None
        for line in self._lines.get((member, row.goods, row.price), ()):
            if line.left >= -row.quantity:
                line.left += row.quantity
                return line
        return None
