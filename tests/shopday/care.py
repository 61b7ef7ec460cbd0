"""What is done for members beside the trade, and what is asked of HQ: each function one deed by keys."""

from shared_models.codes import CARD_BITS, member_code
from tests.shopday.counter import Counter
from tests.together.seed_people import SeedMember


def _file_of(at: Counter, card: str, name: str) -> None:
    at.process.scan(card)
    at.process.wait(member=name)
    at.process.press("Alt+C")
    at.process.wait(card="FileCard")


def _put_away(at: Counter) -> None:
    """The member leaves without buying."""
    at.process.press("Alt+C")
    at.process.menu("移除会员")
    at.process.wait(member="", card="")


def tagged(at: Counter, member: SeedMember) -> None:
    """Somebody says that she bakes without sugar: one digit."""
    _file_of(at, member.card, member.name)
    at.process.menu("标签")
    at.process.wait(card="TagsCard")
    at.process.type("4")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("member_tagged")
    _put_away(at)


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
    _put_away(at)


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
    _put_away(at)
    assert not at.process.scan(member.card)["member"], "the lost card still opens her file"
    assert at.process.scan(card)["member"] == member.name, "the new card opens nothing"
    _put_away(at)
    return card


def ticket(at: Counter) -> None:
    """The oven's fan is loud: HQ is told."""
    at.choose("给总部提服务单")
    at.process.wait(card="TicketCard")
    at.process.type("fan")
    at.process.press("Return")
    at.process.wait(card="")
    at.deeds.append("ticket_opened")
