"""Paints a receipt as ESC/POS bytes: what a receipt printer at the counter understands.

Text goes out as GB18030 in the printer's Chinese mode; a line with a character that printers do not have goes out as a
picture. Codes are drawn by the printer itself, sharper and faster than pictures. Nothing is sent anywhere here: see
`printer`.
"""

from typing import assert_never

from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy
from PIL import Image

from pos_client.devices.receipt_document import (
    Align,
    Barcode,
    Cut,
    DrawerPulse,
    Feed,
    Picture,
    QrCode,
    ReceiptDocument,
    TextStyle,
)
from pos_client.devices.receipt_layout import (
    COLUMNS_80_MM,
    LaidItem,
    LaidLine,
    PaintMode,
    layout,
)
from pos_client.devices.receipt_raster import (
    barcode_picture,
    dots,
    line_picture,
    logo_picture,
    qr_module_dots,
    qr_picture,
    qr_rows,
)

_INITIALISE = b"\x1b@"
_CHINESE_MODE = b"\x1c&"
_BARCODE_HEIGHT = b"\x1dh\x50"
_BARCODE_NARROW = b"\x1dw\x02"
_BARCODE_TEXT_BELOW = b"\x1dH\x02"
_CUT = b"\x1dV\x42\x00"
_CODE128 = 73
_ALIGN: dict[Align, str] = {"left": "left", "centre": "center", "right": "right"}
# Signs that GBK printers lack, though GB18030 has a four-byte code for them; and what is no sign but an order to the
# printer (open the drawer, cut), when it stands in a name or a note that came out of a sheet.
_SUBSTITUTES = str.maketrans(
    {"¥": "￥", "−": "-", "–": "-", "\u00a0": " "} | dict.fromkeys(map(chr, (*range(32), 127)), " ")
)


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
        self._raw(text.translate(_SUBSTITUTES).encode("gbk") + b"\n")

    def cut_here(self) -> None:
        # Its own cut() feeds six lines first, on every receipt; this one feeds as far as the knife needs.
        self._raw(_CUT)

    def picture(self, picture: Image.Image) -> None:
        """Dots as wide as the paper: nothing of a line's style applies to them."""
        self._raw(dots(picture))

    def code128(self, text: str) -> None:
        # Its own barcode() speaks on standard output, and its Code 128 leaves the choice of the code set to the caller.
        symbols = b"{B" + text.encode("ascii").replace(b"{", b"{{")
        self._raw(_BARCODE_HEIGHT + _BARCODE_NARROW + _BARCODE_TEXT_BELOW)
        self._raw(b"\x1dk" + bytes((_CODE128, len(symbols))) + symbols)


def can_be_set(text: str) -> bool:
    """Whether a printer has all of these characters: those of GBK, which every Chinese printer sold since 2000 has."""
    try:
        text.translate(_SUBSTITUTES).encode("gbk")
    except UnicodeEncodeError:
        return False
    return "\u20ac" not in text  # its one byte in GBK is a control to printers


def paint(document: ReceiptDocument, columns: int = COLUMNS_80_MM, mode: PaintMode = "text") -> bytes:
    """The bytes of one document at 32 (58 mm) or 48 (80 mm) columns."""
    paper = _Paper()
    paper.begin()
    for item in layout(document, columns):
        if mode == "raster" and _as_dots(paper, item, columns):
            continue
        match item:
            case LaidLine() if not can_be_set(item.text):
                paper.style("left", "normal")
                paper.picture(line_picture(item, columns))
            case LaidLine():
                paper.style(item.align, item.style)
                paper.line(item.text)
            case Picture():
                _as_dots(paper, item, columns)
            case Barcode():
                paper.style("centre", "normal")
                paper.code128(item.text)
            case QrCode():
                paper.style("centre", "normal")
                size = qr_module_dots(len(qr_rows(item.text)), columns)
                paper.qr(item.text, ec=QR_ECLEVEL_M, size=size, native=True)
            case Feed():
                paper.print_and_feed(item.lines)
            case Cut():
                paper.cut_here()
            case DrawerPulse():
                paper.cashdraw(2)
            case _:
                assert_never(item)
    output: bytes = paper.output
    return output


def _as_dots(paper: _Paper, item: LaidItem, columns: int) -> bool:
    """Paint it as a picture, if it is something that has a look."""
    picture: Image.Image | None
    match item:
        case LaidLine():
            picture = line_picture(item, columns)
        case Barcode():
            picture = barcode_picture(item.text, columns)
        case QrCode():
            picture = qr_picture(item.text, columns)
        case Picture():
            picture = logo_picture(item.png, columns)
        case _:
            return False
    if picture is not None:
        paper.style("left", "normal")
        paper.picture(picture)
    return True
