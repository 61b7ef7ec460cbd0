"""Members at the counter: find, attach, register."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from pos_client.checkout.views import BasketView, FindView, MemberMatch
from pos_client.ui.presenters.counter import Counter
from shared_models.refusals import Refusal
from shared_models.sales import IdentifiedBy

_NUMBER = re.compile(r"\+?[\d -]{7,20}")
CONSENT_TEXT_VERSION = "2026-01"
"""The version of the membership terms that the consent box stands for."""


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """What a search text came to."""

    text: str
    means: IdentifiedBy
    matches: tuple[MemberMatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The form as typed."""

    phone: str
    name: str
    birthday: str
    card_code: str
    consents: tuple[str, ...]


def _no_card(_something: object) -> None:
    """While no panel is open."""


class MemberPresenter:
    """One per window. The open panel sets `found` and `registration_refused`; `attached` gets every new basket."""

    def __init__(
        self, counter: Counter, attached: Callable[[BasketView], object], register: Callable[[str], object]
    ) -> None:
        self._counter = counter
        self._members = counter.checkout.members
        self._writing = counter.one_at_a_time()
        self._attached = attached
        self._open_registration = register
        self.found: Callable[[FoundMembers], object] = _no_card
        self.registration_refused: Callable[[Refusal], object] = _no_card

    def find(self, text: str) -> None:
        """Search; a single hit is attached at once."""
        if not text:
            return

        def answered(view: FindView) -> None:
            if view.outcome == "one":
                self.attach(view.matches[0].member_id, view.means)
            else:
                self._counter.stage.say("")
                self.found(FoundMembers(text, view.means, view.matches))

        self._counter.ask(lambda: self._members.find(text), answered)

    def attach(self, member_id: UUID, means: IdentifiedBy) -> None:
        """Put the member on the basket."""
        self._counter.ask(lambda: self._members.attach(member_id, means), self._attached)

    def start_registration(self, typed: str) -> None:
        """Open the form; a number that was searched for is in it already."""
        self._open_registration(typed if _NUMBER.fullmatch(typed) else "")

    def register(self, form: Registration) -> None:
        """Register and attach."""
        self._writing.ask(
            lambda: self._members.register(
                form.phone,
                name=form.name,
                birthday=form.birthday,
                card_code=form.card_code,
                consents=form.consents,
                consent_text_version=CONSENT_TEXT_VERSION if form.consents else "",
            ),
            self._attached,
            self.registration_refused,
        )
