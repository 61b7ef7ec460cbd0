"""A receipt as one document: what is on it and in what order, whoever paints it (ESC/POS, PDF, preview).

The document knows no width and no device. Painters ask `receipt_layout` for lines of text at their number of columns.
Documents can be written to a file and read again (msgspec), so that what a printer owes outlives the program.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Align = Literal["left", "centre", "right"]
TextStyle = Literal["normal", "bold", "large"]


class Text(Struct, frozen=True, tag=True):
    """A paragraph, wrapped to the paper. `large` is double width and height, so it holds half the columns."""

    text: str
    align: Align = "left"
    style: TextStyle = "normal"


class Columns(Struct, frozen=True, tag=True):
    """Cells side by side. The last one stands at the right edge; where all do not fit, the first gets lines of its own
    and the rest the line beneath it."""

    cells: tuple[str, ...]
    style: TextStyle = "normal"


class Rule(Struct, frozen=True, tag=True):
    """A line across the paper."""

    character: str = "-"


class Picture(Struct, frozen=True, tag=True):
    """A picture in the middle of the paper: the shop's logo. `png` is a PNG file, black on white, no wider than the
    narrowest paper (384 dots) or made so."""

    png: bytes


class Barcode(Struct, frozen=True, tag=True):
    """Code 128 of an ASCII text, with the text beneath; a QR code where its bars do not fit the paper."""

    text: str


class QrCode(Struct, frozen=True, tag=True):
    """A QR code of a text."""

    text: str


class Feed(Struct, frozen=True, tag=True):
    """Empty lines."""

    lines: int = 1


class Cut(Struct, frozen=True, tag=True):
    """The paper is cut here."""


class DrawerPulse(Struct, frozen=True, tag=True):
    """The drawer opens."""


ReceiptItem = Text | Columns | Rule | Picture | Barcode | QrCode | Feed | Cut | DrawerPulse


class ReceiptDocument(Struct, frozen=True):
    """One slip. `name` says what it is (`sale`, `refund`, `top_up_customer`, ...) for files and logs."""

    name: str
    items: tuple[ReceiptItem, ...]


def without_pulse(document: ReceiptDocument) -> ReceiptDocument:
    """The same slip, but the drawer stays shut: for whatever is printed later than it was asked for."""
    items = tuple(item for item in document.items if not isinstance(item, DrawerPulse))
    return document if len(items) == len(document.items) else replace(document, items=items)


def marked_again(document: ReceiptDocument, words: str) -> ReceiptDocument:
    """The same slip with these words above everything: the paper may have a part of it already."""
    mark = Text(words, "centre", "large")
    return document if mark in document.items else replace(document, items=(mark, *without_pulse(document).items))
