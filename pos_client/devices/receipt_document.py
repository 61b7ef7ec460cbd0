"""A receipt as one document: what is on it and in what order, whoever paints it (ESC/POS, PDF, preview).

The document knows no width and no device. Painters ask `receipt_layout` for lines of text at their number of columns.
"""

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "centre", "right"]
TextStyle = Literal["normal", "bold", "large"]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, wrapped to the paper. `large` is double width and height, so it holds half the columns."""

    text: str
    align: Align = "left"
    style: TextStyle = "normal"


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells side by side. The last one stands at the right edge; where all do not fit, the first gets lines of its own
    and the rest the line beneath it."""

    cells: tuple[str, ...]
    style: TextStyle = "normal"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    character: str = "-"


@dataclass(frozen=True, slots=True)
class Barcode:
    """Code 128 of an ASCII text, with the text beneath."""

    text: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code of a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper is cut here."""


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """The drawer opens."""


ReceiptItem = Text | Columns | Rule | Barcode | QrCode | Feed | Cut | DrawerPulse


@dataclass(frozen=True, slots=True)
class ReceiptDocument:
    """One slip. `name` says what it is (`sale`, `refund`, `top_up_customer`, ...) for files and logs."""

    name: str
    items: tuple[ReceiptItem, ...]
