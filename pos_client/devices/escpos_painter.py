"""Paints a receipt as ESC/POS bytes: what a receipt printer at the counter understands.

Text goes out as GB18030 in the printer's Chinese mode. Codes are drawn by the printer itself, sharper and faster than
pictures. Nothing is sent anywhere here: see `printer`.
"""

from typing import assert_never

from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy

from pos_client.devices.receipt_document import (
    Align,
    Barcode,
    Cut,
    DrawerPulse,
    Feed,
    QrCode,
    ReceiptDocument,
    TextStyle,
)
from pos_client.devices.receipt_layout import COLUMNS_80_MM, LaidLine, layout

_INITIALISE = b"\x1b@"
_CHINESE_MODE = b"\x1c&"
_BARCODE_HEIGHT = b"\x1dh\x50"
_BARCODE_NARROW = b"\x1dw\x02"
_BARCODE_TEXT_BELOW = b"\x1dH\x02"
_CODE128 = 73
_ALIGN: dict[Align, str] = {"left": "left", "centre": "center", "right": "right"}
# Signs that GBK printers lack, though GB18030 has a four-byte code for them.
_SUBSTITUTES = str.maketrans({"¥": "￥", "−": "-", "–": "-", "\u00a0": " "})


class _Paper(Dummy):  # type: ignore[misc]  # python-escpos ships no types
    """python-escpos collecting its bytes, with what it has no public call for."""

    def begin(self) -> None:
        self._raw(_INITIALISE + _CHINESE_MODE)

    def style(self, align: Align, style: TextStyle) -> None:
        large = style == "large"
        self.set(
            align=_ALIGN[align],
            bold=style != "normal",
            double_width=large,
            double_height=large,
            normal_textsize=not large,
        )

    def line(self, text: str) -> None:
        self._raw(text.translate(_SUBSTITUTES).encode("gb18030", errors="replace") + b"\n")

    def code128(self, text: str) -> None:
        # Its own barcode() speaks on standard output, and its Code 128 leaves the choice of the code set to the caller.
        symbols = b"{B" + text.encode("ascii").replace(b"{", b"{{")
        self._raw(_BARCODE_HEIGHT + _BARCODE_NARROW + _BARCODE_TEXT_BELOW)
        self._raw(b"\x1dk" + bytes((_CODE128, len(symbols))) + symbols)


def paint(document: ReceiptDocument, columns: int = COLUMNS_80_MM) -> bytes:
    """The bytes of one document at 32 (58 mm) or 48 (80 mm) columns."""
    paper = _Paper()
    paper.begin()
    for item in layout(document, columns):
        match item:
            case LaidLine():
                paper.style(item.align, item.style)
                paper.line(item.text)
            case Barcode():
                paper.style("centre", "normal")
                paper.code128(item.text)
            case QrCode():
                paper.style("centre", "normal")
                paper.qr(item.text, ec=QR_ECLEVEL_M, size=6, native=True)
            case Feed():
                paper.print_and_feed(item.lines)
            case Cut():
                paper.cut()
            case DrawerPulse():
                paper.cashdraw(2)
            case _:
                assert_never(item)
    output: bytes = paper.output
    return output
