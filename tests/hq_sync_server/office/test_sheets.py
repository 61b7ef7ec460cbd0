"""Sheets that people bring: whatever a cell holds, the row is taken as meant or told by its number."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hq_sync_server.office.goods import goods
from hq_sync_server.office.sheets import sheets
from hq_sync_server.office.sheets.sheets import Problem, SheetRow, read_amount_fen
from shared_models.refusals import Refusal
from shared_models.sales import Price

COLUMNS = {"phone": ("手机号",), "name": ("姓名",), "points": ("积分",)}


def _rows(path: Path) -> list[SheetRow | Problem]:
    return list(sheets.sheet_rows(sheets.open_sheet(path), COLUMNS, ("phone",)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_may_come_as_spreadsheets_here_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "members.csv"
    path.write_text("姓名,手机号\r\n王小麦,13800005678\r\n", encoding=encoding, newline="")

    (row,) = _rows(path)

    assert isinstance(row, SheetRow)
    assert (row.row_number, row.text("name"), row.text("phone")) == (2, "王小麦", "13800005678")


def test_a_wrong_row_is_told_by_the_number_the_spreadsheet_shows_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text('phone,name\n1,a\n2\n\n3,"b\nc"\n4,d,e\n5,f\n', encoding="utf-8")

    rows = _rows(path)

    problems = [(row.row_number, row.refusal.code) for row in rows if isinstance(row, Problem)]
    assert problems == [(3, "cells_miscounted"), (6, "cells_miscounted")]
    assert [row.text("phone") for row in rows if isinstance(row, SheetRow)] == ["1", "3", "5"]


def test_a_quote_that_never_ends_costs_its_row_alone_and_not_the_program(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text('phone,name\n1,a\n2,"b\n', encoding="utf-8")

    rows = _rows(path)

    assert [row.refusal.code for row in rows if isinstance(row, Problem)] == ["row_unreadable"]
    assert [row.text("phone") for row in rows if isinstance(row, SheetRow)] == ["1"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"name\nx\n", "columns_missing"), (b"", "columns_missing"), (b"\xff\xff\xff", "file_unreadable")],
)
def test_a_file_that_is_no_sheet_is_refused_as_a_whole(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(content)

    with pytest.raises(Refusal) as refused:
        _rows(path)

    assert refused.value.code == code


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        sheets.open_sheet(tmp_path / "nowhere.csv")
    assert refused.value.code == "file_not_found"


@given(st.integers(min_value=0, max_value=10**13))
def test_an_amount_written_in_yuan_is_read_to_the_fen(fen: int) -> None:
    for text in (
        f"{fen // 100}.{fen % 100:02d}",
        f"{fen // 100:,}.{fen % 100:02d}",
        f"¥{fen // 100}.{fen % 100:02d}元",
    ):
        assert read_amount_fen(text) == fen


def test_full_width_figures_of_an_input_method_are_figures() -> None:
    assert read_amount_fen("￥１，２３４．５") == 123_450


@pytest.mark.parametrize("text", ["12.345", "-1", "1e3", "12,3", "1.2.3", "十二", "٣", "1 2", "NaN"])
def test_what_is_no_amount_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_amount_fen(text, "price")
    assert refused.value.code == "amount_invalid"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-05-06", "1990-05-06"),
        ("1990/5/6", "1990-05-06"),
        ("19900506", "1990-05-06"),
        ("1990年5月6日", "1990-05-06"),
    ],
)
def test_a_birthday_is_read_as_people_write_it(text: str, day: str) -> None:
    assert SheetRow(2, {"birthday": text}).day("birthday") == day


@pytest.mark.parametrize("text", ["1990-13-01", "1990-02-30", "05-06", "yesterday"])
def test_a_day_that_never_was_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        SheetRow(2, {"birthday": text}).day("birthday")
    assert refused.value.code == "date_invalid"


def test_fruit_priced_by_the_jin_is_weighed_and_keeps_its_spoken_price() -> None:
    row = SheetRow(2, {"goods_id": "F1", "name": "红富士苹果", "unit": "斤", "price": "8.99", "tax_rate": "9%"})

    article = goods.read_goods_row(row)

    assert (article.unit, article.weighed, article.price) == ("jin", True, Price(899, 500))
    assert (article.pinyin, article.tax_rate_basis_points) == ("hfspg", 900)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"barcodes": "6901234567890"}, "barcode_check_digit"),
        ({"barcodes": "69 01"}, "barcode_invalid"),
        ({"price": ""}, "price_missing"),
        ({"unit": "斗"}, "unit_unknown"),
        ({"goods_id": ""}, "goods_id_invalid"),
        ({"name": ""}, "name_missing"),
        ({"weighed": "perhaps"}, "yes_or_no_invalid"),
        ({"tax_rate": "1300"}, "tax_rate_invalid"),
    ],
)
def test_an_article_that_could_not_be_sold_is_refused(cells: dict[str, str], code: str) -> None:
    row = SheetRow(2, {"goods_id": "B1", "name": "原味吐司", "price": "12.80"} | cells)

    with pytest.raises(Refusal) as refused:
        goods.read_goods_row(row)

    assert refused.value.code == code
