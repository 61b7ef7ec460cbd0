"""Sheets of printed coupons: a CSV for a printing house, or QR codes on pages, as PDF or PNG.

A QR of 220 letters and digits needs paper: four and a half centimetres, fifteen of them on a page of A4.
"""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from hq_sync_server.office.rights.printed import PrintedCode
from shared_models.refusals import Refusal
from shared_models.resources import resource_path

DOTS_PER_INCH = 200
PAGE = (1654, 2339)  # A4
ACROSS, DOWN = 3, 5
QR_DOTS = 360
_MARGIN_DOTS = 60
_WORDS_DOTS = 30
_CELL = ((PAGE[0] - 2 * _MARGIN_DOTS) // ACROSS, (PAGE[1] - 2 * _MARGIN_DOTS) // DOWN)


def write(path: Path, coupons: Sequence[PrintedCode], store_name: str) -> int:
    """Write a sheet by its file's ending, which `check_place` has seen; how many pages it has (0 for CSV). Refuses
    `place_unusable`."""
    writers: dict[str, Callable[[Path, Sequence[PrintedCode], str], int]] = {
        ".csv": _write_csv, ".pdf": _write_pdf, ".png": _write_png,
    }  # fmt: skip
    writer = writers[path.suffix.lower()]
    try:
        return writer(path, coupons, store_name)
    except OSError as error:
        raise Refusal("place_unusable", path=str(path), reason=error.strerror or str(error)) from error


def check_place(path: Path, count: int) -> None:
    """Whether a sheet for so many coupons can be written there: asked before any is issued. A file that is there is not
    overwritten: it may be the only copy of coupons. Refuses `sheet_unknown`, `file_exists`, `place_unusable`, and
    `sheet_too_many` for a picture of more than one page."""
    if path.suffix.lower() not in {".csv", ".pdf", ".png"}:
        raise Refusal("sheet_unknown", path=str(path))
    if path.exists():
        raise Refusal("file_exists", path=str(path))
    if not path.parent.is_dir():
        raise Refusal("place_unusable", path=str(path.parent), reason="no such folder")
    if path.suffix.lower() == ".png" and count > ACROSS * DOWN:
        raise Refusal("sheet_too_many", count_max=ACROSS * DOWN)


def _write_csv(path: Path, coupons: Sequence[PrintedCode], store_name: str) -> int:
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "name", "store", "valid_from", "valid_to"))
        for one in coupons:
            rows.writerow((one.code, one.terms.name, store_name, one.terms.valid_from, one.terms.valid_to))
    return 0


def _write_pdf(path: Path, coupons: Sequence[PrintedCode], store_name: str) -> int:
    pages = _pages(coupons, store_name)
    with path.open("xb") as file:
        pages[0].save(file, "PDF", resolution=DOTS_PER_INCH, save_all=True, append_images=pages[1:])
    return len(pages)


def _write_png(path: Path, coupons: Sequence[PrintedCode], store_name: str) -> int:
    (page,) = _pages(coupons, store_name)
    with path.open("xb") as file:
        page.save(file, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return 1


def _pages(coupons: Sequence[PrintedCode], store_name: str) -> list[Image.Image]:
    font = ImageFont.truetype(str(resource_path("fonts/tillbook-sans-regular.otf")), _WORDS_DOTS)
    pages = []
    for begin in range(0, len(coupons), ACROSS * DOWN):
        page = Image.new("1", PAGE, 1)
        draw = ImageDraw.Draw(page)
        for place, one in enumerate(coupons[begin : begin + ACROSS * DOWN]):
            left = _MARGIN_DOTS + place % ACROSS * _CELL[0]
            top = _MARGIN_DOTS + place // ACROSS * _CELL[1]
            code = _qr(one.code)
            page.paste(code, (left + (_CELL[0] - code.width) // 2, top))
            until = f"{store_name}  {one.terms.valid_to}".strip()
            for line, words in enumerate((one.terms.name, until)):
                middle = left + _CELL[0] // 2
                draw.text((middle, top + QR_DOTS + line * (_WORDS_DOTS + 6)), words, font=font, fill=0, anchor="ma")
        pages.append(page)
    return pages


def _qr(text: str) -> Image.Image:
    """The QR in whole dots, so that no edge is blurred, as large as the place allows."""
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    qr.add_data(text)
    qr.make(fit=True)
    modules = qr.get_matrix()
    small = Image.new("1", (len(modules), len(modules)), 1)
    small.putdata([0 if dark else 1 for row in modules for dark in row])
    dots = max(1, QR_DOTS // len(modules)) * len(modules)
    return small.resize((dots, dots), Image.Resampling.NEAREST)
