"""All slips of a morning, with names of twenty Chinese characters, at both widths: what the printer's bytes say is what
is in the book, to the fen, and every code on them is read by a scanner.
"""

import re
from contextlib import suppress

import pytest
import zxingcpp
from msgspec.structs import replace

from pos_client.checkout.reprints import reprinted
from pos_client.devices.escpos_painter import paint
from pos_client.devices.receipt_document import Barcode, QrCode, ReceiptDocument
from pos_client.devices.receipt_layout import COLUMNS_58_MM, COLUMNS_80_MM
from shared_models.bodies import Body, Refund, Sale, TopUp
from shared_models.refusals import Refusal
from shared_models.resources import translations
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    EIGHT_OFF,
    GOODS,
    WANG,
    WANG_CARD,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)
from tests.pos_client.checkout.morning import FLOAT_FEN, Morning
from tests.pos_client.devices.escpos_reader import Paper, read_back

WIDTHS = (COLUMNS_58_MM, COLUMNS_80_MM)
LONG = "冷藏日式北海道戚风蛋糕六寸双层芒果慕斯限"
_AMOUNT = re.compile(r"-?\d+\.\d\d$")


@pytest.fixture
def slips(bakery: Bakery) -> list[tuple[Body, ReceiptDocument]]:
    """What a seeded morning printed, each with the fact it is of."""
    bakery.tell(
        *(
            bakery.row("goods", goods.goods_id, replace(goods, name=LONG[: 20 - len(str(place))] + str(place)))
            for place, goods in enumerate(GOODS)
        )
    )
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    bakery.checkout.set_language(translations("zh_CN").gettext)
    bakery.cashier()
    bakery.checkout.shifts.open(FLOAT_FEN)
    morning = Morning(bakery.checkout, bakery.ledger, {ZHOU_CARD: ZHOU, WANG_CARD: WANG}, "on paper")
    for _ in range(24):
        bakery.clock.advance(60_000)
        morning.visit()
        morning.step()
    printed = []
    for entry in bakery.ledger.entries():
        body = bakery.ledger.body_of(entry)
        assert body is not None
        with suppress(Refusal):  # an entry that prints nothing of its own
            printed += [(body, document) for document in reprinted(bakery.checkout._desk, body)]
    return printed


def _amount_fen(paper: Paper, words: str) -> list[int]:
    """The amounts at the right end of the lines that begin with these words."""
    found = [(line, _AMOUNT.search(line)) for line in paper.lines if line.startswith(words)]
    return [round(float(amount.group()) * 100) for _line, amount in found if amount is not None]


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_printer_s_bytes_say_what_is_in_the_book(slips: list[tuple[Body, ReceiptDocument]], columns: int) -> None:
    kinds = set()
    for body, document in slips:
        paper = read_back(paint(document, columns))
        assert all(len(line.encode("gbk")) <= columns for line in paper.lines)
        kinds.add(type(body).__name__)
        if isinstance(body, Sale):
            text = re.sub(r"\s", "", paper.text)
            assert all(text.count(line.name) >= 1 for line in body.lines)
            assert all(len(line.name) == 20 for line in body.lines)
            assert _amount_fen(paper, "合计") == [body.total_fen]
            rows = [line for line in paper.lines if _AMOUNT.search(line)]
            for line in body.lines:
                assert any(row.endswith(f" {line.list_amount_fen / 100:.2f}") for row in rows)
        elif isinstance(body, Refund):
            assert _amount_fen(paper, "退款") == [body.total_fen]
        elif isinstance(body, TopUp):
            assert body.principal_fen in _amount_fen(paper, "充值")
    assert {"Sale", "Refund", "TopUp"} <= kinds


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_code_of_every_kind_of_slip_is_read_from_its_dots(
    slips: list[tuple[Body, ReceiptDocument]], columns: int
) -> None:
    newest = {document.name: document for _body, document in slips}
    assert len(newest) >= 4
    for document in newest.values():
        codes = {item.text for item in document.items if isinstance(item, Barcode | QrCode)}
        paper = read_back(paint(document, columns, "raster"))
        assert {found.text for found in zxingcpp.read_barcodes(paper.picture.convert("L"))} == codes, document.name
        in_text = read_back(paint(document, columns))
        assert {*in_text.barcodes, *in_text.qr_codes} == codes
