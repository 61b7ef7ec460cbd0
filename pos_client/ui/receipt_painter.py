"""Paints a receipt with Qt: the preview on the screen and the PDF, from the same document as the printer's bytes.

Measures are in points of a slip that is `SLIP_WIDTH` wide; a PDF page is as long as what is on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPaintEvent,
    QPdfWriter,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from pos_client.devices.receipt_document import (
    Align,
    Barcode,
    Columns,
    Feed,
    Picture,
    QrCode,
    ReceiptDocument,
    Rule,
    Text,
    TextStyle,
)
from pos_client.ui.theme import till_font
from shared_models.refusals import Refusal

SLIP_WIDTH = 300.0
MARGIN = 16.0
_LINE_HEIGHT = {"normal": 19.0, "bold": 20.0, "large": 30.0}
_PIXELS: dict[TextStyle, int] = {"normal": 13, "bold": 13, "large": 21}
_BARCODE_HEIGHT = 46.0
_QR_SIZE = 120.0
_SLIP_WIDTH_MM = 80.0
_LOGO_WIDTH_MAX = 200.0
_LOGO_HEIGHT_MAX = 125.0
_FLAGS: dict[Align, Qt.AlignmentFlag] = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "centre": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight,
}
# Where the right edges of a row's cells lie, by the number of cells: names have the most room.
_EDGES = {2: (1.0,), 3: (0.66, 1.0), 4: (0.54, 0.76, 1.0)}


@dataclass(frozen=True, slots=True)
class _Words:
    """One line of text within the slip."""

    left: float
    width: float
    text: str
    align: Align
    style: TextStyle


@dataclass(frozen=True, slots=True)
class _Band:
    """A strip across the slip: some words side by side, or one code, or nothing but its height."""

    height: float
    words: tuple[_Words, ...] = ()
    code: Picture | Barcode | QrCode | None = None
    has_rule: bool = False


@cache
def _font(style: TextStyle) -> QFont:
    return till_font(_PIXELS[style], bold=style != "normal")


@cache
def _metrics(style: TextStyle) -> QFontMetricsF:
    return QFontMetricsF(_font(style))


def _wrapped(text: str, width: float, style: TextStyle) -> Iterator[str]:
    """Lines no wider than `width`: Latin words stay whole where they fit."""
    metrics = _metrics(style)
    for paragraph in text.split("\n"):
        line = ""
        for character in paragraph:
            if line and metrics.horizontalAdvance(line + character) > width:
                head, space, tail = line.rpartition(" ")
                breaks_word = character.isascii() and not character.isspace() and space and tail.isascii()
                yield head if breaks_word else line.rstrip()
                line = tail if breaks_word else ""
            line += character
        yield line.rstrip()


def _text_bands(item: Text, width: float) -> Iterator[_Band]:
    for line in _wrapped(item.text, width, item.style):
        yield _Band(_LINE_HEIGHT[item.style], (_Words(MARGIN, width, line, item.align, item.style),))


def _cell_bands(cells: Sequence[str], width: float, style: TextStyle) -> Iterator[_Band]:
    """The first cell at the left, the others with fixed right edges; a long first cell gets lines of its own."""
    if len(cells) == 1:
        yield from _text_bands(Text(cells[0], "left", style), width)
        return
    first, *others = cells
    metrics = _metrics(style)
    edges = _EDGES.get(len(cells), tuple((place + 1) / len(others) for place in range(len(others))))
    right = []
    for cell, edge in zip(others, edges, strict=True):
        cell_width = metrics.horizontalAdvance(cell) + 2
        right.append(_Words(MARGIN + width * edge - cell_width, cell_width, cell, "right", style))
    room = min(words.left for words in right) - MARGIN - 6
    height = _LINE_HEIGHT[style]
    if metrics.horizontalAdvance(first) <= room:
        yield _Band(height, (_Words(MARGIN, room + 6, first, "left", style), *right))
        return
    yield from _text_bands(Text(first, "left", style), width)
    yield _Band(height, tuple(right))


def _bands(document: ReceiptDocument) -> Iterator[_Band]:
    width = SLIP_WIDTH - 2 * MARGIN
    for item in document.items:
        match item:
            case Text():
                yield from _text_bands(item, width)
            case Columns():
                yield from _cell_bands(item.cells, width, item.style)
            case Rule():
                yield _Band(13.0, has_rule=True)
            case Picture():
                height = _logo_size(item).height()
                yield _Band(height + 8.0 if height else 0.0, code=item)
            case Barcode():
                yield _Band(_BARCODE_HEIGHT + 30.0, code=item)
            case QrCode():
                yield _Band(_QR_SIZE + 14.0, code=item)
            case Feed():
                yield _Band(12.0 * item.lines)
            case _:
                pass


def _logo_size(item: Picture) -> QSizeF:
    """How large a logo is on the slip; nothing where the file is no picture."""
    size = QSizeF(QImage.fromData(item.png).size())
    factor = min(1.0, _LOGO_WIDTH_MAX / max(1.0, size.width()), _LOGO_HEIGHT_MAX / max(1.0, size.height()))
    return size * factor


def slip_height(document: ReceiptDocument) -> float:
    """How long the slip is, in the same points as SLIP_WIDTH."""
    return _height(_bands(document))


def _height(bands: Iterable[_Band]) -> float:
    return sum(band.height for band in bands) + 2 * MARGIN


def paint_slip(painter: QPainter, document: ReceiptDocument) -> None:
    """Paint the slip with its upper left corner at the origin, black on whatever is there."""
    _paint(painter, _bands(document))


def _paint(painter: QPainter, bands: Iterable[_Band], seen: QRect | None = None) -> None:
    """All of it, or no more than what touches the part that is seen."""
    painter.setPen(QColor("black"))
    top = MARGIN
    for band in bands:
        if seen is None or (top <= seen.bottom() + 1 and top + band.height >= seen.top()):
            _paint_band(painter, band, top)
        top += band.height


def _paint_band(painter: QPainter, band: _Band, top: float) -> None:
    for words in band.words:
        painter.setFont(_font(words.style))
        flags = int(_FLAGS[words.align] | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
        painter.drawText(QRectF(words.left, top, words.width, band.height), flags, words.text)
    if band.has_rule:
        painter.drawLine(int(MARGIN), int(top + 6), int(SLIP_WIDTH - MARGIN), int(top + 6))
    if isinstance(band.code, Barcode):
        _paint_barcode(painter, band.code.text, top + 4)
    elif isinstance(band.code, QrCode):
        _paint_qr(painter, band.code.text, top + 7)
    elif isinstance(band.code, Picture):
        size = _logo_size(band.code)
        place = QRectF((SLIP_WIDTH - size.width()) / 2, top, size.width(), size.height())
        painter.drawPixmap(place, QPixmap.fromImage(QImage.fromData(band.code.png)), QRectF())


def _paint_barcode(painter: QPainter, text: str, top: float) -> None:
    # Here, as below: a till that starts does not wait for it. Of the package and not of its module `codex`: a printer's
    # thread may be loading the package, and whoever comes from the other side gets half of it.
    from barcode import Code128

    modules: str = Code128(text).build()[0]
    width = SLIP_WIDTH - 2 * MARGIN
    module = max(1.0, min(2.0, int(width / (len(modules) + 20) * 4) / 4))
    left = (SLIP_WIDTH - module * len(modules)) / 2
    for place, bit in enumerate(modules):
        if bit == "1":
            painter.fillRect(QRectF(left + place * module, top, module, _BARCODE_HEIGHT), QColor("black"))
    painter.setFont(_font("normal"))
    painter.drawText(QRectF(0, top + _BARCODE_HEIGHT + 2, SLIP_WIDTH, 20), Qt.AlignmentFlag.AlignHCenter, text)


def _paint_qr(painter: QPainter, text: str, top: float) -> None:
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    module = _QR_SIZE / len(rows)
    left = (SLIP_WIDTH - _QR_SIZE) / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    for row, bits in enumerate(rows):
        for column, is_dark in enumerate(bits):
            if is_dark:
                painter.fillRect(QRectF(left + column * module, top + row * module, module, module), QColor("black"))
    painter.restore()


def load_codes() -> None:
    """What the first barcode, the first QR code and the first long scan would wait for (a payment code, say, which is
    judged key by key on the window's thread). Off that thread, when the till stands."""
    import biip.gs1_messages
    import biip.upc  # noqa: F401 - loaded, not used
    from barcode import Code128  # noqa: F401 - loaded, not used
    from qrcode.main import QRCode  # noqa: F401 - loaded, not used


def slip_picture(document: ReceiptDocument, scale: float = 1.0) -> QPixmap:
    """The slip as a picture: white paper, for the preview."""
    bands = tuple(_bands(document))
    picture = QPixmap(round(SLIP_WIDTH * scale), round(_height(bands) * scale))
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    _paint(painter, bands)
    painter.end()
    return picture


class SlipView(QWidget):
    """The slip on the screen, as long as it is. Only what is in sight is painted: of 200 lines a seventh is."""

    def __init__(self, document: ReceiptDocument) -> None:
        super().__init__()
        self._bands = tuple(_bands(document))
        self.setFixedSize(round(SLIP_WIDTH), round(_height(self._bands)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor("white"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint(painter, self._bands, event.rect())
        painter.end()


def save_pdf(documents: Sequence[ReceiptDocument], folder: Path, name: str) -> Path:
    """The slips as a file of this name; where it is. Refuses `folder_not_writable(folder)`."""
    path = folder / f"{name}.pdf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_pdf(documents, path)
    except OSError:
        raise Refusal("folder_not_writable", folder=str(folder)) from None
    return path


def write_pdf(documents: Sequence[ReceiptDocument], path: Path) -> None:
    """One page a slip, 80 mm wide and as long as it needs to be. Raises OSError where the file cannot be written."""
    writer = QPdfWriter(str(path))
    writer.setResolution(600)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter()
    for number, document in enumerate(documents):
        length_mm = slip_height(document) / SLIP_WIDTH * _SLIP_WIDTH_MM
        size = QPageSize(
            QSizeF(_SLIP_WIDTH_MM, length_mm), QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch
        )
        writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
        if number == 0:
            if not painter.begin(writer):
                raise OSError(f"{path} cannot be written")
        else:
            writer.newPage()
            painter.resetTransform()
        factor = writer.width() / SLIP_WIDTH
        painter.scale(factor, factor)
        paint_slip(painter, document)
    if painter.isActive():
        painter.end()
