"""The two columns at the left of the pay screen: the basket that stays visible, and what is left to pay."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.views import BasketView, PaymentView
from pos_client.ui.formats import plain, yuan
from pos_client.ui.parts.goods_rows import GoodsRows, goods_words
from pos_client.ui.parts.keys import KeyButton, back_button, button
from pos_client.ui.parts.labels import ElidedLabel, FigureLabel, clear, kept_whole, label, right, rule, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE
from pos_client.ui.parts.overlay import boxed
from pos_client.ui.parts.tender_words import tender_detail, tender_words
from pos_client.ui.presenters.pay import PayPresenter, summary_of
from pos_client.ui.texts import why_not_more
from pos_client.ui.words import _

_ROW_SPACING = 9
_GOODS_HEIGHT_MIN = 88
"""However many reductions there are, some goods stay in sight."""


class BasketColumn(QFrame):
    """The basket while paying: what it costs, what coupons and points take off, what is due. Goods scroll where they
    have no room; what they come to never does."""

    def __init__(self, back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 4, 16, 16)
        whole.setSpacing(_ROW_SPACING)
        top = QHBoxLayout()
        self._title = label("", "strong")
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(back_button(back))
        whole.addLayout(top)
        inside = QWidget()
        inside.setObjectName("scrolled")
        goods = QVBoxLayout(inside)
        goods.setContentsMargins(0, 0, 0, 0)
        self.goods = GoodsRows(_ROW_SPACING)
        goods.addWidget(self.goods)
        goods.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        whole.addWidget(self._area, 1000)  # as high as its goods where that is possible
        self._rows = QVBoxLayout()
        self._rows.setSpacing(_ROW_SPACING)
        whole.addLayout(self._rows)
        whole.addStretch(1)
        self._member = label("", "", wrap=True)
        self._presence = label("", "small", wrap=True)
        self._member_box = boxed("sunken", self._member, self._presence, spacing=2)
        whole.addWidget(self._member_box)

    def show_basket(self, view: BasketView) -> None:
        """Every line, then the way from subtotal to due."""
        summary = summary_of(view)
        self._title.setText(_("Basket, {count} pcs").format(count=view.pieces))
        self.goods.show_lines(
            [goods_words(line.name, line.quantity_milli, line.weighed, line.amount_fen) for line in summary.lines]
        )
        height = self.goods.sizeHint().height()
        self._area.setMinimumHeight(min(height, _GOODS_HEIGHT_MIN))
        self._area.setMaximumHeight(height)
        clear(self._rows)
        self._rows.addWidget(rule())
        if summary.reductions:
            self._row(_("Subtotal"), plain(summary.subtotal_fen), "")
            for name, amount_fen in summary.reductions:
                self._row(name, plain(-amount_fen), "good")
            self._rows.addWidget(rule())
        words = _("To pay") if view.order_deposit_fen is None else _("Deposit")
        self._row(words, plain(summary.due_fen), "strong")
        member = view.member
        self._member_box.setVisible(member is not None)
        if member is not None:
            parts = [member.name, member.tier_name, member.phone_masked]
            self._member.setText(" · ".join(part for part in parts if part))
            proved = _("Present: stored value and points can be used")
            self._presence.setText(
                proved if member.presence else why_not_more("presence_needed", member.free_today_fen)
            )

    def _row(self, name: str, amount: str, kind: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(ElidedLabel(name, kind), 1)
        row.addWidget(right(amount, kind))
        self._rows.addLayout(row)


class LeftColumn(QFrame):
    """What is left to pay, the payments so far, and the key that finishes."""

    def __init__(self, presenter: PayPresenter, enter: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self._presenter = presenter
        whole = QVBoxLayout(self)
        whole.setContentsMargins(22, 20, 22, 22)
        whole.setSpacing(10)
        self._words = label("", "muted")
        whole.addWidget(self._words)
        self.due = FigureLabel("due")
        whole.addWidget(self.due)
        whole.addWidget(rule())
        self._tenders = QVBoxLayout()
        self._tenders.setSpacing(12)
        whole.addLayout(self._tenders)
        whole.addStretch(1)
        self._hint = label("", "warning", wrap=True)
        self._hint_box = boxed("warning", self._hint)
        whole.addWidget(self._hint_box)
        self.finish = KeyButton(_("Finish and print"), _("Enter"), enter, kind="primary", text_kind="pay-text")
        self.finish.setFixedHeight(72)
        whole.addWidget(self.finish)

    def show_payment(self, view: PaymentView) -> None:
        """The figures, the payments, and what to know about them."""
        back_fen = sum(tender.amount_fen for tender in view.goes_back)  # returned goods cost more than what is bought
        has_change = view.change_fen > 0 and view.left_fen == 0
        self._words.setText(_("Goes back") if back_fen else _("Change") if has_change else _("Left to pay"))
        self.due.setText(yuan(back_fen or (view.change_fen if has_change else view.left_fen)))
        set_kind(self.due, "due" if view.left_fen == 0 else "due-open")
        clear(self._tenders)
        if view.rounding_fen:
            self._tenders.addWidget(self._row(_("Rounding"), "", plain(-view.rounding_fen), None))
        for tender in view.carried:
            is_deposit = tender.kind == "deposit"
            detail = "" if is_deposit else _("of returned goods")
            take_off = None if is_deposit else self._presenter.drop_exchange
            self._tenders.addWidget(self._row(tender_words(tender.kind), detail, plain(tender.amount_fen), take_off))
        for tender in view.tenders:
            take_off = partial(self._presenter.take_off, tender.index)
            self._tenders.addWidget(
                self._row(tender_words(tender.kind), tender_detail(tender), plain(tender.amount_fen), take_off)
            )
        hint = self._hint_words(view)
        self._hint.setText(hint)
        self._hint_box.setVisible(bool(hint))
        # What only tells how things stand is calm; what somebody has to do or know before the customer goes is not.
        has_to_be_seen = bool(view.under_way or view.goes_back or view.stored_value.short) or not view.can_complete
        set_kind(self._hint_box, "warning" if has_to_be_seen else "sunken", "surface")
        set_kind(self._hint, "warning" if has_to_be_seen else "small")

    def _row(self, name: str, detail: str, amount: str, take_off: Callable[[], object] | None) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(name, "strong"))
        if detail:
            words.addWidget(label(kept_whole(detail), "small", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(right(amount, "amount"))
        if take_off is not None:
            delete = button(BACKSPACE, take_off)
            delete.setFixedSize(52, 48)
            row.addWidget(delete)
        return made

    @staticmethod
    def _hint_words(view: PaymentView) -> str:
        offer = view.stored_value
        paid_by_value = any(tender.kind == "stored_value" for tender in view.tenders)
        parts = [
            _("{amount} goes back: {tender}.").format(amount=yuan(one.amount_fen), tender=tender_words(one.kind))
            for one in view.goes_back
        ]
        parts += [
            _("{wallet} {amount}: not known yet. Its key shows how it stands.").format(
                wallet=tender_words(one.kind), amount=yuan(one.amount_fen)
            )
            for one in view.under_way
        ]
        if paid_by_value:
            parts.append(
                _("Paid from what this till holds. After this, {amount} of stored value stays usable here.").format(
                    amount=yuan(offer.after_usable_fen)
                )
            )
        if paid_by_value and offer.short:
            parts.append(_("One part was short here, so the other was used."))
        if not paid_by_value and offer.balance_fen > offer.usable_fen and offer.why_not_more:
            free_fen = offer.presence_needed_above_fen or 0
            parts.append(why_not_more(offer.why_not_more, free_fen, offer.why_fields))
        return " ".join(parts)
