"""The refund screen's decisions: which sale, what of it comes back, and with whose approval."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pos_client.checkout.money_views import RefundView, SaleSummary, UnreceiptedWanted
from pos_client.checkout.views import BasketView, DoneView, GoodsMatch
from pos_client.ui.presenters.asked_for import AskedFor
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.texts import refusal_words, sentence_of
from shared_models.codes import parse_scan
from shared_models.refusals import Refusal


class RefundFace(Protocol):
    """What the screen can do."""

    def show_sales(self, sales: Sequence[SaleSummary]) -> None: ...
    def show_asked_for(self, words: str) -> None: ...
    def show_refund(self, view: RefundView, chosen_line: int) -> None: ...
    def show_unreceipted(self, goods: Sequence[tuple[GoodsMatch, int]], chosen_line: int) -> None: ...


class RefundPresenter:
    """One per window. With `view` None the screen shows the list of sales, or goods without a receipt."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._refunds = counter.checkout.refunds
        self.face: RefundFace | None = None
        self.view: RefundView | None = None
        self.wanted: dict[int, int] = {}
        self.chosen = 0
        self.without_receipt = False
        self.goods: list[tuple[GoodsMatch, int]] = []
        self.asked_for = AskedFor(counter)
        self._asked_words = ""
        self.open_slip: Callable[[str], object] = lambda _number: None
        self._writing = counter.one_at_a_time()
        self._wanted_next: dict[int, int] = {}

    @property
    def _face(self) -> RefundFace:
        assert self.face is not None
        return self.face

    def begin(self, receipt_number: str = "") -> None:
        """From the sell screen: a scanned receipt, or the list of the last sales."""
        self.view, self.wanted, self.chosen, self.goods = None, {}, 0, []
        self.without_receipt = False
        self._wanted_next = {}
        self.asked_for.drop()
        if receipt_number:
            self.find(receipt_number)
        self._counter.ask(self._refunds.recent, self._show_recent)

    def _show_recent(self, sales: tuple[SaleSummary, ...]) -> None:
        if self.view is None and not self.without_receipt:
            self._face.show_sales(sales)
            self._show_asked_for()

    def _show_asked_for(self) -> None:
        """A receipt that is on its way is said for as long as it is: the line over the header goes after a moment."""
        if self.view is None and not self.without_receipt:
            self._face.show_asked_for(self._asked_words if self.asked_for.is_waiting else "")

    def begin_without_receipt(self) -> None:
        """Goods come back and nobody has the receipt: goods are scanned or typed."""
        self.view, self.goods, self.chosen = None, [], 0
        self.wanted, self._wanted_next = {}, {}
        self.without_receipt = True
        self.asked_for.drop()
        self._face.show_unreceipted(self.goods, self.chosen)

    def entered(self, text: str) -> None:
        """A receipt number, or goods where there is no receipt."""
        text = text.strip()
        if not text:
            return
        if self.without_receipt:
            self._counter.ask(lambda: self._counter.checkout.basket.search(text), self._found_goods)
        else:
            self.find(text)

    def _found_goods(self, matches: tuple[GoodsMatch, ...]) -> None:
        if not matches:
            self._counter.stage.refuse(Refusal("goods_unknown"))
            return
        if not self.without_receipt:  # left meanwhile
            return
        self.goods.append((matches[0], 1000))
        self.chosen = len(self.goods) - 1
        self._face.show_unreceipted(self.goods, self.chosen)

    def scanned(self, text: str) -> bool:
        """A code scanned on this screen: another receipt; goods, of the receipt shown or without one; a member, whose
        last sales are shown. False: it is for the basket."""
        kind = kind_of(text)
        if kind == "receipt":
            self.find(parse_scan(text).value)
        elif kind in ("goods", "scale_label", "misread") and self.without_receipt:
            self.entered(text)
        elif kind in ("goods", "scale_label") and self.view is not None:
            self._counter.ask(lambda: self._counter.checkout.basket.search(text, 1), self._found_on_receipt)
        elif kind == "member" and self.view is None and not self.without_receipt:
            self._counter.ask(lambda: self._sales_of(text), self._show_recent)
        else:
            return kind == "misread" and self._misread()
        return True

    def _misread(self) -> bool:
        self._counter.stage.refuse(Refusal("code_check_character"))
        return True

    def _sales_of(self, card: str) -> tuple[SaleSummary, ...]:
        self._counter.checkout.basket.scan(card)
        return self._refunds.of_member()

    def _found_on_receipt(self, matches: tuple[GoodsMatch, ...]) -> None:
        lines = self.view.lines if self.view is not None else ()
        for place, line in enumerate(lines):
            if matches and line.goods_id == matches[0].goods_id and line.wanted_milli < line.left_milli:
                self.chosen = place
                self.more(1)
                return
        self._counter.stage.refuse(Refusal("not_on_this_receipt"))

    def find(self, receipt_number: str) -> None:
        """By number. A sale of another till shows itself when its right has come."""
        number = receipt_number.upper()

        def not_here(refusal: Refusal) -> None:
            if refusal.code == "order_found":
                self._counter.stage.go("sell")
                self.open_slip(number)
                return
            self.asked_for.refused(refusal, lambda: self._refunds.has_come(number), lambda: self.find(number))
            self._counter.stage.refuse(refusal)
            self._asked_words = refusal_words(refusal)
            self._show_asked_for()

        self._counter.ask(lambda: self._refunds.find(number), self._show_found, not_here)

    def _show_found(self, view: RefundView) -> None:
        self.asked_for.drop()
        self._counter.stage.say("")
        self.without_receipt, self.goods = False, []  # the receipt was found after all
        self.wanted, self._wanted_next = {}, {}
        open_lines = [place for place, line in enumerate(view.lines) if line.left_milli > 0]
        self.chosen = open_lines[0] if open_lines else 0
        self._show(view)

    def _show(self, view: RefundView) -> None:
        self.view = view
        self._face.show_refund(view, self.chosen)

    def choose(self, place: int) -> None:
        """A line was touched, or the arrows moved."""
        count = len(self.goods) if self.without_receipt else len(self.view.lines) if self.view else 0
        self.chosen = max(0, min(place, count - 1))
        if self.without_receipt:
            self._face.show_unreceipted(self.goods, self.chosen)
        elif self.view is not None:
            self._face.show_refund(self.view, self.chosen)

    def more_of(self, place: int, step: int) -> None:
        """The keys beside a line."""
        self.chosen = place
        self.more(step)

    def more(self, step: int) -> None:
        """One piece more or less of the chosen line; a weighed line comes back whole or not at all."""
        if self.without_receipt and self.goods:
            match, quantity_milli = self.goods[self.chosen]
            self.goods[self.chosen] = (match, max(1000, quantity_milli + step * 1000))
            self._face.show_unreceipted(self.goods, self.chosen)
            return
        if self.view is None or not self.view.lines:
            return
        line = self.view.lines[self.chosen]
        now = self._wanted_next.get(line.line_number, 0)
        wanted = now + step * (line.left_milli if line.weighed else 1000)
        self._plan({**self._wanted_next, line.line_number: max(0, min(wanted, line.left_milli))})

    def all_of_it(self) -> None:
        """Everything that is left."""
        if self.is_anything_left and self.view is not None:
            self._plan({line.line_number: line.left_milli for line in self.view.lines if line.left_milli > 0})

    def _plan(self, wanted: dict[int, int]) -> None:
        view = self.view
        if view is None:
            return
        chosen = {number: quantity for number, quantity in wanted.items() if quantity > 0}

        def planned(answer: RefundView) -> None:
            if self.view is not None and self.view.sale_id == answer.sale_id:  # else it was left meanwhile
                self.wanted = chosen
                self._show(answer)

        def not_planned(refusal: Refusal) -> None:
            if self._wanted_next == chosen:
                self._wanted_next = dict(self.wanted)
            self._counter.stage.refuse(refusal)

        self._wanted_next = chosen
        self._counter.ask(lambda: self._refunds.plan(view.sale_id, chosen), planned, not_planned)

    @property
    def is_anything_left(self) -> bool:
        """Whether something of the shown sale can still come back."""
        return self.view is not None and any(line.left_milli > 0 for line in self.view.lines)

    def confirm(self) -> None:
        """Enter: with nothing chosen yet everything that is left is, to be seen first; then do it. Where a manager is
        needed, the flow asks. Pressed again before it is on disk it is still one refund."""
        if self._wanted_next != self.wanted:  # what was pressed last is not on the screen yet
            return
        if self.view is not None and not self.wanted and not self.without_receipt:
            self.all_of_it()
            return
        if self.without_receipt:
            wanted = [UnreceiptedWanted(goods_id=match.goods_id, quantity_milli=milli) for match, milli in self.goods]
            if not wanted:
                self._counter.stage.refuse(Refusal("refund_nothing_wanted"))
                return
            self._writing.ask_approved(
                lambda approval: self._refunds.without_receipt(wanted, approval=approval), self._done
            )
        elif self.view is not None:
            sale_id, chosen = self.view.sale_id, dict(self.wanted)
            self._writing.ask_approved(
                lambda approval: self._refunds.refund(sale_id, chosen, approval=approval), self._done
            )

    def exchange(self) -> None:
        """What is chosen comes back, and the customer takes something else: scanned on the sell screen."""
        view = self.view
        if view is None:
            return
        if not self.wanted:
            self._counter.stage.refuse(Refusal("refund_nothing_wanted"))
            return
        sale_id, chosen = view.sale_id, dict(self.wanted)

        def begun(basket: BasketView) -> None:
            self._counter.stage.go("sell")
            words = sentence_of("exchange_begun", {"amount_fen": basket.exchange_back_fen})
            self._counter.stage.say(words, "good")

        self._writing.ask_approved(lambda approval: self._refunds.exchange(sale_id, chosen, approval=approval), begun)

    def _done(self, done: DoneView) -> None:
        self._counter.stage.go("sell")
        self._counter.stage.show_done(done)

    def back(self) -> None:
        """Esc: from a sale to the list, from the list to the basket."""
        if self.view is not None or self.without_receipt:
            self.begin()
        else:
            self._counter.stage.go("sell")
