"""What the customer takes home, read back from the printer's bytes at both widths of paper."""

from collections.abc import Callable

import pytest

from pos_client.checkout.views import DoneView
from pos_client.devices.escpos_painter import paint
from pos_client.devices.receipt_layout import COLUMNS_58_MM, COLUMNS_80_MM
from shared_models.bodies import Sale
from shared_models.codes import receipt_code
from shared_models.resources import translations
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    MANAGER_PIN,
    STORE_ID,
    WATER,
    ZHOU_CARD,
    Bakery,
)
from tests.pos_client.devices.escpos_reader import Paper, read_back

said = translations("zh_CN").gettext
WIDTHS = (COLUMNS_58_MM, COLUMNS_80_MM)


@pytest.fixture
def chinese(bakery: Bakery) -> Bakery:
    """The bakery prints in Chinese."""
    bakery.checkout.set_language(said)
    return bakery


def _paper(done: DoneView, columns: int, number: int = 0) -> Paper:
    return read_back(paint(done.documents[number], columns))


def _figures(paper: Paper) -> dict[str, str]:
    """First word of a line -> its last, so that a test reads like the receipt."""
    lines = [line.split() for line in paper.lines]
    return {words[0]: words[-1] for words in lines if len(words) > 1}


def _mixed_sale(bakery: Bakery) -> DoneView:
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    for code in (BREAD, BREAD, CROISSANT, CROISSANT, WATER):
        checkout.basket.scan(code)
    checkout.basket.use_coupon(EIGHT_OFF.token)
    checkout.basket.set_note("蜡烛另装")
    checkout.payment.pay_stored_value(2_000)
    checkout.payment.pay_cash(3_000)
    return checkout.payment.complete()


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_receipt_says_what_was_sold_why_it_cost_less_and_how_it_was_paid(chinese: Bakery, columns: int) -> None:
    done = _mixed_sale(chinese)
    paper = _paper(done, columns)
    figures = _figures(paper)
    (sale,) = chinese.written(Sale)

    assert "麦香烘焙" in paper.lines
    assert "滨江路 8 号" in paper.lines
    assert "谢谢惠顾" in paper.lines
    assert figures["第二件半价"] == "-4.75"
    assert figures["满30减8"].startswith("-")
    assert figures[said("Stored value")] == "20.00"
    assert figures[said("Member")] == "138****5678"
    assert figures[said("Change")] == f"{sale.tenders[1].change_fen / 100:.2f}"
    assert figures[said("Receipt")] == done.receipt_number
    assert said("Note: {note}").format(note="蜡烛另装") in paper.lines
    assert [*paper.qr_codes, *paper.barcodes][-1] == receipt_code(done.receipt_number, STORE_ID)
    paid_in_money = sale.tenders[1].amount_fen
    assert paper.qr_codes[:1] == [f"https://fp.example.cn/{done.receipt_number}?a={paid_in_money / 100:.2f}"]
    assert (paper.cuts, paper.drawer_pulses) == (1, 1)


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_amounts_on_paper_add_up(chinese: Bakery, columns: int) -> None:
    paper = _paper(_mixed_sale(chinese), columns)
    (sale,) = chinese.written(Sale)
    amounts = [round(float(line.split()[-1]) * 100) for line in _between_rules(paper)[1]]

    assert sum(amounts) == sale.total_fen


def _between_rules(paper: Paper) -> list[list[str]]:
    """The parts of a receipt between its lines across; only lines that end in an amount."""
    parts: list[list[str]] = [[]]
    for line in paper.lines:
        if set(line) == {"-"}:
            parts.append([])
        elif line and line.rsplit(maxsplit=1)[-1].replace(".", "").lstrip("-").isdigit():
            parts[-1].append(line)
    return parts


def test_a_reprint_is_marked_and_leaves_the_drawer_shut(chinese: Bakery) -> None:
    done = _mixed_sale(chinese)

    paper = _paper(chinese.checkout.refunds.reprint(done.receipt_number), COLUMNS_80_MM)

    assert said("REPRINT") == "补打"
    assert "补打" in paper.lines
    assert paper.drawer_pulses == 0
    assert _figures(paper)[said("Stored value")] == "20.00"


def test_a_wallet_sale_leaves_the_drawer_shut(chinese: Bakery) -> None:
    checkout = chinese.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("wechat")

    assert _paper(checkout.payment.complete(), COLUMNS_58_MM).drawer_pulses == 0


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_refund_slip_names_the_receipt_and_what_goes_back(chinese: Bakery, columns: int) -> None:
    done = _mixed_sale(chinese)
    back = chinese.checkout.refunds.refund(done.business_id, {1: 2_000, 2: 2_000, 3: 1_000})
    paper = _paper(back, columns)
    figures = _figures(paper)

    assert figures[said("For receipt")] == done.receipt_number
    assert figures[said("Stored value")] == "20.00"
    assert [*paper.qr_codes, *paper.barcodes] == [receipt_code(back.receipt_number, STORE_ID)]
    assert paper.drawer_pulses == 1


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_top_up_prints_a_slip_to_keep_and_one_to_sign(chinese: Bakery, columns: int) -> None:
    checkout = chinese.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.top_ups.start()
    checkout.top_ups.choose(30_000)
    checkout.top_ups.pay_cash(30_000)
    done = checkout.top_ups.complete()
    customer, store = (_paper(done, columns, number) for number in (0, 1))

    assert _figures(customer)[said("Bonus")] == _figures(store)[said("Bonus")] == "24.00"
    assert said("Signature") not in customer.text
    assert said("Signature") in store.text
    assert (customer.drawer_pulses, store.drawer_pulses) == (1, 0)


@pytest.mark.parametrize("columns", WIDTHS)
def test_z_prints_the_difference(chinese: Bakery, columns: int) -> None:
    _mixed_sale(chinese)
    report = chinese.checkout.shifts.close({10_000: 2, 100: 5})
    paper = read_back(paint(report.documents[0], columns))

    assert report.difference_fen is not None
    assert _figures(paper)[said("Difference")] == f"{report.difference_fen / 100:.2f}"
    assert paper.cuts == 1


def test_every_other_slip_reaches_the_paper(chinese: Bakery) -> None:
    checkout = chinese.selling()
    chinese.grant(ALL_OF_ZHOU)
    checkout.basket.scan(ZHOU_CARD)
    slips: list[Callable[[], DoneView]] = [
        lambda: checkout.exchanges.exchange("x1"),
        lambda: checkout.shifts.move_cash(1_000, "coins"),
        lambda: checkout.shifts.open_drawer(
            "change", approval=checkout.staff.approve("drawer_open", "m1", MANAGER_PIN)
        ),
    ]

    papers = [_paper(slip(), COLUMNS_58_MM) for slip in slips]

    assert "咖啡一杯" in papers[0].text
    assert [paper.drawer_pulses for paper in papers] == [0, 1, 1]


def test_english_is_the_other_language(bakery: Bakery) -> None:
    bakery.checkout.set_language(translations("en").gettext)

    paper = _paper(_mixed_sale(bakery), COLUMNS_80_MM)

    assert _figures(paper)["Receipt"]
    assert "Sales receipt" in paper.lines
