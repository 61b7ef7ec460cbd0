"""Refunds against a receipt: what is left of a sale, and what comes back when a part of it does.

Everything that a sale holds (list amounts, every reduction, tax, tenders by lot, points earned and spent, rounding) is
split by what is left of it, and whatever returns the last piece returns all that is left. So parts never exceed the
whole, and a refund of everything, in whatever parts, returns everything to the fen. No rules are needed: what was given
is taken back, whatever the rules say today. The till's checkout plans with it; HQ and the replay may check with it.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shared_models.bodies import Refund, RefundLine, Sale, TenderCorrected
from shared_models.money import Rounding, divide, share
from shared_models.refusals import Refusal
from shared_models.sales import LotAmount, Reduction, Tender, Unit


class LineLeft(Struct, frozen=True, kw_only=True):
    """What is left of a sold line."""

    line_number: int
    goods_id: str
    name: str
    unit: Unit
    quantity_milli: int
    list_amount_fen: int
    reductions: tuple[Reduction, ...]
    amount_fen: int
    tax_included_fen: int
    no_points: bool
    by_piece: bool


class RefundState(Struct, frozen=True, kw_only=True):
    """What is left of a sale: lines in the order of the sale, tenders with what they still hold, lots of points."""

    lines: tuple[LineLeft, ...]
    tenders: tuple[Tender, ...]
    rounding_fen: int
    points_earned: tuple[LotAmount, ...]
    points_spent: tuple[LotAmount, ...]
    coupons: tuple[UUID, ...]

    @property
    def amount_fen(self) -> int:
        """What all of it would return."""
        return sum(line.amount_fen for line in self.lines)

    def line(self, line_number: int) -> LineLeft:
        """A line by its number. Refuses `refund_line_unknown`."""
        for line in self.lines:
            if line.line_number == line_number:
                return line
        raise Refusal("refund_line_unknown", line=line_number)


class RefundPlan(Struct, frozen=True, kw_only=True):
    """What a refund gives back and takes back. `points_taken_back` is what the sale gave for these goods: what the till
    may not take of it now becomes a debt. `points_returned` names the lots they came from."""

    lines: tuple[RefundLine, ...]
    total_fen: int
    rounding_fen: int
    tenders: tuple[Tender, ...]
    points_taken_back: tuple[LotAmount, ...]
    points_returned: tuple[LotAmount, ...]
    coupons_restored: tuple[UUID, ...]
    whole: bool


def state_after(sale: Sale, refunds: Sequence[Refund], corrections: Sequence[TenderCorrected] = ()) -> RefundState:
    """What is left of a sale after refunds of it, in any order, and after corrections of its tenders."""
    returned: dict[int, list[RefundLine]] = {}
    for refund in refunds:
        for part in refund.lines:
            returned.setdefault(part.line_number, []).append(part)
    restored = {token for refund in refunds for token in refund.coupons_restored}
    tenders = _corrected_tenders(sale, corrections)
    for refund in refunds:
        tenders = _less_tenders(tenders, refund.tenders)
    return RefundState(
        lines=tuple(
            _line_left(sale, position, returned.get(line.line_number, ())) for position, line in enumerate(sale.lines)
        ),
        tenders=tuple(tenders),
        rounding_fen=sale.rounding_fen - sum(refund.rounding_fen for refund in refunds),
        points_earned=_less_lots(
            sale.points_earned,
            [part for refund in refunds for part in refund.points_taken_back],
            sum(refund.points_debt for refund in refunds),
        ),
        points_spent=_less_lots(sale.points_spent, [part for refund in refunds for part in refund.points_returned]),
        coupons=tuple(token for token in sale.coupons_redeemed if token not in restored),
    )


def plan_refund(sale: Sale, state: RefundState, wanted: Mapping[int, int]) -> RefundPlan:
    """What comes back for `wanted` thousandths of each line number, out of what `state` says is left.

    Refuses `refund_nothing_wanted`, `refund_line_unknown`, `refund_more_than_left` and `refund_whole_pieces`.
    """
    parts = {number: quantity for number, quantity in wanted.items() if quantity}
    if not parts:
        raise Refusal("refund_nothing_wanted")
    for number, quantity in parts.items():
        _check_quantity(state.line(number), quantity)
    lines = tuple(_part_of(line, parts[line.line_number]) for line in state.lines if line.line_number in parts)
    whole = all(parts.get(line.line_number, 0) == line.quantity_milli for line in state.lines)
    total_fen = sum(line.amount_fen for line in lines)
    rounding_fen, tenders = _split_tenders(state, total_fen, whole)
    return RefundPlan(
        lines=lines,
        total_fen=total_fen,
        rounding_fen=rounding_fen,
        tenders=tenders,
        points_taken_back=_points_taken_back(state, lines, whole),
        points_returned=_points_returned(state, lines, whole),
        coupons_restored=_coupons_restored(sale, state, lines),
        whole=whole,
    )


def _check_quantity(line: LineLeft, quantity_milli: int) -> None:
    if quantity_milli < 0 or quantity_milli > line.quantity_milli:
        raise Refusal("refund_more_than_left", line=line.line_number, left_milli=line.quantity_milli)
    if line.by_piece and quantity_milli % 1000 and quantity_milli != line.quantity_milli:
        raise Refusal("refund_whole_pieces", line=line.line_number)


def _line_left(sale: Sale, position: int, parts: Sequence[RefundLine]) -> LineLeft:
    line = sale.lines[position]
    return LineLeft(
        line_number=line.line_number,
        goods_id=line.goods_id,
        name=line.name,
        unit=line.unit,
        quantity_milli=line.quantity_milli - sum(part.quantity_milli for part in parts),
        list_amount_fen=line.list_amount_fen - sum(part.list_amount_fen for part in parts),
        reductions=_less_reductions(line.reductions, [each for part in parts for each in part.reductions]),
        amount_fen=line.amount_fen - sum(part.amount_fen for part in parts),
        tax_included_fen=line.tax_included_fen - sum(part.tax_included_fen for part in parts),
        no_points=line.goods.no_points,
        by_piece=line.unit == "piece" and line.quantity_milli % 1000 == 0,
    )


def _less_reductions(whole: Sequence[Reduction], parts: Sequence[Reduction]) -> tuple[Reduction, ...]:
    if not parts:
        return tuple(whole)
    left = list(whole)
    for part in parts:
        fen, points = part.amount_fen, part.points
        for index, reduction in enumerate(left):
            if (reduction.kind, reduction.source) == (part.kind, part.source):
                taken, taken_points = min(fen, reduction.amount_fen), min(points, reduction.points)
                left[index] = replace(
                    reduction, amount_fen=reduction.amount_fen - taken, points=reduction.points - taken_points
                )
                fen, points = fen - taken, points - taken_points
    return tuple(left)


def _part_of(line: LineLeft, quantity_milli: int) -> RefundLine:
    """So much of a line: its list amount by quantity, and that shared over what it consists of."""
    if quantity_milli == line.quantity_milli:
        list_fen, amount_fen, tax_fen = line.list_amount_fen, line.amount_fen, line.tax_included_fen
        reductions = line.reductions
    else:
        list_fen = divide(line.list_amount_fen * quantity_milli, line.quantity_milli, Rounding.HALF_UP)
        amount_fen, *reduced = share(list_fen, [line.amount_fen, *(each.amount_fen for each in line.reductions)])
        reductions = tuple(
            replace(each, amount_fen=fen, points=each.points * fen // each.amount_fen if each.amount_fen else 0)
            for each, fen in zip(line.reductions, reduced, strict=True)
        )
        tax_fen = line.tax_included_fen * amount_fen // line.amount_fen if line.amount_fen else 0
    return RefundLine(
        line_number=line.line_number,
        goods_id=line.goods_id,
        name=line.name,
        quantity_milli=quantity_milli,
        unit=line.unit,
        list_amount_fen=list_fen,
        reductions=tuple(each for each in reductions if each.amount_fen or each.points),
        amount_fen=amount_fen,
        tax_included_fen=tax_fen,
    )


def _split_tenders(state: RefundState, total_fen: int, whole: bool) -> tuple[int, tuple[Tender, ...]]:
    """The rounding and the tenders that `total_fen` goes back by."""
    if whole:
        return state.rounding_fen, tuple(tender for tender in state.tenders if tender.amount_fen)
    held = [tender.amount_fen for tender in state.tenders]
    if state.rounding_fen >= 0:
        rounding_fen, *amounts = share(total_fen, [state.rounding_fen, *held])
    else:
        rounding_fen = -(-state.rounding_fen * total_fen // state.amount_fen) if state.amount_fen else 0
        amounts = share(total_fen - rounding_fen, held)
    return rounding_fen, tuple(
        _part_of_tender(tender, amount) for tender, amount in zip(state.tenders, amounts, strict=True) if amount
    )


def _part_of_tender(tender: Tender, amount_fen: int) -> Tender:
    return replace(tender, amount_fen=amount_fen, lots=_part_of_lots(tender.lots, amount_fen))


def _part_of_lots(lots: Sequence[LotAmount], amount: int) -> tuple[LotAmount, ...]:
    if not lots or not amount:
        return ()
    parts = share(amount, [part.amount for part in lots])
    return tuple(LotAmount(lot.subject, lot.lot, part) for lot, part in zip(lots, parts, strict=True) if part)


def _points_taken_back(state: RefundState, lines: Sequence[RefundLine], whole: bool) -> tuple[LotAmount, ...]:
    """Of the points earned, the part that what comes back earned; rounded down, the last part takes the rest."""
    earned = sum(part.amount for part in state.points_earned)
    if whole or not earned:
        return tuple(part for part in state.points_earned if part.amount)
    earning = {line.line_number: line.amount_fen for line in state.lines if not line.no_points}
    earning_fen = sum(earning.values())
    back_fen = sum(line.amount_fen for line in lines if line.line_number in earning)
    return _part_of_lots(state.points_earned, earned * back_fen // earning_fen if earning_fen else 0)


def _points_returned(state: RefundState, lines: Sequence[RefundLine], whole: bool) -> tuple[LotAmount, ...]:
    if whole:
        return tuple(part for part in state.points_spent if part.amount)
    points = sum(each.points for line in lines for each in line.reductions)
    spent = sum(part.amount for part in state.points_spent)
    return _part_of_lots(state.points_spent, min(points, spent))


def _coupons_restored(sale: Sale, state: RefundState, lines: Sequence[RefundLine]) -> tuple[UUID, ...]:
    """The coupons of which nothing is left to return after this, where their terms restore them."""
    restorable = {terms.token.hex: terms.token for terms in sale.inputs.coupons if terms.restored_on_refund}
    left: dict[str, int] = {}
    for line in state.lines:
        for each in line.reductions:
            if each.kind == "coupon":
                left[each.source] = left.get(each.source, 0) + each.amount_fen
    touched = set()
    for returned in lines:
        for each in returned.reductions:
            if each.kind == "coupon":
                left[each.source] -= each.amount_fen
                touched.add(each.source)
    spent_up = {restorable[source] for source in touched if left[source] == 0 and source in restorable}
    return tuple(token for token in state.coupons if token in spent_up)


def _corrected_tenders(sale: Sale, corrections: Sequence[TenderCorrected]) -> list[Tender]:
    """The tenders of a sale after corrections: what was taken back is gone, what was put instead is there."""
    tenders = [_settled(tender) for tender in sale.tenders]
    for correction in corrections:
        tenders = [tender for tender in _less_tenders(tenders, correction.taken_back) if tender.amount_fen]
        tenders += [_settled(tender) for tender in correction.put_instead]
    return tenders


def _settled(tender: Tender) -> Tender:
    """A tender without what was only said at the drawer."""
    return replace(tender, handed_over_fen=0, change_fen=0)


def _less_tenders(held: Sequence[Tender], returned: Sequence[Tender]) -> list[Tender]:
    """What tenders still hold after amounts went back: lots from whichever held those lots, else from the payment that
    is named, the same tender, one of the same kind, or (paid out another way) from any that is not stored value."""
    left = list(held)
    for back in returned:
        rest = back
        for index, tender in enumerate(left):
            if tender.lots and rest.lots:
                left[index], rest = _less_same_lots(tender, rest)
        for likeness in (_same_payment, _same_reference, _same_kind, _deposit_in_hand, _not_stored_value):
            for index, tender in enumerate(left):
                if rest.amount_fen and likeness(tender, rest):
                    taken = min(rest.amount_fen, tender.amount_fen)
                    lots = _less_lots(tender.lots, (), taken)
                    left[index] = replace(tender, amount_fen=tender.amount_fen - taken, lots=lots)
                    rest = replace(rest, amount_fen=rest.amount_fen - taken)
    return left


def _less_same_lots(tender: Tender, back: Tender) -> tuple[Tender, Tender]:
    """(what the tender still holds, what of `back` it did not hold). A deposit is stored value by another name, and a
    sale may hold stored value twice: what was carried over to it, and what paid the rest."""
    held = {(part.subject, part.lot): part.amount for part in tender.lots}
    taken_fen, others = 0, list[LotAmount]()
    for part in back.lots:
        key = (part.subject, part.lot)
        taken = min(part.amount, held.get(key, 0))
        if taken:
            held[key] -= taken
            taken_fen += taken
        if taken < part.amount:
            others.append(LotAmount(part.subject, part.lot, part.amount - taken))
    lots = tuple(LotAmount(subject, lot, amount) for (subject, lot), amount in held.items())
    return (
        replace(tender, amount_fen=tender.amount_fen - taken_fen, lots=lots),
        replace(back, amount_fen=back.amount_fen - taken_fen, lots=tuple(others)),
    )


def _same_payment(tender: Tender, back: Tender) -> bool:
    return tender.payment_id is not None and tender.payment_id == back.payment_id


def _same_reference(tender: Tender, back: Tender) -> bool:
    return (tender.kind, tender.provider, tender.reference_attachment, tender.payment_id) == (
        back.kind,
        back.provider,
        back.reference_attachment,
        back.payment_id,
    )


def _same_kind(tender: Tender, back: Tender) -> bool:
    return tender.kind == back.kind


def _deposit_in_hand(tender: Tender, back: Tender) -> bool:
    """A deposit that nobody can give back as it came goes back in cash."""
    return tender.kind == "deposit" and back.kind == "cash" and not tender.lots and tender.payment_id is None


def _not_stored_value(tender: Tender, back: Tender) -> bool:
    is_stored_value = tender.kind == "stored_value" or tender.lots
    return not is_stored_value and back.kind != "stored_value"


def _less_lots(held: Sequence[LotAmount], returned: Sequence[LotAmount], unnamed: int = 0) -> tuple[LotAmount, ...]:
    """What lots still hold: returned amounts go off their own lot; those of lots made since (the old one had expired)
    and `unnamed` ones (a debt) off any, in order."""
    left = {(part.subject, part.lot): part.amount for part in held}
    rest = unnamed
    for part in returned:
        key = (part.subject, part.lot)
        taken = min(part.amount, left.get(key, 0))
        if taken:
            left[key] -= taken
        rest += part.amount - taken
    for key, amount in left.items():
        taken = min(rest, amount)
        left[key] = amount - taken
        rest -= taken
    return tuple(LotAmount(subject, lot, amount) for (subject, lot), amount in left.items())
