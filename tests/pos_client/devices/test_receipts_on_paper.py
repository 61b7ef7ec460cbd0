"""A receipt goes out as bytes and is read back the way a printer reads them."""

import io

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from pos_client.devices.escpos_painter import paint
from pos_client.devices.receipt_document import (
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


LONG_NAME = "北海道戚风蛋糕六寸双层芒果慕斯限定款礼盒"
RARE = ("生日 \U0001f382 快乐", "㼆记茶铺", "\ud800", "𠮷野家")


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_name_of_twenty_chinese_characters_comes_back_with_its_amount(columns: int) -> None:
    assert len(LONG_NAME) == 20
    rows = tuple(Columns((LONG_NAME, str(count), "16.80", f"{count * 16.8:.2f}")) for count in (1, 12, 999))
    paper = read_back(paint(ReceiptDocument("sale", rows), columns))

    assert paper.text.replace("\n", "").replace(" ", "").count(LONG_NAME) == 3
    amounts = [line.split() for line in paper.lines if "16.80" in line]
    assert [cells[-3:] for cells in amounts] == [
        ["1", "16.80", "16.80"],
        ["12", "16.80", "201.60"],
        ["999", "16.80", "16783.20"],
    ]


@pytest.mark.parametrize("columns", WIDTHS)
def test_only_a_line_that_the_printer_cannot_set_becomes_a_picture(columns: int) -> None:
    document = ReceiptDocument("any", (Text("麦香烘焙"), *(Text(words) for words in RARE), Text("谢谢惠顾")))
    paper = read_back(paint(document, columns))

    assert paper.lines == ["麦香烘焙", "谢谢惠顾"]
    assert len(paper.pictures) == len(RARE)
    for picture in paper.pictures:
        assert picture.width == columns * 12
        assert 0 in picture.convert("L").getextrema()  # some of it is black


def test_the_dots_of_a_line_are_its_characters() -> None:
    """The known character looks the same beside a rare one as without it."""
    with_rare = read_back(paint(ReceiptDocument("any", (Text("麦香㼆"),)), 32)).pictures[0]
    known = read_back(paint(ReceiptDocument("any", (Text("麦香"),)), 32, "raster")).pictures[0]

    assert with_rare.crop((0, 0, 48, 30)).tobytes() == known.crop((0, 0, 48, 30)).tobytes()
    assert with_rare.tobytes() != known.tobytes()


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_printer_without_chinese_gets_all_of_it_as_dots_and_its_codes_are_read_by_a_scanner(columns: int) -> None:
    paper = read_back(paint(_receipt(), columns, "raster"))

    assert "".join(paper.lines).strip() == ""  # feeds alone
    assert {found.text for found in zxingcpp.read_barcodes(paper.picture.convert("L"))} == {
        "R021-47",
        "https://例.cn/发票?n=R021-47",
    }
    assert (paper.cuts, paper.drawer_pulses) == (1, 1)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize(
    "code", ["R021-47W", "R0211-1234567W", "M7K2Q9ABCDEFG0123456789", "C" + "0123456789ABCDEFGHJKMNPQRSTVWXYZ" * 6]
)
def test_every_kind_of_code_is_read_back_from_its_dots(columns: int, code: str) -> None:
    codes: tuple[Barcode | QrCode, ...] = (QrCode(code),) if len(code) > 24 else (QrCode(code), Barcode(code))
    paper = read_back(paint(ReceiptDocument("any", codes), columns, "raster"))

    found = [zxingcpp.read_barcodes(picture.convert("L")) for picture in paper.pictures]
    assert [each.text for one in found for each in one] == [code] * len(codes)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("text", ["R021-47W", "R0211-12345-7KXQ2W", "R0211-123456789012-7KXQ2W"])
def test_bars_that_do_not_fit_the_paper_are_a_qr_code(columns: int, text: str) -> None:
    """What is too wide, a printer leaves out: 11 modules a character, start, check, stop and the quiet zones; bars of
    one dot are too narrow for many scanners."""
    job = paint(ReceiptDocument("any", (Barcode(text),)), columns)
    paper = read_back(job)
    if (len(text) * 11 + 55) * 2 <= columns * 12:
        assert (job[job.index(b"\x1dw") + 2], paper.barcodes, paper.qr_codes) == (2, [text], [])
    else:
        assert (paper.barcodes, paper.qr_codes, paper.lines[-1].strip()) == ([], [text], text)


@pytest.mark.parametrize("length", [10, 60, 220, 900])
@pytest.mark.parametrize("columns", WIDTHS)
def test_a_qr_code_of_any_length_fits_the_paper_with_its_border(columns: int, length: int) -> None:
    document = ReceiptDocument("any", (QrCode("A" * length),))
    (module,) = read_back(paint(document, columns)).qr_module_dots
    (picture,) = read_back(paint(document, columns, "raster")).pictures
    black = Image.eval(picture.convert("L"), lambda value: 255 - value).getbbox()

    assert black is not None
    modules = (black[2] - black[0]) // module  # both ways choose the same size
    assert (modules + 8) * module <= columns * 12
    assert module >= 3 or length > 220
    assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == ["A" * length]


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_logo_is_printed_in_the_middle_and_made_to_fit(columns: int) -> None:
    logo = Image.new("RGBA", (1200, 300), (0, 0, 0, 0))
    logo.paste((0, 0, 0, 255), (100, 50, 1100, 250))
    paper = read_back(paint(ReceiptDocument("any", (Picture(_png(logo)), Text("麦香烘焙"))), columns))

    (picture,) = paper.pictures
    black = Image.eval(picture.convert("L"), lambda value: 255 - value).getbbox()
    assert black is not None
    assert abs((black[0] + black[2]) / 2 - columns * 6) <= 1
    assert picture.height == 96
    assert paper.lines == ["麦香烘焙"]


@pytest.mark.parametrize("spoilt", [b"", b"not a picture", _png(Image.new("1", (8, 8)))[:40]])
def test_a_logo_that_is_none_is_left_out_and_the_receipt_is_printed(spoilt: bytes) -> None:
    paper = read_back(paint(ReceiptDocument("any", (Picture(spoilt), Text("麦香烘焙"))), 48))

    assert (paper.pictures, paper.lines) == ([], ["麦香烘焙"])


@pytest.mark.parametrize("order", ["\x1bp\x00\x19\x32", "\x10\x14\x01\x00\x01", "\x1dV\x00", "\t", "\n", "\x7f"])
def test_what_is_an_order_to_printers_is_a_blank_in_a_name(order: str) -> None:
    """A name out of somebody's sheet would open the drawer with every slip, or leave its column."""
    painted = paint(ReceiptDocument("sale", (Columns((f"吐司{order}特价", "8.00")),)), 48)

    blank = "".join(character if character.isprintable() else " " for character in order)
    line = read_back(painted).lines[0]
    assert (line.startswith(f"吐司{blank}特价"), line.endswith(" 8.00"), text_width(line)) == (True, True, 48)
    assert order.encode() not in painted.removesuffix(b"\n")[-48:]
