"""What the kitchen gets of a sale, and what is printed after a power cut."""

from pos_client.checkout.views import DoneView
from pos_client.devices.escpos_painter import paint
from pos_client.devices.receipt_document import DrawerPulse, Picture
from shared_models.moments import DAY_MS
from shared_models.resources import translations
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER, Bakery
from tests.pos_client.devices.escpos_reader import read_back

said = translations("zh_CN").gettext


def _sold(bakery: Bakery, *codes: str, note: str = "") -> DoneView:
    for code in codes:
        bakery.checkout.basket.scan(code)
    if note:
        bakery.checkout.basket.set_note(note, line_number=1)
    bakery.checkout.payment.pay_cash(None)
    return bakery.checkout.payment.complete()


def test_the_bakery_s_printer_gets_its_lines_with_notes_and_no_prices(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.set_language(said)
    done = _sold(bakery, BREAD, WATER, CROISSANT, CROISSANT, note="切片")

    slip = bakery.checkout.slips.kitchen_slip(done.business_id, ("bread",))

    assert slip is not None
    paper = read_back(paint(slip, 32))
    assert [line.split() for line in paper.lines if "可颂" in line] == [["法式可颂", "2"]]
    assert any("切片" in line for line in paper.lines)
    assert "农夫山泉" not in paper.text
    assert "16.80" not in paper.text
    assert done.receipt_number in paper.text
    assert paper.drawer_pulses == 0


def test_a_sale_without_such_goods_makes_no_slip_and_a_star_takes_all(bakery: Bakery) -> None:
    bakery.selling()
    done = _sold(bakery, WATER)

    assert bakery.checkout.slips.kitchen_slip(done.business_id, ("bread",)) is None
    assert bakery.checkout.slips.kitchen_slip(done.business_id, ("*",)) is not None


def test_receipts_that_never_reached_the_printer_are_found_in_the_book_and_marked(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.set_language(said)
    printed = _sold(bakery, BREAD)
    missed = [_sold(bakery, WATER), _sold(bakery, CROISSANT)]

    after = bakery.again()
    after.set_language(said)
    found = after.slips.missed(printed.business_id)

    assert [business_id for business_id, _slip in found] == [done.business_id for done in missed]
    papers = [read_back(paint(slip, 48)) for _id, slip in found]
    assert ["补打" in paper.text for paper in papers] == [True, True]
    assert [name in paper.text for name, paper in zip(("农夫山泉", "法式可颂"), papers, strict=True)] == [True, True]
    assert not any(isinstance(item, DrawerPulse) for _id, slip in found for item in slip.items)
    assert after.slips.missed(missed[-1].business_id) == ()


def test_a_till_that_had_no_printer_for_long_owes_the_last_day_and_no_more(bakery: Bakery) -> None:
    """Fifty receipts of another month came out of a new printer, at each start the next fifty."""
    bakery.selling()
    printed = _sold(bakery, BREAD)
    _sold(bakery, WATER)
    bakery.clock.advance(DAY_MS)
    late = [_sold(bakery, WATER)]
    bakery.clock.advance(60_000)
    late.append(_sold(bakery, CROISSANT))

    found = bakery.checkout.slips.missed(printed.business_id)

    assert [business_id for business_id, _slip in found] == [done.business_id for done in late]


def test_an_entry_of_another_book_owes_nothing(bakery: Bakery) -> None:
    bakery.selling()
    _sold(bakery, BREAD)

    assert bakery.checkout.slips.missed(bakery.ids.new_id()) == ()


def test_the_shop_s_logo_stands_above_its_name(bakery: Bakery) -> None:
    bakery.selling()
    bakery.checkout.slips.use_logo(b"a picture")

    slip = _sold(bakery, BREAD).documents[0]

    assert Picture(b"a picture") in slip.items
