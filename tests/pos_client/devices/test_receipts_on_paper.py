"""A receipt goes out as bytes and is read back the way a printer reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pos_client.devices.escpos_painter import paint
from pos_client.devices.receipt_document import (
    Barcode,
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    QrCode,
    ReceiptDocument,
    Rule,
    Text,
)
from pos_client.devices.receipt_layout import LaidLine, layout, text_width, wrap
from tests.pos_client.devices.escpos_reader import read_back

WIDTHS = (32, 48)


def _receipt() -> ReceiptDocument:
    return ReceiptDocument(
        "sale",
        (
            DrawerPulse(),
            Text("麦香烘焙 滨江店", "centre", "large"),
            Rule(),
            Columns(("全麦吐司 450g 无添加蔗糖特别大号家庭装", "2", "16.80", "33.60")),
            Columns(("农夫山泉 550ml", "1", "2.00", "2.00")),
            Columns(("应付", "¥35.60"), "bold"),
            Barcode("R021-47"),
            QrCode("https://例.cn/发票?n=R021-47"),
            Feed(2),
            Cut(),
        ),
    )


@pytest.mark.parametrize("columns", WIDTHS)
def test_text_amounts_and_codes_arrive_at_the_printer(columns: int) -> None:
    paper = read_back(paint(_receipt(), columns))

    assert "麦香烘焙 滨江店" in paper.text
    assert [line.split() for line in paper.lines if "550ml" in line] == [["农夫山泉", "550ml", "1", "2.00", "2.00"]]
    assert any(line.endswith("￥35.60") and line.startswith("应付") for line in paper.lines)
    assert paper.barcodes == ["R021-47"]
    assert paper.qr_codes == ["https://例.cn/发票?n=R021-47"]
    assert (paper.cuts, paper.drawer_pulses) == (1, 1)


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_is_wider_than_the_paper(columns: int) -> None:
    paper = read_back(paint(_receipt(), columns))

    for line, (_align, _bold, large) in zip(paper.lines, paper.styles, strict=True):
        assert len(line.encode("gb18030")) * (2 if large else 1) <= columns


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_name_too_long_for_its_column_gets_lines_of_its_own(columns: int) -> None:
    lines = [item.text for item in layout(_receipt(), columns) if isinstance(item, LaidLine)]

    start = next(index for index, line in enumerate(lines) if line.startswith("全麦吐司"))
    amounts = next(index for index, line in enumerate(lines) if line.endswith("33.60"))
    name = "".join(lines[start:amounts])

    assert amounts > start
    assert name.replace(" ", "") == "全麦吐司450g无添加蔗糖特别大号家庭装"
    assert lines[amounts].split() == ["2", "16.80", "33.60"]
    assert text_width(lines[amounts]) == columns


def test_style_and_place_reach_the_printer_and_end_again() -> None:
    paper = read_back(paint(_receipt(), 48))
    by_line = dict(zip(paper.lines, paper.styles, strict=True))

    assert by_line["麦香烘焙 滨江店"] == ("centre", True, True)
    assert by_line["-" * 48] == ("left", False, False)


def test_words_stay_whole_and_closing_marks_never_begin_a_line() -> None:
    assert wrap("Thank you for shopping here", 12) == ["Thank you", "for shopping", "here"]
    assert wrap("谢谢惠顾，欢迎", 8) == ["谢谢惠", "顾，欢迎"]


@given(some.text(alphabet=some.sampled_from("ab 麦香，。·1×"), max_size=80), some.sampled_from(WIDTHS))
def test_wrapping_loses_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrap(text, columns)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line) <= columns for line in lines)


@given(
    some.lists(some.text(alphabet=some.sampled_from("ab麦香 19."), min_size=1, max_size=30), min_size=1, max_size=4),
    some.sampled_from(WIDTHS),
)
def test_columns_never_lose_a_cell(cells: list[str], columns: int) -> None:
    document = ReceiptDocument("any", (Columns(tuple(cells)),))

    lines = [item.text for item in layout(document, columns) if isinstance(item, LaidLine)]

    assert "".join(lines).replace(" ", "") == "".join(cells).replace(" ", "")
    assert all(text_width(line) <= columns for line in lines)


def test_a_character_no_printer_has_is_replaced_and_not_lost_with_the_receipt() -> None:
    paper = read_back(paint(ReceiptDocument("any", (Text("生日 \U0001f382 快乐\ud800"),)), 48))

    assert paper.lines[0].startswith("生日")
    assert "快乐?" in paper.lines[0]
