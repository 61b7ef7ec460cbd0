"""What is done for members beside the trade, and what is asked of HQ: each function one deed by keys."""

from uuid import UUID

from shared_models.codes import CARD_BITS, handoff_code, member_code
from tests.shopday.counter import Counter
from tests.shopday.sales import exact_cash
from tests.together.seed_people import SeedMember


def _file_of(at: Counter, card: str, name: str) -> None:
    at.process.scan(card)
    at.process.wait(member=name)
    at.process.press("Alt+C")
    at.process.wait(card="FileCard")


def tagged(at: Counter, member: SeedMember) -> None:
    """Somebody says that she bakes without sugar: one digit."""
    _file_of(at, member.card, member.name)
    at.process.menu("标签")
    at.process.wait(card="TagsCard")
    at.process.type("4")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("member_tagged")
    at.put_away()


def edited(at: Counter, member: SeedMember) -> None:
    """A birthday, asked for a gift."""
    _file_of(at, member.card, member.name)
    at.process.menu("修改资料")
    at.process.wait(card="ProfileCard")
    at.process.press("Down", "Down", "Ctrl+A")
    at.process.type("12-31")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("member_edited")
    at.put_away()


def lost_card(at: Counter, member: SeedMember) -> str:
    """The old card stops, a new one is bound, with the manager's yes; the new card's code."""
    _file_of(at, member.card, member.name)
    at.process.menu("挂失与换卡")
    at.process.wait(card="LostCardCard")
    card = member_code(at.randomness.getrandbits(CARD_BITS))
    at.process.scan(card)
    at.approved()
    at.process.wait(card="")
    at.deeds.append("member_edited")
    at.put_away()
    assert not at.process.scan(member.card)["member"], "the lost card still opens her file"
    assert at.process.scan(card)["member"] == member.name, "the new card opens nothing"
    at.put_away()
    return card


def credited(at: Counter, member: SeedMember) -> None:
    """She shows her card when all is paid: the points of that sale are hers after all."""
    exact_cash(at)
    at.cash_sales.pop()
    _file_of(at, member.card, member.name)
    at.process.menu("补记上一单积分")
    at.process.wait(card="")
    at.deeds.append("sale_credited")
    at.put_away()


def ticket(at: Counter) -> None:
    """The oven's fan is loud: HQ is told."""
    at.choose("给总部提服务单")
    at.process.wait(card="TicketCard")
    at.process.type("fan")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("ticket_opened")


def handoff(at: Counter) -> None:
    """A watch goes to the first other store to be mended: taken in with two slips, and sent off by its slip's code."""
    before = at.till.place.receipts()
    at.choose("店间交接")
    at.process.menu("收修理件")
    at.process.wait(card="ListCard")
    at.process.press("Return")
    at.process.wait(card="TextCard")
    at.process.type("strap")
    at.process.press("Return")
    at.process.wait(card="ReceiptCard")
    number, body = at.written("ticket_opened", before)
    at.note("ticket_opened", number, 0)
    at.process.press("Return")
    at.process.scan(handoff_code(UUID(str(body["ticket_id"]))))
    at.process.wait(card="AskCard")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("ticket_moved")
