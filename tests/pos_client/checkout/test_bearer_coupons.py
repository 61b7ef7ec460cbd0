"""A coupon on paper at the counter: redeemed with no network by the store's home till, at the other till from it."""

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import structs

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rights import coupon_keys, coupons, home_tokens, printed
from hq_sync_server.office.rights.coupons import CouponTemplate
from pos_client.checkout.views import BasketView, DoneView
from pos_client.devices.receipt_document import QrCode
from shared_models import printed_coupons
from shared_models.codes import CODE_LENGTH_MAX, parse_scan, printed_coupon_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain

TEMPLATE = CouponTemplate(
    template_id="spring-8", name="满15减8", kind="amount_off", amount_fen=800, minimum_fen=1_500, valid_days=30
)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open; till 1 has the home token."""
    with open_chain(tmp_path, 5) as opened:
        for till in opened.tills:
            till.open_shift(0)
        print_coupons(opened, 0)
        opened.hq.desk.run(lambda work: home_tokens.set_home(work, store_id(opened), 1))
        for _ in range(2):
            for till in opened.tills:
                till.sync()
        yield opened
        opened.heal()
        assert opened.faults() == []


def store_id(chain: Chain) -> UUID:
    identity = chain.tills[0].ledger.identity
    assert identity is not None
    return identity.store_id


def print_coupons(chain: Chain, count: int, template: CouponTemplate = TEMPLATE) -> list[str]:
    """Fresh codes that no till has heard of."""

    def do(work: Work) -> list[str]:
        coupons.save_template(work, template)
        store = stores.store_by_code(work.connection, "BJ")
        if not count:
            coupon_keys.newest(work)
            return []
        return [one.code for one in printed.issue(work, template, store, count)]

    return chain.hq.desk.run(do)


def bread(till: Till) -> BasketView:
    return till.checkout.basket.scan(BREAD).basket


def paid(till: Till) -> DoneView:
    till.checkout.payment.pay_cash()
    return till.checkout.payment.complete()


def test_two_tills_of_one_store_both_cut_off(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first, second = chain.tills
    first.cut()
    second.cut()
    bread(second)
    with pytest.raises(Refusal, match="coupon_at_home_till") as refused:
        second.checkout.basket.scan(code)
    bread(first)
    view = first.checkout.basket.scan(code.lower()).basket
    done = paid(first)
    bread(first)
    with pytest.raises(Refusal, match="coupon_used"):
        first.checkout.basket.scan(code)

    assert refused.value.fields == {"till_number": 1, "who": "till"}
    assert (view.due_fen, done.total_fen) == (880, 880)
    assert [(one.name, one.applied, one.takes_off_fen) for one in view.coupons] == [("满15减8", True, 800)]
    (sale,) = (body for body in chain.sales() if body.coupons_redeemed)
    assert sale.printed_coupons == (parse_scan(code).signed,)
    chain.heal()
    assert chain.exceptions() == []
    with pytest.raises(Refusal, match="coupon_used"):  # the second till has heard of it
        second.checkout.basket.scan(code)


def test_online_the_other_till_gets_it_from_the_home_till(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first, second = chain.tills
    bread(second)
    with pytest.raises(Refusal, match="coupon_asked_for") as asked:
        second.checkout.basket.scan(code)
    for till in (second, first, first, second, second):  # asked, nudged, given back, nudged, given
        till.sync()
    view = second.checkout.basket.scan(code).basket
    paid(second)
    second.sync()
    first.sync()
    bread(first)
    said = []
    for _ in range(2):  # the till knows that it moved; what became of it HQ knows
        with pytest.raises(Refusal) as refused:
            first.checkout.basket.scan(code)
        said.append(refused.value.code)
        first.sync()

    assert said == ["coupon_asked_for", "coupon_used"]
    assert asked.value.fields["till_number"] == 1
    assert view.due_fen == 880
    (sale,) = (body for body in chain.sales() if body.coupons_redeemed)
    assert sale.printed_coupons == ()
    assert chain.exceptions() == []


def test_the_other_till_online_reads_that_the_home_till_cannot_be_reached(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first, second = chain.tills
    first.cut()
    bread(second)
    numbers = []
    for _ in range(2):
        with pytest.raises(Refusal, match="coupon_asked_for") as asked:
            second.checkout.basket.scan(code)
        numbers.append(asked.value.fields["till_number"])
        second.sync()
    bread(first)
    first.checkout.basket.scan(code)
    paid(first)

    assert numbers == [1, 1]
    chain.heal()
    assert chain.exceptions() == []
    with pytest.raises(Refusal, match="coupon_used"):
        second.checkout.basket.scan(code)


def test_the_home_token_moves_and_the_new_home_till_knows_what_was_used(chain: Chain) -> None:
    used, fresh = print_coupons(chain, 2)
    first, second = chain.tills
    first.cut()
    bread(first)
    first.checkout.basket.scan(used)
    paid(first)
    first.wire.down = False
    chain.hq.desk.run(lambda work: home_tokens.set_home(work, store_id(chain), 2))
    for _ in range(3):
        first.sync()
        second.sync()
    first.cut()
    second.cut()
    bread(second)
    with pytest.raises(Refusal, match="coupon_used"):
        second.checkout.basket.scan(used)
    bread(first)
    with pytest.raises(Refusal, match="coupon_at_home_till") as refused:
        first.checkout.basket.scan(fresh)

    assert refused.value.fields["till_number"] == 2
    assert second.checkout.basket.scan(fresh).basket.due_fen == 880
    paid(second)
    chain.heal()
    assert chain.exceptions() == []


def test_a_basket_on_hold_keeps_its_paper_coupon_and_loses_it_when_it_is_used_elsewhere(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first = chain.tills[0]
    bread(first)
    held = first.checkout.basket.scan(code).basket.basket_id
    first.checkout.basket.hold()
    resumed = first.checkout.basket.resume(held)
    first.checkout.basket.hold()
    bread(first)
    first.checkout.basket.scan(code)
    paid(first)
    again = first.checkout.basket.resume(held)

    assert (resumed.due_fen, again.due_fen) == (880, 1_680)
    assert [notice.code for notice in again.notices] == ["coupon_not_here_now"]
    assert first.checkout.basket.drop_coupon(again.coupons[0].token).coupons == ()


def test_a_refund_gives_the_coupon_back_to_whoever_holds_its_new_paper(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first = chain.tills[0]
    bread(first)
    first.checkout.basket.scan(code)
    done = paid(first)
    refund = first.checkout.refunds.refund(done.business_id, {1: 1_000})
    (new_code,) = (item.text for item in refund.documents[0].items if isinstance(item, QrCode))
    bread(first)
    view = first.checkout.basket.scan(new_code).basket
    paid(first)

    assert view.due_fen == 880
    chain.heal()
    assert chain.exceptions() == []


def test_what_is_no_good_is_refused_by_name_and_changes_nothing(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first = chain.tills[0]
    content = parse_scan(code).signed
    forged = printed_coupon_code(content[:-1] + bytes([content[-1] ^ 1]))
    chance = random.Random(3)
    bread(first)
    for scanned, refusal in (
        (forged, "coupon_signature_wrong"),
        ("C" * 4_096, "code_too_long"),
        (code[: CODE_LENGTH_MAX // 2], "code_check_character|coupon_|unknown_code"),
        (f"{code}{code}", "code_too_long"),
        ("".join(chr(chance.randrange(33, 0x3000)) for _ in range(4_096)), "code_too_long"),
    ):
        with pytest.raises(Refusal, match=refusal):
            first.checkout.basket.scan(scanned)
    for length in range(1, len(code)):
        with pytest.raises(Refusal):
            first.checkout.basket.scan(code[:length])

    assert first.checkout.basket.view().due_fen == 1_680
    assert [one.code for one in print_sheet(chain)] != []


def print_sheet(chain: Chain) -> list[printed.PrintedCode]:
    """A coupon whose minimum the basket does not reach stays out of it."""
    steep = structs.replace(TEMPLATE, template_id="steep", minimum_fen=9_000)

    def do(work: Work) -> list[printed.PrintedCode]:
        coupons.save_template(work, steep)
        return printed.issue(work, steep, stores.store_by_code(work.connection, "BJ"), 1)

    made = chain.hq.desk.run(do)
    with pytest.raises(Refusal, match="coupon_minimum"):
        chain.tills[0].checkout.basket.scan(made[0].code)
    assert printed_coupons.read(parse_scan(made[0].code).signed).template_id == "steep"
    assert all(not sale.coupons_redeemed for sale in chain.sales())
    return made
