"""The basket: lines by scan, key or search, quantities, coupons, points, hold and resume.

Every change is quoted by the rule engine and on disk before the view is handed back.
"""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from pos_client.checkout import bearer_coupons, price_changes, undoing
from pos_client.checkout.basket_changes import change, keep, show, with_line, with_new_line, without_member
from pos_client.checkout.basket_view import why_not_coupon
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, decode_draft, encode_draft
from pos_client.checkout.goods_lines import MadeLine, made_label_line, made_line, valid_quantity
from pos_client.checkout.member_panel import PROVING, free_today_fen, refuse_without_presence
from pos_client.checkout.members import Members
from pos_client.checkout.quoting import Quoted, member_figure, moving_again, quote_draft
from pos_client.checkout.stored_value import usable_points
from pos_client.checkout.views import BasketView, GoodsMatch, HeldView, Notice, ScanView, SuggestionView
from pos_client.checkout.wallet_payments import refuse_under_way
from shared_models.catalog import GoodsRow
from shared_models.codes import Scan, parse_scan
from shared_models.refusals import Refusal
from shared_models.rule_engine import best_combination
from shared_models.sales import Approval

NOTE_LENGTH_MAX = 200


class Basket:
    """The open basket of the till."""

    def __init__(self, desk: Desk, members: Members) -> None:
        self._desk = desk
        self._members = members

    # --- seeing and restoring ---

    def view(self) -> BasketView:
        """As it is now: quoted again, so that rights that arrived meanwhile are seen."""
        return show(self._desk)

    def restore(self) -> BasketView:
        """At start: the open basket as it was last saved. A member in it is detached until proved again
        (notice `member_detached`)."""
        saved = self._desk.ledger.open_basket()
        if saved is None:
            return show(self._desk)
        try:
            draft = decode_draft(saved.payload)
        except msgspec.DecodeError:
            self._desk.ledger.drop_basket(saved.basket_id)
            return show(self._desk, notices=(Notice(code="basket_unreadable"),))
        self._desk.draft_is_saved = True
        try:
            return self._take_up(draft)
        except Refusal:  # no rules yet: what HQ told is being fetched anew. The basket is this one all the same
            self._desk.draft = without_member(draft)
            raise

    # --- lines ---

    def scan(self, text: str) -> ScanView:
        """What is scanned decides: goods and scale labels become lines, a member is attached with presence, a coupon is
        applied, a receipt or badge is told to the screen. Refuses `unknown_code`, `barcode_check_digit`,
        `code_check_character`, `goods_sold_out`, `goods_inactive`, `goods_expired`, `price_needed(goods_id)` (open
        price: use add_goods), `weight_needed`, `basket_too_large`, `member_unknown`, `coupon_*`. A label whose amount
        is not weight x price gives a notice `label_amount_differs(difference_fen)`."""
        bearer_coupons.refuse_endless(text)
        scan = parse_scan(text, self._desk.rules().scale_patterns)
        match scan.kind:
            case "goods" | "scale_label":
                return ScanView(outcome="goods", basket=self._scan_goods(scan))
            case "member":
                return ScanView(outcome="member", basket=self._members.attach_code(scan.value))
            case "coupon":
                return ScanView(outcome="coupon", basket=self._scan_coupon(scan))
            case "receipt" | "order" | "handoff":
                return ScanView(outcome="receipt", basket=show(self._desk), receipt_number=scan.value)
            case "staff":
                return ScanView(outcome="staff", basket=show(self._desk))
            case _:
                raise Refusal("unknown_code", scanned=scan.value[:48], who="hq")

    def coupon_has_come(self, text: str, basket_id: UUID | None) -> bool:
        """Whether a coupon that was asked for is here now and the basket it is for is still the open one."""
        return self._desk.draft.basket_id == basket_id and bearer_coupons.has_come(self._desk, text)

    def search(self, text: str, limit: int = 20) -> tuple[GoodsMatch, ...]:
        """Goods by name, pinyin initials, PLU or code."""
        ledger, store_id = self._desk.ledger, self._desk.identity.store_id
        return tuple(
            GoodsMatch(
                goods_id=row.goods_id,
                name=row.name,
                unit=row.unit,
                weighed=row.weighed or row.unit != "piece",
                price=ledger.price_of(row.goods_id, store_id) or row.price,
                open_price=row.open_price,
                sold_out=row.sold_out,
                category=row.category,
            )
            for row in ledger.search_goods(text, limit)
        )

    def add_goods(
        self, goods_id: str, *, quantity_milli: int | None = None, open_price_fen: int | None = None,
        approval: Approval | None = None,
    ) -> BasketView:  # fmt: skip
        """From the grid or the search: one piece, or `quantity_milli` (grams for weighed goods, needed there). An open
        price above the cashier's limit needs approval `price_override`."""
        goods = self._desk.ledger.goods(goods_id)
        if goods is None:
            raise Refusal("goods_unknown", goods_id=goods_id, who="hq")
        limit_fen = self._desk.rules().limits.open_price_maximum_fen
        allowed = None
        if goods.open_price and open_price_fen is not None and open_price_fen > limit_fen:
            allowed = price_changes.approved(
                self._desk, "price_override", approval, name=goods.name, amount_fen=open_price_fen
            )
        approval_id = "" if allowed is None else allowed.approval_id
        made = made_line(
            self._desk, goods, quantity_milli=quantity_milli, open_price_fen=open_price_fen, approval_id=approval_id
        )
        draft = price_changes.with_used(self._desk, self._desk.draft, allowed)
        return self._add(draft, made)

    def set_quantity(self, line_number: int, quantity_milli: int) -> BasketView:
        """Pieces x 1000, or grams for weighed goods. Refuses `quantity_invalid`, `label_quantity_fixed`."""
        before = self._desk.draft
        line = before.line(line_number)
        if line is not None:
            valid_quantity(quantity_milli, weighed=line.weighed)
            if line.line.price_source == "label":
                raise Refusal("label_quantity_fixed", line_number=line_number, who="cashier")
        draft = with_line(
            before, line_number, lambda one: replace(one, line=replace(one.line, quantity_milli=quantity_milli))
        )
        notices: tuple[Notice, ...] = ()
        if line is not None and quantity_milli < line.line.quantity_milli:
            undoing.lower(self._desk, before, line, quantity_milli)
            draft, notices = price_changes.outgrown(self._desk, draft, line_number)
        return change(self._desk, draft, changed_line=line_number, notices=notices)

    def remove_line(self, line_number: int) -> BasketView:
        """Takes a line out: recorded, and undone by `undo`. Refuses `line_unknown`."""
        draft = with_line(self._desk.draft, line_number, lambda one: one)
        line = next(one for one in draft.lines if one.line.line_number == line_number)
        undoing.lower(self._desk, draft, line, 0)
        rest = tuple(one for one in draft.lines if one.line.line_number != line_number)
        draft, notices = price_changes.outgrown(self._desk, replace(draft, lines=rest))
        removed = Notice(code="line_removed", fields={"name": line.line.name})
        return change(self._desk, draft, notices=(removed, *notices))

    def undo(self) -> BasketView:
        """The last thing that was taken out comes back: a line, a quantity, the member, the whole basket. Until it is
        paid, held or exchanged for another. Refuses `nothing_to_undo`."""
        return undoing.undo(self._desk)

    def override_price(
        self, line_number: int, price_fen: int, *, reason: str = "", approval: Approval | None = None
    ) -> BasketView:
        """Another price for this line, per unit as the goods are priced. Above the cashier's limit: approval
        `price_override`."""
        return price_changes.override_price(self._desk, line_number, price_fen, reason, approval)

    def discount_line(
        self, line_number: int, *, amount_fen: int = 0, percent_off: int = 0, reason: str = "",
        approval: Approval | None = None,
    ) -> BasketView:  # fmt: skip
        """A manual discount on a line (both 0: take it off). Above the cashier's limit: approval `line_discount`.
        `reason` is a code of the chain's list."""
        return price_changes.discount_line(self._desk, line_number, amount_fen, percent_off, reason, approval)

    def discount_basket(
        self, *, amount_fen: int = 0, percent_off: int = 0, reason: str = "", approval: Approval | None = None
    ) -> BasketView:
        """The same on the whole basket, shared over its lines. Approval `basket_discount`."""
        return price_changes.discount_basket(self._desk, amount_fen, percent_off, reason, approval)

    def set_note(self, text: str, *, line_number: int = 0) -> BasketView:
        """A note on the basket (0) or a line; it travels as an attachment. Refuses `note_too_long`."""
        if len(text) > NOTE_LENGTH_MAX:
            raise Refusal("note_too_long", length_max=NOTE_LENGTH_MAX, who="cashier")
        draft = self._desk.draft
        if line_number:
            draft = with_line(draft, line_number, lambda one: replace(one, note=text))
        else:
            draft = replace(draft, note=text)
        return change(self._desk, draft, changed_line=line_number)

    # --- coupons and points ---

    def use_coupon(self, token: UUID) -> BasketView:
        """Apply a coupon of the member. Refuses the code that CouponView.why_not shows."""
        return self._use(self._desk.draft, token)

    def _use(self, draft: Draft, token: UUID) -> BasketView:
        quoted = quote_draft(self._desk, draft)
        coupon = next((one for one in quoted.coupons if one.terms.token == token), None)
        if coupon is None:
            raise Refusal("coupon_unknown", who="member")
        if token in quoted.quote.coupons_applied:
            return show(self._desk)
        refusal = why_not_coupon(self._desk, quoted, coupon)
        if refusal is not None:
            raise refusal
        chosen = tuple(one for one in draft.coupons if one != token)
        quoted = quote_draft(self._desk, replace(draft, coupons=(*chosen, token)))
        if token not in quoted.quote.coupons_applied:
            code = quoted.quote.coupons_refused.get(token, "coupon_saves_nothing")
            raise Refusal(code, minimum_fen=coupon.terms.minimum_fen, who="cashier")
        return keep(self._desk, quoted)

    def drop_coupon(self, token: UUID) -> BasketView:
        """Take a coupon off again."""
        draft = self._desk.draft
        on_paper = tuple(one for one in draft.bearer_coupons if one.token != token)
        chosen = tuple(one for one in draft.coupons if one != token)
        return change(self._desk, replace(draft, coupons=chosen, bearer_coupons=on_paper))

    def use_points(self, points: int) -> BasketView:
        """Spend up to so many points as money, as far as the rules and what is usable here allow (0: none). Refuses
        `no_member`, `points_not_usable(available)`, and for want of presence `presence_needed`."""
        draft = self._desk.draft
        if points <= 0:
            return change(self._desk, replace(draft, points=0))
        figure = member_figure(self._desk, draft)
        if draft.member is None or figure is None:
            raise Refusal("no_member", who="member")
        quoted = quote_draft(self._desk, replace(draft, points=points))
        if not quoted.quote.points_used:
            available = usable_points(figure.lots, quoted.inputs.business_date)
            raise Refusal("points_not_usable", available=available, who="hq")
        refuse_without_presence(self._desk, quoted.rules, draft.member, figure, quoted.quote.points_reduction_fen)
        return keep(self._desk, quoted)

    def suggestion(self) -> SuggestionView | None:
        """The best combination of coupons and points, where it saves more than the present one. Ask when idle."""
        draft = self._desk.draft
        figure = member_figure(self._desk, draft)
        if draft.member is None or figure is None or not draft.lines:
            return None
        quoted = quote_draft(self._desk, draft)
        coupons = [coupon.terms for coupon in quoted.coupons if coupon.usable_now]
        points = usable_points(figure.lots, quoted.inputs.business_date)
        if draft.member.presence not in PROVING:
            points = min(points, _points_for(quoted, free_today_fen(self._desk, quoted.rules, figure)))
        best = best_combination(quoted.rules, quoted.lines, quoted.inputs, coupons, points)
        if best.quote.total_fen >= quoted.quote.total_fen:
            return None
        return SuggestionView(
            coupons=tuple(terms.token for terms in best.coupons),
            coupon_names=tuple(terms.name for terms in best.coupons),
            points=best.points,
            points_reduction_fen=best.quote.points_reduction_fen,
            saved_fen=quoted.quote.total_fen - best.quote.total_fen,
            total_fen=best.quote.total_fen,
        )

    def adopt_suggestion(self) -> BasketView:
        """Use it; where there is nothing better the basket stays as it is."""
        best = self.suggestion()
        if best is None:
            return show(self._desk)
        return change(self._desk, replace(self._desk.draft, coupons=best.coupons, points=best.points))

    # --- hold, resume, cancel ---

    def hold(self, label: str = "") -> BasketView:
        """Put the basket aside; answers with a new empty one. Refuses `basket_empty`, `payments_begun`."""
        draft = self._desk.draft
        if not draft.lines:
            raise Refusal("basket_empty", who="cashier")
        self._refuse_payments(draft)
        member_id = None if draft.member is None else draft.member.member_id
        if draft.order is None:  # a wallet may have been asked and have failed: what is agreed with nobody moves on
            draft = moving_again(draft)
        held = replace(draft, cashier_id=self._desk.need_cashier().staff_id)
        saved = encode_draft(held)
        self._desk.ledger.save_basket(draft.basket_id, "held", saved, member_id, label, draft.order_in_hand)
        self._desk.held_count += 1
        self._desk.new_draft()
        return show(self._desk)

    def held(self) -> tuple[HeldView, ...]:
        """Baskets on hold, oldest first."""
        views = []
        for saved in self._desk.ledger.held_baskets():
            draft = decode_draft(saved.payload)
            views.append(
                HeldView(
                    basket_id=saved.basket_id,
                    label=saved.label,
                    lines=len(draft.lines),
                    due_fen=draft.due_fen,
                    held_at_ms=saved.saved_at_ms,
                    cashier_id=draft.cashier_id,
                )
            )
        return tuple(views)

    def resume(self, basket_id: UUID, *, hold_open: bool = False) -> BasketView:
        """Take a held basket up again, its member detached until proved; with `hold_open` a basket that is open goes
        on hold in its place. Refuses `basket_not_empty`, `basket_unknown`, `payments_begun`."""
        saved = next((one for one in self._desk.ledger.held_baskets() if one.basket_id == basket_id), None)
        if saved is None:
            raise Refusal("basket_unknown", who="cashier")
        if self._desk.draft.lines:
            if not hold_open:
                raise Refusal("basket_not_empty", who="cashier")
            self.hold()
        self._drop_open()
        self._desk.held_count -= 1
        return self._take_up(decode_draft(saved.payload))

    def cancel(self) -> BasketView:
        """Throw the basket away: recorded, and undone by `undo`. Refuses `payments_begun`."""
        self._refuse_payments(self._desk.draft)
        step = undoing.cancel(self._desk, self._desk.draft)
        self._drop_open()
        if step is None:
            return show(self._desk)
        undoing.remember(self._desk, step)
        return show(self._desk, notices=(Notice(code="basket_cancelled"),))

    # --- inner ---

    def _scan_goods(self, scan: Scan) -> BasketView:
        ledger = self._desk.ledger
        goods: GoodsRow | None = None
        for code in scan.codes:
            goods = ledger.goods_by_plu(code) if scan.label else ledger.goods_by_code(code) or ledger.goods_by_plu(code)
            if goods is not None:
                break
        if goods is None:
            raise Refusal("unknown_code", scanned=scan.value, who="hq")
        if scan.label is not None:
            made = made_label_line(self._desk, goods, scan.value, scan.label)
        else:
            made = made_line(self._desk, goods, code=scan.value, expires_on=scan.expires_on)
        return self._add(self._desk.draft, made)

    def _add(self, draft: Draft, made: MadeLine) -> BasketView:
        draft, number = with_new_line(draft, made.line)
        notices: tuple[Notice, ...] = ()
        if made.label_difference_fen:
            fields = {"line_number": number, "difference_fen": made.label_difference_fen}
            notices = (Notice(code="label_amount_differs", fields=fields),)
        return change(self._desk, draft, changed_line=number, notices=notices)

    def _scan_coupon(self, scan: Scan) -> BasketView:
        on_paper = bearer_coupons.scanned(self._desk, scan)
        if on_paper is not None:
            return self._use(bearer_coupons.with_coupon(self._desk.draft, on_paper), on_paper.token)
        if scan.token is None or self._desk.draft.member is None:
            raise Refusal("coupon_needs_member", who="member")
        return self.use_coupon(scan.token)

    def _take_up(self, draft: Draft) -> BasketView:
        notices = () if draft.member is None else (Notice(code="member_detached"),)
        return change(self._desk, without_member(draft), notices=notices)

    def _drop_open(self) -> None:
        if self._desk.draft_is_saved:
            self._desk.ledger.drop_basket(self._desk.draft.basket_id)
        self._desk.new_draft()

    def _refuse_payments(self, draft: Draft) -> None:
        if draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        refuse_under_way(self._desk)


def _points_for(quoted: Quoted, worth_fen: int) -> int:
    terms = quoted.rules.points_as_money
    return worth_fen // terms.fen_per_step * terms.points_per_step if terms.fen_per_step else 0
