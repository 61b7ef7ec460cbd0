"""Reading: exact prices, every oddity by its rule, and one bad row that costs one row."""

import gzip
from pathlib import Path

import pytest

from tests.replay.reader import ExactPrice, Row, Unreadable, open_text, read_rows
from tests.replay.spool import Spool
from tests.replay.synthetic import HEADER, NOT_ROWS


def read(*lines: str) -> list[Row | Unreadable]:
    return list(read_rows([f"{HEADER}\n", *(f"{line}\n" for line in lines)]))


def one(line: str) -> Row:
    (row,) = read(line)
    assert isinstance(row, Row)
    return row


def test_a_row_is_read_exactly() -> None:
    row = one("536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom")

    assert (row.invoice, row.goods, row.quantity, row.member, row.store) == (
        "536365",
        "85123A",
        6,
        "17850",
        "United Kingdom",
    )
    assert row.at_ms == 1_291_191_960_000
    assert (row.amount_fen, row.excluded_as) == (1530, "")


@pytest.mark.parametrize(
    ("price", "quantity", "amount_fen"),
    [
        ("2.55", 6, 1530),
        ("0.001", 4, 0),
        ("0.001", 5, 1),
        ("1.245", 1, 125),
        ("1.2450", 2, 249),
        ("3", 7, 2100),
        ("0", 9, 0),
    ],
)
def test_amounts_are_rounded_half_up_to_the_penny(price: str, quantity: int, amount_fen: int) -> None:
    row = one(f"1,G,N,{quantity},2010-12-01 08:26:00,{price},,France")

    assert row.amount_fen == amount_fen
    fen, per_milli = row.price.amount_fen_and_milli
    assert (2 * fen * quantity * 1000 + per_milli) // (2 * per_milli) == amount_fen


def test_equal_prices_are_equal_however_they_are_written() -> None:
    prices = {one(f"1,G,N,1,2010-12-01 08:26:00,{text},,France").price for text in ("2.5", "2.50", "2.500")}

    assert prices == {ExactPrice(250)}


@pytest.mark.parametrize(
    ("invoice", "quantity", "price", "reason"),
    [
        ("536365", 1, "1.00", ""),
        ("536365", 0, "1.00", "stock_movement"),
        ("536365", -3, "1.00", "stock_movement"),
        ("536365", 3, "0.00", ""),
        ("536365", 3, "-1.00", "adjustment"),
        ("C536365", -3, "1.00", ""),
        ("C536365", 3, "1.00", "stock_movement"),
        ("C536365", 0, "1.00", "stock_movement"),
        ("A536365", 1, "1.00", "adjustment"),
        ("A536365", 1, "-1.00", "adjustment"),
    ],
)
def test_what_counts_and_what_does_not(invoice: str, quantity: int, price: str, reason: str) -> None:
    assert one(f"{invoice},G,N,{quantity},2010-12-01 08:26:00,{price},,France").excluded_as == reason


@pytest.mark.parametrize("line", NOT_ROWS)
def test_a_row_that_cannot_be_read_costs_itself_alone(line: str) -> None:
    good = "1,G,GOOD,1,2010-12-01 08:26:00,2.55,,France"

    rows = read(good, line, good, good)

    assert [isinstance(row, Row) for row in rows] == [True, False, True, True]
    assert [row.number for row in rows] == [1, 2, 3, 4]


def test_names_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    lines = ['1,G,"A, ""B""\nC",1,2010-12-01 08:26:00,2.55,,France', "2,G,CAF\xc9,1,2010-12-01 08:26:00,2.55,,France"]
    path.write_bytes(gzip.compress("\n".join((HEADER, *lines)).encode("latin-1")))

    with open_text(path) as text:
        rows = list(read_rows(text))

    assert [row.name for row in rows if isinstance(row, Row)] == ['A, "B"\nC', "CAF\ufffd"]


def test_columns_are_found_by_name_and_missed_by_name() -> None:
    (row,) = read_rows(["Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo\n",
                        "France,12346.0,1.5,2010-12-01 08:26:00,2,N,G,7\n"])  # fmt: skip
    assert isinstance(row, Row)
    assert (row.invoice, row.member, row.amount_fen) == ("7", "12346", 300)

    with pytest.raises(ValueError, match="UnitPrice"):
        next(read_rows(["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,CustomerID,Country\n"]))


def test_an_invoice_takes_store_member_and_time_from_its_first_kept_row(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.fill(
        read(
            "7,G,N,-1,2010-12-01 08:00:00,1.0,11.0,Nowhere",
            "8,G,N,1,2010-12-01 09:00:00,1.0,,EIRE",
            "7,G,N,1,2010-12-01 10:00:00,1.0,12.0,France",
            "9,G,N,-1,2010-12-01 10:00:00,1.0,13.0,Norway",
            "7,H,N,1,2010-12-01 07:00:00,1.0,14.0,EIRE",
        )
    )

    first, second = spool.invoices()

    assert [row.goods for row in second.rows] == ["G", "H"]
    assert (first.number, second.number, second.store, second.member) == ("8", "7", "France", "12")
    assert (spool.count(), spool.members(), spool.stores()) == (2, ["12"], ["EIRE", "France"])
    assert dict(spool.excluded) == {"stock_movement": 2}
    spool.close()
