"""The sell screen's decisions: what a scan, a typed word or a key asks of the basket, and what is shown of it."""

import re
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from pos_client.checkout.views import BasketView, GoodsMatch, HeldView, LineView, Notice, ScanView, SuggestionView
from pos_client.ui.formats import plain
from pos_client.ui.presenters.asked_for import AskedFor
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.wallets import wallet_of
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal
from shared_models.sales import Approval

_PHONE = re.compile(r"1\d{10}")
_TIMES_MAX = 9_999
_TIMES = re.compile(r"(\d{1,8})[*x×](.*)")
UNDOABLE = frozenset({"line_removed", "basket_cancelled", "member_taken_off"})
UNKNOWN_CODES = frozenset({"unknown_code", "code_unknown", "goods_unknown"})


class SellFace(Protocol):
    """What the screen can do."""

    def show_basket(self, view: BasketView, chosen_line: int) -> None: ...
    def show_suggestion(self, suggestion: SuggestionView | None, rule_version: str) -> None: ...
    def say_last(self, text: str) -> None: ...
    def choose_goods(self, matches: Sequence[GoodsMatch]) -> None: ...
    def ask_weight(self, goods_id: str, name: str) -> None: ...
    def ask_price(self, goods_id: str, name: str) -> None: ...
    def choose_held(self, held: Sequence[HeldView]) -> None: ...
    def find_member(self, text: str) -> None: ...
    def open_refund(self, receipt_number: str) -> None: ...


class SellPresenter:
    """One per window; the open basket as last shown is `view`."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._basket = counter.checkout.basket
        self.face: SellFace | None = None
        self.view: BasketView | None = None
        self.suggestion: SuggestionView | None = None
        self.chosen_line = 0
        self.asked_for = AskedFor(counter)

    # --- showing ---------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The screen comes up, or figures changed behind it: show the basket as it is now."""
        self._counter.ask(self._basket.view, self.show)

    def restore(self) -> None:
        """At start: the basket of before the power cut."""
        self._counter.ask(self._basket.restore, self.show)

    def show(self, view: BasketView) -> None:
        """Show this basket; what changed last becomes the chosen line."""
        self.view = view
        numbers = [line.line_number for line in view.lines]
        if view.changed_line in numbers:
            self.chosen_line = view.changed_line
        elif self.chosen_line not in numbers:
            self.chosen_line = numbers[-1] if numbers else 0
        face = self._face
        face.show_basket(view, self.chosen_line)
        if not view.lines and view.member is None:
            face.say_last("")  # what the customer before this one brought
        for notice in view.notices:
            self._say_notice(notice)
        if view.member is not None and view.lines:
            self._counter.ask(self._basket.suggestion, self._show_suggestion)
        else:
            self._show_suggestion(None)
        self._counter.stage.show_customer(view)
        self._counter.stage.refresh_status()

    def _say_notice(self, notice: Notice) -> None:
        words = sentence_of(notice.code, notice.fields)
        if notice.code in UNDOABLE:
            self._counter.stage.say_undoable(words, self.undo)
        else:
            self._counter.stage.say(words, "good" if notice.code == "undone" else "warning")

    def _show_suggestion(self, suggestion: SuggestionView | None) -> None:
        self.suggestion = suggestion
        self._face.show_suggestion(suggestion, self.view.rule_version if self.view else "")

    @property
    def _face(self) -> SellFace:
        assert self.face is not None
        return self.face

    @property
    def line(self) -> LineView | None:
        """The chosen line."""
        lines = self.view.lines if self.view is not None else ()
        return next((line for line in lines if line.line_number == self.chosen_line), None)

    # --- scanning and typing ---------------------------------------------------------------------------------------

    def scanned(self, text: str) -> None:
        """A scanner spoke, whatever had the focus."""
        self._counter.ask(
            lambda: self._basket.scan(text),
            lambda scan: self._scan_done(scan, text),
            lambda refusal: self._scan_refused(text, refusal),
        )

    def typed(self, text: str) -> None:
        """A word in the scan box and Enter: a code, `3*` and a code, a phone number, or the name of goods."""
        text = text.strip()
        times = _TIMES.fullmatch(text)
        if times is not None:
            self._typed_times(int(times[1]), times[2])
        elif text:
            self._counter.ask(
                lambda: self._basket.scan(text),
                lambda scan: self._scan_done(scan, text),
                lambda refusal: self._typed_refused(text, refusal),
            )

    def _typed_times(self, count: int, rest: str) -> None:
        """`3*` alone counts for the chosen line, `3*code` for what it adds."""
        if count > _TIMES_MAX:
            self._counter.stage.refuse(Refusal("quantity_invalid", who="cashier"))
            return
        if not rest:
            self.set_quantity(count * 1000)
            return

        def scan_so_many() -> ScanView:
            scan = self._basket.scan(rest)
            line = next((line for line in scan.basket.lines if line.line_number == scan.basket.changed_line), None)
            if scan.outcome == "goods" and line is not None and not line.weighed and count > 1:
                more = line.quantity_milli + (count - 1) * 1000
                self._basket.set_quantity(line.line_number, more)
            return scan

        def show_again(scan: ScanView) -> None:
            self._scan_done(scan, rest)
            self.begin()

        self._counter.ask(scan_so_many, show_again)

    def _scan_done(self, scan: ScanView, text: str) -> None:
        self._counter.stage.say("")
        self.show(scan.basket)
        if scan.outcome == "goods" and self.line is not None:
            self._face.say_last(f"{self.line.scanned_code} {self.line.name}".strip())
            self._counter.stage.basket_changed(_("{name} is in the basket.").format(name=self.line.name))
        elif scan.outcome == "member" and scan.basket.member is not None:
            name = scan.basket.member.name or scan.basket.member.phone_masked
            self._face.say_last(name)
            self._counter.stage.basket_changed(_("{name} is on the basket.").format(name=name))
        elif scan.outcome == "coupon":
            self._counter.stage.basket_changed(_("The coupon is used."))
        elif scan.outcome == "receipt":
            self._face.open_refund(scan.receipt_number)
        elif scan.outcome == "staff":
            # Another cashier takes over: the basket stays.
            self._counter.ask(
                lambda: self._counter.checkout.staff.login_by_badge(text),
                lambda _staff: self._counter.stage.refresh_status(),
            )

    def member_came(self, view: BasketView) -> None:
        """A member was found or registered in a panel."""
        self.show(view)
        if view.member is not None:
            self._face.say_last(view.member.name or view.member.phone_masked)

    def refuse_scan(self, text: str, refusal: Refusal) -> None:
        """Say why a scan came to nothing; a payment code is not repeated on the screen."""
        if wallet_of(text) is not None:
            self._counter.stage.say(_("This is a payment code. Press F9 and scan it there."))
        else:
            self._counter.stage.refuse(refusal)

    def _scan_refused(self, text: str, refusal: Refusal) -> None:
        goods_id = str(refusal.fields.get("goods_id", ""))
        name = str(refusal.fields.get("name", "") or goods_id)
        if refusal.code == "weight_needed":
            self._face.ask_weight(goods_id or text, name)
        elif refusal.code == "price_needed":
            self._face.ask_price(goods_id or text, name)
        else:
            basket_id = self.view.basket_id if self.view is not None else None
            self.asked_for.refused(
                refusal, lambda: self._basket.coupon_has_come(text, basket_id), lambda: self.scanned(text)
            )
            self._face.say_last("")
            self.refuse_scan(text, refusal)

    def _typed_refused(self, text: str, refusal: Refusal) -> None:
        if _PHONE.fullmatch(text):
            self._face.find_member(text)
            return
        if refusal.code not in UNKNOWN_CODES:
            self._scan_refused(text, refusal)
            return

        def found(matches: Sequence[GoodsMatch]) -> None:
            if not matches:
                self._counter.stage.refuse(refusal)
            elif len(matches) == 1 and not matches[0].sold_out:
                self.add_match(matches[0])
            else:
                self._face.choose_goods(matches)

        self._counter.ask(lambda: self._basket.search(text), found)

    # --- goods -----------------------------------------------------------------------------------------------------

    def add_match(self, match: GoodsMatch) -> None:
        """Goods chosen from a search."""
        if match.weighed:
            self._face.ask_weight(match.goods_id, match.name)
        elif match.open_price:
            self._face.ask_price(match.goods_id, match.name)
        else:
            self.add_goods(match.goods_id)

    def add_goods(self, goods_id: str, *, quantity_milli: int | None = None, open_price_fen: int | None = None) -> None:
        """A key of the grid, or a search, with what it needed to know."""
        self._counter.ask(
            lambda: self._basket.add_goods(goods_id, quantity_milli=quantity_milli, open_price_fen=open_price_fen),
            self._changed,
            lambda refusal: self._scan_refused(goods_id, refusal),
        )

    def _changed(self, view: BasketView) -> None:
        self._counter.stage.say("")
        self.show(view)
        self._counter.stage.basket_changed("")

    def choose(self, line_number: int) -> None:
        """A line was touched."""
        self.chosen_line = line_number

    def move(self, step: int) -> None:
        """Up or down in the basket."""
        if self.view is None or not self.view.lines:
            return
        numbers = [line.line_number for line in self.view.lines]
        place = numbers.index(self.chosen_line) if self.chosen_line in numbers else len(numbers) - 1
        self.chosen_line = numbers[max(0, min(place + step, len(numbers) - 1))]
        self._face.show_basket(self.view, self.chosen_line)

    # What a panel asked for is for the line that it named (`of`), whichever is chosen when it is answered.

    def set_quantity(self, quantity_milli: int, of: LineView | None = None) -> None:
        """Another quantity for the chosen line."""
        line = of or self.line
        if line is not None:
            self._counter.ask(lambda: self._basket.set_quantity(line.line_number, quantity_milli), self._changed)

    def remove_line(self, of: LineView | None = None) -> None:
        """Take the chosen line out."""
        line = of or self.line
        if line is not None:
            self._counter.ask(lambda: self._basket.remove_line(line.line_number), self._changed)

    def undo(self) -> None:
        """Ctrl Z: what was taken out last comes back."""
        self._counter.ask(self._basket.undo, self._changed)

    def set_price(self, price_fen: int, of: LineView | None = None) -> None:
        """Another price for the chosen line, with a manager's yes where it needs one."""
        line = of or self.line
        if line is not None:
            self._approved(lambda approval: self._basket.override_price(line.line_number, price_fen, approval=approval))

    def discount_line(self, *, amount_fen: int = 0, percent_off: int = 0, of: LineView | None = None) -> None:
        """A discount on the chosen line; both 0 takes it off."""
        line = of or self.line
        if line is not None:
            self._approved(
                lambda approval: self._basket.discount_line(
                    line.line_number, amount_fen=amount_fen, percent_off=percent_off, approval=approval
                )
            )

    def discount_basket(self, *, amount_fen: int = 0, percent_off: int = 0) -> None:
        """A discount on everything."""
        self._approved(
            lambda approval: self._basket.discount_basket(
                amount_fen=amount_fen, percent_off=percent_off, approval=approval
            )
        )

    def set_note(self, text: str) -> None:
        """A note on the chosen line."""
        self._counter.ask(lambda: self._basket.set_note(text, line_number=self.chosen_line), self._changed)

    def cancel_basket(self) -> None:
        """Throw the basket away: asked for on purpose, never by Esc."""
        self._counter.ask(self._basket.cancel, self._changed)

    def _approved(self, operation: Callable[[Approval | None], BasketView]) -> None:
        self._counter.ask_approved(operation, self._changed)

    # --- coupons, points, the member -------------------------------------------------------------------------------

    def toggle_coupon(self, token: UUID) -> None:
        """Use a coupon, or take it off again."""
        coupons = self.view.coupons if self.view is not None else ()
        applied = any(coupon.token == token and coupon.applied for coupon in coupons)
        operation = self._basket.drop_coupon if applied else self._basket.use_coupon
        self._counter.ask(lambda: operation(token), self._changed)

    def adopt_suggestion(self) -> bool:
        """Take the best combination. False where there is none."""
        if self.suggestion is None:
            return False
        self._counter.ask_present(self._basket.adopt_suggestion, self._changed)
        return True

    def detach_member(self) -> None:
        """Take the member off."""
        self._counter.ask(self._counter.checkout.members.detach, self._changed)

    # --- hold, resume, pay -----------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Put the basket aside."""

        def held(view: BasketView) -> None:
            self._changed(view)
            self._face.say_last(_("on hold, F6 brings it back"))

        self._counter.ask(self._basket.hold, held)

    def offer_held(self) -> None:
        """The one basket on hold at once; of several, the list."""

        def offered(held: tuple[HeldView, ...]) -> None:
            if len(held) == 1:
                self.resume(held[0].basket_id)
            else:
                self._face.choose_held(held)

        self._counter.ask(self._basket.held, offered)

    def resume(self, basket_id: UUID) -> None:
        """Take a held basket up again; an open one goes on hold in its place."""
        self._counter.ask(lambda: self._basket.resume(basket_id, hold_open=True), self._changed)

    def pay(self) -> None:
        """On to the pay screen."""
        if self.view is None or not self.view.lines:
            self._counter.stage.refuse(Refusal("basket_empty"))
            return
        self._counter.stage.go("pay")


def due_words(view: BasketView | None) -> str:
    """The words of the big key."""
    due = plain(view.due_fen) if view is not None else plain(0)
    return _("Pay ¥{amount}").format(amount=due)
