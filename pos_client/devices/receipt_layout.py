"""Lays a receipt out in columns: the same lines for the ESC/POS painter, the preview and the tests.

A Chinese printer sets every character that is not ASCII in a cell of double width, so that is how widths are counted
here (a middle dot or a multiplication sign counts two, as on the paper).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pos_client.devices.receipt_document import (
    Align,
    Barcode,
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    Picture,
    QrCode,
    ReceiptDocument,
    Rule,
    Text,
    TextStyle,
)

COLUMNS_58_MM = 32
COLUMNS_80_MM = 48
DOTS_A_COLUMN = 12
"""At 203 dpi: 384 dots on 58 mm paper, 576 on 80 mm."""
PaintMode = Literal["text", "raster"]
"""`text`: the printer's own Chinese characters, pictures only for lines that it cannot set. `raster`: all of it as
pictures, for printers without Chinese."""
_NEVER_FIRST = frozenset("，。、；：！？）》」』】”’,.;:!?)]}%")
_CELL_INDENT = "  "


@dataclass(frozen=True, slots=True)
class LaidLine:
    """One line of text, at most as wide as the paper (half of it for `large`)."""

    text: str
    align: Align = "left"
    style: TextStyle = "normal"


LaidItem = LaidLine | Picture | Barcode | QrCode | Feed | Cut | DrawerPulse


def text_width(text: str) -> int:
    """How many columns a text takes."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    return 0 if unicodedata.combining(character) else 2


def wrap(text: str, columns: int) -> list[str]:
    """Lines no wider than `columns`: Latin words whole where they fit, Chinese anywhere but before closing marks."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph, columns):
            if text_width(line) + text_width(piece) <= columns:
                line += piece
                continue
            last = line[-1:]
            if piece in _NEVER_FIRST and last and not last.isspace():
                lines.append(line[:-1].rstrip())
                line = last + piece
            else:
                lines.append(line.rstrip())
                line = piece.lstrip()
        lines.append(line.rstrip())
    return lines


def _pieces(text: str, columns: int) -> Iterator[str]:
    """What may not be broken: a Latin word, one wide character, one space; words wider than the paper in parts."""
    word = ""
    for character in text:
        if character.isascii() and not character.isspace():
            word += character
            if len(word) == columns:
                yield word
                word = ""
            continue
        if word:
            yield word
            word = ""
        yield character
    if word:
        yield word


def layout(document: ReceiptDocument, columns: int) -> Iterator[LaidItem]:
    """The document line by line at this width."""
    for item in document.items:
        match item:
            case Text():
                width = columns // 2 if item.style == "large" else columns
                for line in wrap(item.text, width):
                    yield LaidLine(line, item.align, item.style)
            case Columns():
                width = columns // 2 if item.style == "large" else columns
                for line in _cells(item.cells, width):
                    yield LaidLine(line, "left", item.style)
            case Rule():
                yield LaidLine(item.character * (columns // text_width(item.character)))
            case Barcode() if _is_too_wide(item.text, columns):
                yield QrCode(item.text)
                yield LaidLine(item.text, "centre")
            case _:
                yield item


def _is_too_wide(text: str, columns: int) -> bool:
    """Whether bars of two dots, the narrowest that scanners like, would not fit: 11 modules a character, and 55 for
    start, check and stop with the quiet zones beside them. What does not fit, a printer leaves out without a word."""
    return (11 * len(text) + 55) * 2 > columns * DOTS_A_COLUMN


def _cells(cells: tuple[str, ...], columns: int) -> list[str]:
    """The first cell at the left, the others right-aligned at its side, or beneath it where that is too tight."""
    if len(cells) == 1:
        return wrap(cells[0], columns)
    first, *others = cells
    least, least_last = (9, 10) if columns >= COLUMNS_80_MM else (5, 8)
    right = "".join(_right_aligned(cell, max(least, text_width(cell) + 1)) for cell in others[:-1])
    right += _right_aligned(others[-1], max(least_last, text_width(others[-1]) + 1))
    room = columns - text_width(right)
    if text_width(first) <= room:
        return [first + " " * (room - text_width(first)) + right]
    if len(others) == 1 and room >= columns // 2:
        lines = wrap(first, room)
        last = lines[-1]
        return [*lines[:-1], last + " " * (room - text_width(last)) + right]
    beneath = right.strip()
    if text_width(beneath) > columns - len(_CELL_INDENT):
        return [*wrap(first, columns), *(line for cell in others for line in wrap(cell, columns))]
    return [*wrap(first, columns), " " * (columns - text_width(beneath)) + beneath]


def _right_aligned(text: str, width: int) -> str:
    return " " * (width - text_width(text)) + text
