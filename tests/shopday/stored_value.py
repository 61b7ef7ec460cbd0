"""Stored value paid by phone: topped up, thought better of, interrupted. One deed a function, its sum beside it."""

from tests.shopday.counter import Counter
from tests.shopday.services import LADDER
from tests.shopday.wallets import NEVER, WECHAT_CODE
from tests.together.seed_people import SeedMember

TOP_UP_FEN, BACK_FEN = 50_000, 10_000


def top_up_by_wallet(at: Counter, member: SeedMember) -> None:
    """The amount, one scan; the customer confirms, and the top-up is written by itself."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("password", polls=1)
    _ask(at, member)
    at.process.wait(place="sell", card="ReceiptCard")
    number, body = at.written("top_up", before)
    bonus_fen = next(TOP_UP_FEN * rate // 10_000 for step, rate in LADDER if step <= TOP_UP_FEN)
    assert (body["principal_fen"], body.get("bonus_fen", 0)) == (TOP_UP_FEN, bonus_fen)
    at.note("top_up", number, TOP_UP_FEN, wechat=TOP_UP_FEN)
    at.wallet_fen += TOP_UP_FEN
    at.wallet_payments += 1
    at.process.press("Return")


def top_up_given_back(at: Counter, member: SeedMember) -> None:
    """The whole top-up is cancelled: the phone has its money back."""
    top_up_by_wallet(at, member)
    before = at.till.place.receipts()
    _returns(at, member)
    at.process.menu("撤销这笔充值")
    at.process.press("Return")
    at.approved()
    at.process.wait(card="ReceiptCard")
    number, _body = at.written("top_up_cancelled", before)
    at.note("top_up_cancelled", number, TOP_UP_FEN, wechat=-TOP_UP_FEN)
    at.wallet_fen -= TOP_UP_FEN
    at.process.press("Return")


def withdrawal_to_wallet(at: Counter, member: SeedMember) -> None:
    """A hundred yuan of principal go back to the phone that paid them."""
    top_up_by_wallet(at, member)
    before = at.till.place.receipts()
    _returns(at, member)
    at.process.menu("提取本金")
    at.process.type("100")
    at.process.press("Return", "F3")
    at.approved()
    at.process.wait(card="ReceiptCard")
    number, _body = at.written("withdrawal", before)
    at.note("withdrawal", number, BACK_FEN, wechat=-BACK_FEN)
    at.wallet_fen -= BACK_FEN
    at.process.press("Return")


def top_up_in_the_dark(at: Counter, member: SeedMember, badge: str) -> None:
    """The lights go out while the customer confirms. Nobody tops up afterwards, so the phone has its money back."""
    before = at.till.place.receipts()
    at.shop.wallets.behave("password", polls=NEVER)
    _ask(at, member)
    at.process.wait(wallet="waiting")
    at.process.kill()
    at.power_cuts += 1
    at.shop.wallets.confirm()
    at.process.start()
    at.process.wait(staff_known=True)
    at.process.scan(badge)
    at.process.wait(place="sell", wallets_open=[])
    assert at.till.place.receipts() == before
    if at.process.look()["member"]:
        at.put_away()


def _ask(at: Counter, member: SeedMember) -> None:
    at.process.scan(member.card)
    at.process.wait(member=member.name)
    at.process.press("F8")
    at.process.wait(place="top_up")
    at.process.type(str(TOP_UP_FEN // 100))
    at.process.press("Return")
    at.process.scan(WECHAT_CODE)


def _returns(at: Counter, member: SeedMember) -> None:
    at.process.scan(member.card)
    at.process.wait(member=member.name, at_least={"stored_value_usable_fen": at.process.look()["stored_value_fen"]})
    at.choose("充值提取与撤销")
    at.process.press("Return")
