"""A receipt as PDF, read back: its words, its barcode and its QR code are those of the document."""

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pos_client.devices.receipt_document import Barcode, Columns, Cut, Picture, QrCode, ReceiptDocument, Rule, Text
from pos_client.ui.receipt_painter import slip_height, write_pdf
from pos_client.ui.theme import load_fonts
from tests.pos_client.checkout.bakery import BREAD
from tests.screens.conftest import Shop

SLIP = ReceiptDocument(
    "sale",
    (
        Text("麦香烘焙", "centre", "large"),
        Columns(("全麦吐司 450g", "2", "16.80", "33.60")),
        Columns(("一个名字长到一行里放不下的手工限定礼盒装蛋糕", "1", "128.00", "128.00")),
        Rule(),
        Columns(("合计", "161.60"), "large"),
        Barcode("R021-3K"),
        QrCode("https://fp.example.cn/021-3?a=161.60"),
        Cut(),
    ),
)


@pytest.fixture
def page(tmp_path: Path, qapp: QApplication) -> tuple[str, Image.Image]:
    """The text and the picture of the PDF's first page."""
    load_fonts()
    path = tmp_path / "slip.pdf"
    write_pdf([SLIP, SLIP], path)
    document = pypdfium2.PdfDocument(path)
    try:
        assert len(document) == 2
        first = document[0]
        return first.get_textpage().get_text_range(), first.render(scale=4).to_pil()
    finally:
        document.close()


def test_the_words_can_be_read_back(page: tuple[str, Image.Image]) -> None:
    text, _picture = page
    for words in ("麦香烘焙", "全麦吐司", "33.60", "128.00", "合计", "161.60", "R021-3K"):
        assert words in text


def test_barcode_and_qr_code_can_be_read_back(page: tuple[str, Image.Image]) -> None:
    _text, picture = page
    found = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert found == {"R021-3K", "https://fp.example.cn/021-3?a=161.60"}


def test_a_logo_is_on_the_page_and_one_that_is_no_picture_takes_no_room(tmp_path: Path, qapp: QApplication) -> None:
    load_fonts()
    file = io.BytesIO()
    Image.new("RGB", (200, 100), "black").save(file, "PNG")
    with_logo = ReceiptDocument("sale", (Picture(file.getvalue()), *SLIP.items))
    write_pdf([with_logo], tmp_path / "slip.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "slip.pdf")
    try:
        picture = document[0].render(scale=2).to_pil().convert("L")
    finally:
        document.close()

    top = picture.crop((0, 0, picture.width, picture.height // 6))
    assert sum(1 for value in top.tobytes() if value < 64) > 0.2 * len(top.tobytes())
    assert slip_height(ReceiptDocument("sale", (Picture(b"none"), *SLIP.items))) == slip_height(SLIP)


def test_the_page_is_as_long_as_what_is_on_it(qapp: QApplication) -> None:
    load_fonts()
    assert slip_height(ReceiptDocument("x", SLIP.items * 2)) > 1.8 * slip_height(SLIP)


def test_the_receipt_of_a_sale_is_saved_by_a_key(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F3)
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)

    (path,) = (shop.settings.ledger_folder.parent / "receipts").glob("*.pdf")
    assert str(path) in shop.till.window.notice.text
    document = pypdfium2.PdfDocument(path)
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    assert "全麦吐司" in text
    assert "16.80" in text
