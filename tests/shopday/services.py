"""What happens at the counter beside sales: money back, stored value, members, the drawer. One deed a function."""

from shared_models.codes import receipt_code
from tests.shopday.counter import Counter, cash_of
from tests.shopday.sales import exact_cash
from tests.together.seed_people import SeedMember

LADDER = ((100_000, 500), (50_000, 300))
"""This store's 满1000赠5%, 满500赠3%: (from fen, basis points)."""


def refund_of_all(at: Counter) -> None:
    """A receipt of this till is scanned: everything back, in cash as it was paid."""
    if not at.cash_sales:
        exact_cash(at)
    sold = at.cash_sales.pop(at.randomness.randrange(len(at.cash_sales)))
    before = at.till.place.receipts()
    at.process.scan(receipt_code(sold.receipt_number))
    at.process.wait(place="refund")
    at.process.press("Return", "Return")
    at.approved()
    at.process.wait(place="sell")
    number, _body = at.written("refund", before)
    at.note("refund", number, sold.total_fen, cash=-sold.cash_fen)
    at.process.press("Return")


def refund_elsewhere(sold_by: Counter, at: Counter) -> None:
    """Bought at one till, brought back to the other: that one asks for the right to refund it, and waits."""
    exact_cash(sold_by)
    sold = sold_by.cash_sales.pop()
    before = at.till.place.receipts()
    at.process.scan(receipt_code(sold.receipt_number))
    at.process.wait(place="refund", refunding=sold.receipt_number)
    at.process.press("Return", "Return")
    at.approved()
    at.process.wait(place="sell", card="ReceiptCard")
    number, _body = at.written("refund", before)
    at.note("refund", number, sold.total_fen, cash=-sold.cash_fen)
    at.process.press("Return")


def refund_without_receipt(at: Counter) -> None:
    """Goods come back and nobody has the receipt: the manager allows it."""
    before = at.till.place.receipts()
    row = at.randomness.choice([row for row in at.coded if row.price.amount_fen < 3_000])
    at.process.press("F7", "Alt+N")
    at.process.scan(row.barcodes[0])
    at.process.press("Return")
    at.approved()
    at.process.wait(place="sell")
    number, _body = at.written("refund_without_receipt", before)
    at.note("refund_without_receipt", number, row.price.amount_fen, cash=-cash_of(row.price.amount_fen))
    at.process.press("Return")


def void_last(at: Counter) -> None:
    """The sale of a moment ago was a mistake."""
    exact_cash(at)
    sold = at.cash_sales.pop()
    before = at.till.place.receipts()
    at.choose("作废上一单")
    at.process.press("Return")
    at.approved()
    number, _body = at.written("refund", before)
    at.note("refund", number, sold.total_fen, cash=-sold.cash_fen)
    at.process.press("Return")


def corrected_payment(at: Counter) -> None:
    """It was paid by WeChat and recorded as cash."""
    exact_cash(at)
    sold = at.cash_sales.pop()
    at.choose("更正付款方式")
    at.process.press("Return", "Return")
    at.process.type("1")
    at.approved()
    at.count.relabel("cash", "wechat", sold.cash_fen)
    at.deeds.append("tender_corrected")


def top_up(at: Counter, member: SeedMember, amount_fen: int = 50_000) -> None:
    """Cash into stored value, with the ladder's bonus."""
    before = at.till.place.receipts()
    at.process.scan(member.card)
    at.process.wait(member=member.name)
    at.process.press("F8")
    at.process.wait(place="top_up")
    at.process.type(str(amount_fen // 100))
    at.process.press("Return", "F2", "Return")
    at.process.wait(place="sell")
    number, body = at.written("top_up", before)
    bonus_fen = next(amount_fen * rate // 10_000 for step, rate in LADDER if amount_fen >= step)
    assert (body["principal_fen"], body.get("bonus_fen", 0)) == (amount_fen, bonus_fen)
    at.note("top_up", number, amount_fen, cash=amount_fen)
    at.process.press("Return")


def withdrawal(at: Counter, member: SeedMember) -> None:
    """Topped up, thought better of it: a hundred yuan of principal go back, and their share of the bonus is lost."""
    top_up(at, member)
    before = at.till.place.receipts()
    at.process.scan(member.card)
    at.process.wait(member=member.name, at_least={"stored_value_usable_fen": at.process.look()["stored_value_fen"]})
    at.choose("充值提取与撤销")
    at.process.press("Return")
    at.process.menu("提取本金")
    at.process.type("100")
    at.process.press("Return", "Return")
    at.approved()
    number, _body = at.written("withdrawal", before)
    at.note("withdrawal", number, 10_000, cash=-10_000)
    at.process.press("Return")


def cancelled_top_up(at: Counter, member: SeedMember) -> None:
    """The whole top-up back."""
    top_up(at, member)
    before = at.till.place.receipts()
    at.process.scan(member.card)
    at.process.wait(member=member.name, at_least={"stored_value_usable_fen": at.process.look()["stored_value_fen"]})
    at.choose("充值提取与撤销")
    at.process.press("Return")
    at.process.menu("撤销这笔充值")
    at.process.press("Return")
    at.approved()
    number, _body = at.written("top_up_cancelled", before)
    at.note("top_up_cancelled", number, 50_000, cash=-50_000)
    at.process.press("Return")


def exchange(at: Counter, member: SeedMember) -> None:
    """Eight hundred points for a coffee."""
    before = at.till.place.receipts()
    at.process.scan(member.card)
    seen = at.process.wait(member=member.name)
    if seen["points"] < 800:  # she had her coffees
        at.put_away()
        return
    at.process.wait(at_least={"points_usable": 800})
    at.choose("积分兑换")
    at.process.press("Return")
    number, body = at.written("points_exchange", before)
    assert sum(part["amount"] for part in body["points_spent"]) == 800
    at.note("points_exchange", number, 0)
    at.process.press("Return")


def registration(at: Counter, number: int) -> None:
    """A new member in the middle of the queue, who buys at once."""
    phone = f"139{at.randomness.randrange(10**4):04d}{number:04d}"
    at.process.press("F2", "Alt+R")
    at.process.type(phone)
    at.process.press("Alt+1", "Return")
    at.deeds.append("member_registered")
    before = at.till.place.receipts()
    at.scan_goods(1)
    due_fen = int(at.process.look()["due_fen"])
    at.process.press("F9", "F2", "Return")
    at.process.wait(place="sell")
    receipt_number, body = at.written("sale", before)
    assert body["member"], "the new member is not on the sale"
    at.note("sale", receipt_number, due_fen, cash=cash_of(due_fen))
    at.process.press("Return")


def cash_in(at: Counter) -> None:
    """Change is brought from the bank."""
    amount_fen = 20_000
    at.choose("班次")
    at.process.wait(place="shift")
    at.process.type("1")
    at.process.type(str(amount_fen // 100))
    at.process.press("Return")
    at.process.press("Return")  # the first reason of the list
    at.approved()
    at.count.move_cash(amount_fen)
    at.deeds.append("cash_moved")
    at.process.press("Return", "Escape")
    at.process.wait(place="sell")


def open_drawer(at: Counter) -> None:
    """To change a note for somebody in the street."""
    at.choose("打开钱箱")
    at.approved()
    at.count.drawer_openings += 1
    at.deeds.append("drawer_opened")
    at.process.press("Return")
