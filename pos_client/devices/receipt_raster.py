"""Lines, codes and pictures as dots, for what a printer cannot set itself.

The bundled font draws nearly everything that is said in a shop; for a rarer character the system's fonts are asked,
and where none of them has it either, a box stands in its place, so that the name around it can still be read.
"""

import io
from functools import cache, lru_cache
from pathlib import Path

from barcode import Code128
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from pos_client.devices.receipt_layout import DOTS_A_COLUMN, LaidLine, text_width
from shared_models.resources import resource_path

LINE_DOTS = 30
_CHARACTER_DOTS = 24
_QUIET_MODULES = 10
_BARCODE_DOTS = 80
_BARCODE_MODULE_DOTS_MAX = 3
_QR_MODULE_DOTS_MAX = 6
_QR_BORDER_MODULES = 4
_PICTURE_WIDTH_MAX = 384
_PICTURE_HEIGHT_MAX = 240
_SYSTEM_FONTS = (
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/simsunb.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/seguisym.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)


def dots(picture: Image.Image) -> bytes:
    """A one-bit picture as the bytes of `GS v 0`: which print it where the head of the line stands."""
    width_bytes = (picture.width + 7) // 8
    black = Image.new("1", (width_bytes * 8, picture.height), 1)
    black.paste(picture, (0, 0))
    rows = bytes(byte ^ 0xFF for byte in black.tobytes())
    return b"\x1dv0\x00" + width_bytes.to_bytes(2, "little") + picture.height.to_bytes(2, "little") + rows


def line_picture(line: LaidLine, columns: int) -> Image.Image:
    """One line as wide as the paper, each character in the cells that the printer would give it."""
    scale = 2 if line.style == "large" else 1
    width = columns * DOTS_A_COLUMN
    picture = Image.new("1", (width, LINE_DOTS * scale), 1)
    brush = ImageDraw.Draw(picture)
    left = {"left": 0, "centre": 0.5, "right": 1.0}[line.align]
    at = int((width - text_width(line.text) * DOTS_A_COLUMN * scale) * left)
    for character in line.text:
        room = text_width(character) * DOTS_A_COLUMN * scale
        if room and not character.isspace():
            font = _font_for(character, _CHARACTER_DOTS * scale, is_bold=line.style != "normal")
            if font is None:
                brush.rectangle((at + 3, 3 * scale, at + room - 4, 23 * scale), outline=0, width=scale)
            else:
                beside = max(0, (room - int(font.getlength(character))) // 2)
                brush.text((at + beside, 22 * scale), character, fill=0, font=font, anchor="ls")
        at += room
    return picture


def barcode_picture(text: str, columns: int) -> Image.Image:
    """Code 128 in the middle of the paper with its text beneath."""
    modules: str = Code128(text).build()[0]
    width = columns * DOTS_A_COLUMN
    module = max(1, min(_BARCODE_MODULE_DOTS_MAX, width // (len(modules) + 2 * _QUIET_MODULES)))
    picture = Image.new("1", (width, _BARCODE_DOTS + LINE_DOTS), 1)
    brush = ImageDraw.Draw(picture)
    left = (width - module * len(modules)) // 2
    for place, bit in enumerate(modules):
        if bit == "1":
            at = left + place * module
            brush.rectangle((at, 4, at + module - 1, _BARCODE_DOTS - 1), fill=0)
    picture.paste(line_picture(LaidLine(text, "centre"), columns), (0, _BARCODE_DOTS))
    return picture


def qr_module_dots(modules: int, columns: int) -> int:
    """How large a module of a QR code may be, so that the code with its border fits the paper; up to a good size. What
    is too wide, a printer leaves out without a word."""
    return max(1, min(_QR_MODULE_DOTS_MAX, columns * DOTS_A_COLUMN // modules))


def qr_rows(text: str) -> list[list[bool]]:
    """The modules of a QR code with its border."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=_QR_BORDER_MODULES)
    code.add_data(text)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def qr_picture(text: str, columns: int) -> Image.Image:
    """A QR code in the middle of the paper, as large as fits."""
    rows = qr_rows(text)
    width = columns * DOTS_A_COLUMN
    module = qr_module_dots(len(rows), columns)
    picture = Image.new("1", (width, module * len(rows)), 1)
    brush = ImageDraw.Draw(picture)
    left = (width - module * len(rows)) // 2
    for down, bits in enumerate(rows):
        for across, is_dark in enumerate(bits):
            if is_dark:
                at = left + across * module
                brush.rectangle((at, down * module, at + module - 1, (down + 1) * module - 1), fill=0)
    return picture


def logo_picture(png: bytes, columns: int) -> Image.Image | None:
    """A picture in the middle of the paper, made to fit; None where the file is no picture."""
    try:
        with Image.open(io.BytesIO(png)) as opened:
            opened.load()
            seen = Image.alpha_composite(Image.new("RGBA", opened.size, "white"), opened.convert("RGBA")).convert("L")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        return None
    factor = min(1.0, _PICTURE_WIDTH_MAX / seen.width, _PICTURE_HEIGHT_MAX / seen.height)
    seen = seen.resize((max(1, round(seen.width * factor)), max(1, round(seen.height * factor))))
    width = columns * DOTS_A_COLUMN
    picture = Image.new("1", (width, seen.height), 1)
    picture.paste(seen.convert("1"), ((width - seen.width) // 2, 0))
    return picture


@lru_cache(maxsize=2_000)
def _font_for(character: str, size: int, *, is_bold: bool) -> ImageFont.FreeTypeFont | None:
    """The first font that can draw it."""
    bundled = str(resource_path(f"fonts/tillbook-sans-{'bold' if is_bold else 'regular'}.otf"))
    for path in (bundled, *_SYSTEM_FONTS):
        font = _font(path, size)
        if font is not None and _draws(font, character):
            return font
    return None


@cache
def _font(path: str, size: int) -> ImageFont.FreeTypeFont | None:
    return ImageFont.truetype(path, size) if Path(path).exists() else None


def _draws(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether it has the character: what it lacks looks like what nothing has."""
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd"))
