"""Rights placed ahead of an outage, with real tills and a real HQ: they arrive by themselves, are spent while cut off,
and are given back where another till needs them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from hq_sync_server.office.access.roles import OFFICE, Scope
from hq_sync_server.office.members import member_desk
from hq_sync_server.office.organisation import staff
from pos_client.checkout.checkout import Checkout
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import use_language
from shared_models.bodies import Sale
from shared_models.ids import IdSource
from shared_models.refusals import Refusal
from tests.hq_sync_server.backups import Backup
from tests.replay.people import first_card_of
from tests.replay.till import ReplayTill
from tests.together.two_tills import TwoTills


def usable_fen(till: ReplayTill, member_id: UUID) -> int:
    figure = till.figure(member_id)
    return figure.principal_here_fen + figure.bonus_here_fen


def balance_fen(till: ReplayTill, member_id: UUID) -> int:
    figure = till.figure(member_id)
    return figure.principal_fen + figure.bonus_fen


def regular(shop: TwoTills, member: str = "12346", paid_fen: int = 10_000) -> UUID:
    """A member who paid in at A, bought there twice, and left."""
    member_id = shop.known[member]
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=False)
    shop.a.top_up(member_id, paid_fen)
    shop.a.ledger.drop_basket(basket)
    for _visit in range(2):
        shop.serve(shop.a, member_id, 5_000)
    shop.a.sync(pull=True)
    return member_id


def test_what_is_placed_is_spent_while_cut_off_and_no_more(shop_on_each: TwoTills) -> None:
    shop = shop_on_each
    member_id = regular(shop)
    placed_fen, whole_fen = usable_fen(shop.a, member_id), balance_fen(shop.a, member_id)
    shop.b.sync(pull=True)
    row = shop.b.ledger.member_row(member_id)
    identity = shop.a.ledger.identity
    shop.plug(shop.a, pulled=True)

    first = shop.serve(shop.a, member_id, 10_000)[1]
    second = shop.serve(shop.a, member_id, 10_000)[1]

    assert 0 <= placed_fen - whole_fen // 2 <= 1  # half of what is left
    assert row is not None
    assert identity is not None
    assert [(one.till_id, one.stored_fen) for one in row.placed] == [(identity.till_id, placed_fen)]
    assert 0 < second < first
    assert first + second == placed_fen
    shop.heal()
    assert shop.disagreements() == []


def test_an_hq_put_back_without_a_word_does_not_lend_and_take_for_ever_what_it_only_thinks_it_has_placed(
    shop: TwoTills, tmp_path: Path
) -> None:
    member_id = regular(shop)
    placed_fen = usable_fen(shop.a, member_id)
    basket = shop.a.attach(member_id)
    shop.a.sync(pull=True)
    backup = Backup(shop.hq, tmp_path)
    shop.hq.desk.run(lambda work: member_desk.set_frozen(work, OFFICE, Scope(), member_id, frozen=True))
    shop.a.engine.push_soon()
    shop.a.sync(pull=False)  # is told to hold nothing, and keeps it while she stands there
    backup.put_back()
    shop.a.ledger.drop_basket(basket)

    shop.a.engine.push_soon()
    report = shop.a.engine.run_once(pull=False)

    assert report.requests < 10
    assert usable_fen(shop.a, member_id) == placed_fen
    shop.heal()
    assert shop.disagreements() == []


def test_a_top_up_elsewhere_arrives_at_the_till_she_uses_with_its_next_word(shop: TwoTills) -> None:
    member_id = regular(shop)
    basket = shop.b.attach(member_id)
    shop.b.sync(pull=True)
    shop.b.top_up(member_id, 20_000)
    shop.b.ledger.drop_basket(basket)
    shop.b.sync(pull=False)

    shop.a.engine.push_soon()
    shop.a.sync(pull=False)

    placed_fen = usable_fen(shop.a, member_id)
    assert 11_800 <= placed_fen <= 12_000  # eight times the usual 15.00, which is less than half
    shop.heal()
    assert shop.disagreements() == []


def test_an_online_till_gives_back_what_another_needs_and_gets_it_again(shop: TwoTills) -> None:
    shop.a.wire.faults = shop.b.wire.faults = False  # no till is started anew between a card and its rights
    member_id = regular(shop)
    shop.b.sync(pull=True)
    basket = shop.b.attach(member_id)
    shop.b.sync(pull=False)
    before_fen = usable_fen(shop.b, member_id)
    shop.a.engine.pull(0)  # the long poll brings the nudge
    shop.a.sync(pull=False)
    shop.b.engine.pull(0)
    shop.b.sync(pull=False)
    whole_fen = usable_fen(shop.b, member_id)
    at_a_fen = usable_fen(shop.a, member_id)
    shop.b.ledger.drop_basket(basket)
    shop.b.sync(pull=False)
    shop.a.engine.pull(0)
    shop.a.sync(pull=False)

    assert at_a_fen == 0
    assert whole_fen == balance_fen(shop.b, member_id)
    assert before_fen < whole_fen
    assert (usable_fen(shop.a, member_id), usable_fen(shop.b, member_id)) == (whole_fen - before_fen, 0)
    shop.heal()
    assert shop.disagreements() == []


def test_a_till_that_is_cut_off_keeps_what_it_holds_and_the_other_does_not_wait(shop: TwoTills) -> None:
    member_id = regular(shop)
    shop.plug(shop.a, pulled=True)
    shop.b.sync(pull=True)
    held_fen = usable_fen(shop.a, member_id)
    shop.serve(shop.b, member_id, 5_000)

    assert usable_fen(shop.a, member_id) == held_fen
    assert 1_400 < shop.serve(shop.a, member_id, 5_000)[1] <= 1_500  # 30 % less points
    shop.heal()
    assert shop.disagreements() == []


class Keys:
    """A counter that looks nobody up by phone."""

    phone_key = b"no phone is looked up here"


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language("zh_CN")
    yield
    use_language("en")


@pytest.mark.usefixtures("chinese")
def test_ten_yuan_are_usable_offline_and_eleven_are_refused_in_words(shop: TwoTills) -> None:
    """At a real counter: HQ's own staff, card, basket and payment."""
    lin = staff.StaffDraft(staff_id="c1", name="林", pin="1111")
    shop.hq.desk.run(lambda work: staff.save_staff(work, [lin], {}))
    member_id = regular(shop)  # half of what two visits left is placed
    shop.a.sync(pull=True)
    over_fen = usable_fen(shop.a, member_id) - 1_000
    shop.plug(shop.a, pulled=True)
    points_here = shop.a.figure(member_id).points_here  # each takes a fen off first
    shop.serve(shop.a, member_id, points_here + over_fen * 10 // 3 + 1)  # 30 % from value
    shop.a.sync(pull=False)
    assert usable_fen(shop.a, member_id) == 1_000

    counter = Checkout(
        shop.a.ledger, shop.clock, IdSource(shop.clock), Keys(), translate=str, want_rights=shop.a.engine.want,
        push_soon=shop.a.engine.push_soon,
    )  # fmt: skip
    counter.staff.login("c1", "1111")
    counter.shifts.open(0)
    counter.basket.scan(first_card_of("12346"))
    counter.basket.add_goods("BREAD", open_price_fen=3_000)
    with pytest.raises(Refusal) as refused:
        counter.payment.pay_stored_value(1_100)
    view = counter.payment.pay_stored_value(1_000)
    counter.payment.pay_cash()
    counter.payment.complete()

    assert refusal_words(refused.value) == "本机现在可用 ¥10.00。其余在总部，联网后可用。"
    assert view.left_fen == 2_000
    sale = shop.a.ledger.body_of(shop.a.ledger.entries()[-1])
    assert isinstance(sale, Sale)
    assert sum(tender.amount_fen for tender in sale.tenders if tender.kind == "stored_value") == 1_000
    shop.heal()
    assert shop.disagreements() == []
