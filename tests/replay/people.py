"""Members as they come to the counter: a phone number, a name, and the cards they were given."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from shared_models.codes import member_code

FIRST_CARD = 1_000_000_000


def phone_of(member: str) -> str:
    """The member's number: one of China's that exists for nobody here."""
    return f"+86138{int(member) % 10**8:08d}"


def first_card_of(member: str) -> str:
    """The card of a member known beforehand."""
    return member_code(FIRST_CARD + int(member))


@dataclass(slots=True)
class People:
    """Which cards each member carries, and under which ids they are known. A member registered twice carries two cards
    until HQ knows that they are one."""

    cards: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    registered: int = 0

    def give_card(self, member: str) -> str:
        """A new card, as a till hands one out at registration."""
        self.registered += 1
        card = member_code(FIRST_CARD * 1000 + self.registered)
        self.cards[member].append(card)
        return card
