"""The flows of member care: the file, and from it tags, profile, lost card, value, points, a ticket."""

from collections.abc import Callable
from uuid import UUID

from pos_client.checkout.care_views import MemberFile
from pos_client.checkout.member_care import ProfileEdit
from pos_client.checkout.views import BasketView, DoneView
from pos_client.ui.panels import Panels
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.screens.care_cards import FileCard, LostCardCard, ProfileCard, TagsCard
from pos_client.ui.words import _
from shared_models.refusals import Refusal
from shared_models.sales import Approval


class MemberFlows:
    """`elsewhere` are functions of other flows that the file offers too; `show` gets the basket with the member as they
    are now."""

    def __init__(
        self,
        panels: Panels,
        counter: Counter,
        show: Callable[[BasketView], object],
        elsewhere: Callable[[str], object],
    ) -> None:
        self._panels = panels
        self._counter = counter
        self._care = counter.checkout.care
        self._writing = counter.one_at_a_time()
        self._show = show
        self._elsewhere = elsewhere

    def open_file(self) -> None:
        """Alt C."""
        self._counter.ask(self._care.file, self._opened)

    def _opened(self, file: MemberFile) -> None:
        functions = (
            (_("Tags"), self._ask_tags),
            (_("Change the profile"), self._ask_profile),
            (_("Lost card, new card"), self._ask_card),
            (_("Top up"), lambda: self._elsewhere("top_up")),
            (_("Pay out or cancel a top-up"), lambda: self._elsewhere("returns")),
            (_("Points exchange"), lambda: self._elsewhere("exchange")),
            (_("Refund a purchase"), lambda: self._elsewhere("refund")),
            (_("Ticket for HQ"), lambda: self._elsewhere("ticket")),
            (_("Take member off"), lambda: self._elsewhere("detach")),
            (_("Credit the last sale"), self._credit),
        )
        self._panels.open(FileCard(file, functions))

    def _credit(self) -> None:
        def credited(done: DoneView) -> None:
            words = _("{points} points of {receipt} are credited.")
            self._counter.stage.say(words.format(points=done.points_earned, receipt=done.receipt_number), "good")
            self._counter.ask(self._counter.checkout.basket.view, self._show)

        self._counter.ask(self._care.credit_last_sale, credited)

    def _ask_tags(self) -> None:
        def opened(file: MemberFile) -> None:
            self._panels.open(TagsCard(file.tags_known, file.panel.tags, save))

        def save(tags: tuple[str, ...]) -> None:
            self._writing.ask(lambda: self._care.tag(tags), self._kept)

        self._counter.ask(self._care.file, opened)

    def _ask_profile(self) -> None:
        def opened(file: MemberFile) -> None:
            card = ProfileCard(file, lambda wanted: self._edit(wanted, card, file.panel.member_id))
            self._panels.open(card)

        self._counter.ask(self._care.file, opened)

    def _edit(self, wanted: ProfileEdit, card: ProfileCard, of_member: UUID) -> None:
        def edit(approval: Approval | None) -> BasketView:
            panel = self._counter.checkout.members.panel()
            if panel is None or panel.member_id != of_member:  # another card was scanned while this one was typed
                raise Refusal("member_taken_off", who="member")
            return self._care.edit(wanted, approval=approval)

        self._writing.ask_approved(edit, self._kept, card.if_open(card.say_wrong))

    def _ask_card(self) -> None:
        card = LostCardCard(lambda code: self._stop(code, card))
        self._panels.open(card)

    def _stop(self, code: str, card: LostCardCard) -> None:
        self._writing.ask_approved(
            lambda approval: self._care.lost_card(code, approval=approval),
            lambda view: self._stopped(view, code),
            card.if_open(card.say_wrong),
        )

    def _stopped(self, view: BasketView, new_code: str) -> None:
        self._panels.close()
        self._show(view)
        words = _("The old card is stopped, the new one is good from now on.")
        self._counter.stage.say(words if new_code else _("The lost card is stopped."), "good")

    def _kept(self, view: BasketView) -> None:
        self._panels.close()
        self._show(view)
        self._counter.stage.say(_("Kept. HQ hears of it by itself."), "good")
