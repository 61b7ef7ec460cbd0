"""Money that goes back out of stored value: principal paid out, or a fresh top-up cancelled as a whole."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt

from pos_client.checkout.money_views import StoredLotView, WithdrawalView
from pos_client.checkout.views import DoneView
from pos_client.ui.formats import day, plain, yuan
from pos_client.ui.panels import SellPanels
from pos_client.ui.parts.cards import AskCard, FigureCard, ListCard, MenuCard, Row
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal
from shared_models.sales import TenderKind

_WAY_KEYS: dict[int, str] = {Qt.Key.Key_F3: "F3", Qt.Key.Key_F4: "F4"}


class TopUpReturns:
    """Choose a top-up of the member, then what to do with it."""

    def __init__(self, panels: SellPanels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._top_ups = counter.checkout.top_ups

    def offer(self) -> None:
        """The member's top-ups, newest first."""

        def offered(lots: tuple[StoredLotView, ...]) -> None:
            rows = [
                Row(
                    _lot_name(lot),
                    _("principal {principal}, of it here {here} · bonus {bonus}").format(
                        principal=plain(lot.principal_fen),
                        here=plain(lot.principal_here_fen),
                        bonus=plain(lot.bonus_fen),
                    ),
                )
                for lot in lots
            ]
            title = _("Pay out or cancel a top-up")
            self._panels.open(ListCard(title, rows, lambda place: self._choose(lots[place]), empty=_("No top-up.")))

        self._counter.ask(self._top_ups.lots, offered)

    def _choose(self, lot: StoredLotView) -> None:
        self._panels.close()
        self._panels.open(
            MenuCard(
                _lot_name(lot),
                (
                    (_("Pay out principal"), lambda: self._ask_amount(lot)),
                    (_("Cancel the top-up"), lambda: self._cancel(lot)),
                ),
            )
        )

    def _wait_for(self, code: str, lot: StoredLotView, go_on: Callable[[StoredLotView], object]) -> None:
        """Say why not; what is on its way goes on by itself when it is here."""
        self._counter.stage.say(sentence_of(code, lot.fields))

        def now() -> StoredLotView | None:
            return next((one for one in self._top_ups.lots() if one.top_up_id == lot.top_up_id), None)

        def has_come() -> bool:
            fresh = now()
            return fresh is None or code not in (fresh.why_not_cancel, fresh.why_not_withdraw)

        def again() -> None:
            self._counter.ask(now, lambda fresh: None if fresh is None else go_on(fresh))

        self._panels.screens.sell_presenter.asked_for.refused(Refusal(code), has_come, again)

    def _cancel(self, lot: StoredLotView) -> None:
        if not lot.can_cancel:
            self._wait_for(lot.why_not_cancel, lot, self._cancel)
            return
        back = [f"{tender_words(tender.kind)} {yuan(tender.amount_fen)}" for tender in lot.paid_by]
        words = _("The whole top-up is taken back, its bonus too. The customer gets: {back}.").format(
            back=_(", ").join(back)
        )
        if any(tender.kind in ("wechat", "alipay") for tender in lot.paid_by):
            words += "\n" + _("A wallet that was paid by code gets its money back by itself.")
        self._panels.open(
            AskCard(
                _("Cancel the top-up"),
                words,
                _("Cancel the top-up · Enter"),
                lambda: self._counter.ask_approved(
                    lambda approval: self._top_ups.cancel(lot.top_up_id, approval=approval), self._done
                ),
            )
        )

    def _ask_amount(self, lot: StoredLotView) -> None:
        if not lot.can_withdraw:
            self._wait_for(lot.why_not_withdraw, lot, self._ask_amount)
            return

        def entered(principal_fen: int) -> None:
            self._panels.close()
            self._counter.ask(lambda: self._top_ups.plan_withdrawal(lot.top_up_id, principal_fen), self._confirm)

        self._panels.open(
            FigureCard(_("Pay out principal"), _("Amount"), entered, when_empty=plain(lot.principal_here_fen), unit="¥")
        )

    def _confirm(self, plan: WithdrawalView) -> None:
        words = _("{payout} is paid out. Bonus forfeited: {forfeited}. Deducted for bonus spent: {deducted}.")
        words = words.format(
            payout=yuan(plan.payout_fen), forfeited=yuan(plan.forfeited_fen), deducted=yuan(plan.deducted_fen)
        )
        others: list[tuple[str, int, Callable[[], object]]] = []
        for way, key in zip(plan.ways, _WAY_KEYS, strict=False):
            wallet = tender_words(way.kind)
            if 0 < plan.payout_fen <= way.room_fen:
                others.append((f"{wallet} · {_WAY_KEYS[key]}", key, partial(self._withdraw, plan, way.kind)))
            else:
                words += "\n" + _("{wallet} can have at most {room} of it back.").format(
                    wallet=wallet, room=yuan(way.room_fen)
                )
        if not plan.ways:
            words += "\n" + _("In cash: no wallet paid for this top-up by code at this till.")
        self._panels.open(
            AskCard(_("Pay out principal"), words, _("In cash · Enter"), lambda: self._withdraw(plan), others)
        )

    def _withdraw(self, plan: WithdrawalView, tender: TenderKind = "cash") -> None:
        self._counter.ask_approved(
            lambda approval: self._top_ups.withdraw(
                plan.lot.top_up_id, plan.principal_fen, tender=tender, approval=approval
            ),
            self._done,
        )

    def _done(self, done: DoneView) -> None:
        self._panels.screens.sell_presenter.begin()  # a member who only came for this has left the basket
        self._counter.stage.show_done(done)


def _lot_name(lot: StoredLotView) -> str:
    if lot.receipt_number:
        return f"{day(lot.business_date)} {lot.receipt_number} {yuan(lot.paid_fen)}"
    return _("Top-up made elsewhere")
