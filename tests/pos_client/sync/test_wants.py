"""What a customer waits for is asked for once, again when HQ nudges, and not for ever."""

from uuid import UUID

from pos_client.sync.wants import ASK_AGAIN_AFTER_MS, ASKED_AGAIN_MAX, WANT_LIFE_MS, Wanted, Wants
from shared_models.moments import ManualClock
from shared_models.sync import ControlAnswer, SaleWanted, TokenHeld, TokenRecall

TOKEN, HOME, MEMBER = UUID(int=1), UUID(int=2), UUID(int=3)
SALE = SaleWanted(receipt_number="021-7")


def made() -> tuple[Wants, ManualClock]:
    clock = ManualClock(1_000_000)
    return Wants(clock), clock


def answer(*held: TokenHeld, recalls: tuple[TokenRecall, ...] = ()) -> ControlAnswer:
    return ControlAnswer(request_number=1, outcome="ok", held=held, recalls=recalls)


def test_everything_wanted_goes_into_one_request_and_is_asked_for_once() -> None:
    wants, _clock = made()
    wants.member(MEMBER)
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    waiting = bool(wants)

    assert wants.take(HOME) == Wanted((MEMBER,), (TOKEN, HOME), (SALE,))
    assert (waiting, bool(wants), wants.take(None)) == (True, False, Wanted())


def test_what_another_till_has_is_asked_for_again_after_a_nudge_until_it_comes() -> None:
    wants, _clock = made()
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    asked = wants.take(None)
    at_till = TokenHeld(code="at_till", token=TOKEN, till_number=1)
    wants.heed(answer(at_till, TokenHeld(code="at_till", receipt_number="021-7")), asked)
    between, said = wants.take(None), wants.held_token(TOKEN)
    wants.nudged()
    again = wants.take(None)
    wants.heed(answer(), again)
    wants.nudged()

    assert said == at_till
    assert wants.held_token(TOKEN) is None  # it came: what was said before is over
    assert (between, again) == (Wanted(), asked)
    assert wants.take(None) == Wanted()


def test_without_a_nudge_it_is_asked_for_again_after_some_seconds_and_not_for_ever() -> None:
    wants, clock = made()
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    not_asked_yet = wants.ask_again()
    asked = wants.take(None)
    wants.heed(answer(TokenHeld(code="at_till", token=TOKEN), TokenHeld(code="at_till", receipt_number="021-7")), asked)
    clock.advance(ASK_AGAIN_AFTER_MS - 1)
    too_soon = wants.ask_again()
    clock.advance(1)
    in_time, twice = wants.ask_again(), wants.ask_again()
    again = wants.take(None)
    clock.advance(WANT_LIFE_MS)

    assert (not_asked_yet, too_soon, in_time, twice) == (False, False, True, False)
    assert again == asked
    assert (wants.ask_again(), wants.take(None)) == (False, Wanted())


def test_what_nobody_gets_is_not_asked_for_again() -> None:
    wants, clock = made()
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    asked = wants.take(None)
    wants.heed(answer(TokenHeld(code="used", token=TOKEN), TokenHeld(code="unknown", receipt_number="021-7")), asked)
    wants.nudged()
    clock.advance(ASK_AGAIN_AFTER_MS)
    after_a_while = wants.ask_again()
    said = wants.held_token(TOKEN), wants.held_sale(SALE)
    wants.want_token(TOKEN)

    assert not after_a_while
    assert [held.code for held in said if held] == ["used", "unknown"]
    assert wants.held_token(TOKEN) is None  # somebody asks anew
    assert wants.take(None) == Wanted(tokens=(TOKEN,))


def test_an_answer_to_something_else_leaves_all_of_it_due() -> None:
    wants, _clock = made()
    wants.member(MEMBER)
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    wants.not_served(wants.take(None))

    assert wants.take(None) == Wanted((MEMBER,), (TOKEN,), (SALE,))


def test_after_an_outage_nobody_waits_any_longer() -> None:
    wants, clock = made()
    wants.member(MEMBER)
    wants.want_token(TOKEN)
    wants.want_sale(SALE)
    clock.advance(WANT_LIFE_MS + 1)

    assert wants.take(None) == Wanted()


def test_a_recall_is_told_once() -> None:
    wants, _clock = made()
    recall = TokenRecall(token=TOKEN, kind="coupon")
    wants.heed(answer(recalls=(recall,)), Wanted())

    assert wants.has_recalls
    assert (wants.take_recalls(), wants.take_recalls(), wants.has_recalls) == ((recall,), (), False)


def test_a_member_whose_rights_other_tills_give_back_is_asked_for_again_while_a_basket_holds_them() -> None:
    wants, _clock = made()
    asked = Wanted((MEMBER,))
    on_its_way = ControlAnswer(request_number=1, outcome="ok", short=(MEMBER,))
    rounds = 0
    wants.member(MEMBER)
    while taken := wants.take(None):
        assert taken == asked
        rounds += 1
        wants.heed(on_its_way, taken)
        wants.nudged((MEMBER,))

    assert rounds == 1 + ASKED_AGAIN_MAX
    wants.heed(on_its_way, asked)
    wants.nudged(())
    assert (wants.take(None), wants.has_short) == (Wanted(), False)
    wants.heed(on_its_way, asked)
    wants.heed(answer(), asked)
    assert not wants.has_short
