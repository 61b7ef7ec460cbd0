"""Rights placed ahead of an outage, with real tills and a real HQ: they arrive by themselves, are spent while cut off,
and are given back where another till needs them."""

from uuid import UUID

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
