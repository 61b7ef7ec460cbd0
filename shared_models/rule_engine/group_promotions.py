"""Line stage, third part: promotions over several pieces (Nth piece, N for a price, bundles).

Pieces are taken from lines in runs, dearest first, so a line of ten thousand pieces costs no more than one of two. A
promotion is tried on all the groups it can form; it is taken when it saves more than the same pieces get otherwise. It
leaves lines alone on which a promotion of higher priority was chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from shared_models.money import Rounding, divide, share
from shared_models.promotions import Bundle, GroupPromotion, NthPiece
from shared_models.rule_engine.compiled_rules import Prepared
from shared_models.rule_engine.line_promotions import SingleChoice
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.working_lines import WorkingLine, part


class _Trial:
    """A promotion tried: how many units of which lines it would use, and what it would save."""

    __slots__ = ("gain_fen", "groups", "prepared", "saved_fen", "units")

    def __init__(self, prepared: Prepared[GroupPromotion]) -> None:
        self.prepared = prepared
        self.units: dict[int, int] = {}
        self.groups = 0
        self.saved_fen = 0
        self.gain_fen = 0


class _Part:
    """One part of a group: the lines it can come from, dearest first, and how many pieces it takes."""

    __slots__ = ("_first", "_lines", "pieces")

    def __init__(self, lines: Sequence[WorkingLine], pieces: int) -> None:
        self._lines = lines
        self._first = 0
        self.pieces = pieces

    def spare(self) -> int:
        """How many pieces it could do without, before anything is used."""
        return sum([line.free_units for line in self._lines]) - self.pieces

    def still_free(self, used: Mapping[int, int]) -> Iterator[WorkingLine]:
        """The lines from the first that is not used up."""
        lines = self._lines
        while self._first < len(lines) and used.get(lines[self._first].position, 0) >= lines[self._first].free_units:
            self._first += 1
        return islice(lines, self._first, None)


def _parts(prepared: Prepared[GroupPromotion], candidates: Sequence[WorkingLine]) -> list[_Part]:
    """The parts of a group. Where the same pieces fit several parts, the part that fewest pieces fit takes first: 'any
    drink and a cola' must not take the only cola as its drink."""
    offer = prepared.offer
    if isinstance(offer, Bundle):
        wanted = list(zip(prepared.part_scopes, (each.pieces for each in offer.parts), strict=True))
    else:
        wanted = [(prepared.scope, offer.nth if isinstance(offer, NthPiece) else offer.pieces)]
    parts = [
        _Part([line for line in candidates if scope.holds(line.goods_id, line.goods)], pieces)
        for scope, pieces in wanted
    ]
    return parts if len(parts) == 1 else sorted(parts, key=_Part.spare)


def apply_group_promotions(
    state: PricingState,
    offers: Sequence[Prepared[GroupPromotion]],
    lines: Sequence[WorkingLine],
    singles: Mapping[int, SingleChoice],
) -> bool:
    """Take the promotions that gain, higher priority first, then the larger gain. `lines` stand dearest first;
    `singles` is what their units would get otherwise. Whether any was taken."""
    taken = False
    by_priority: dict[int, list[Prepared[GroupPromotion]]] = {}
    for prepared in offers:
        by_priority.setdefault(prepared.offer.priority, []).append(prepared)
    for priority in sorted(by_priority, reverse=True):
        level = by_priority[priority]
        trials = [_try(state, prepared, lines, singles) for prepared in level]
        trials.sort(key=lambda trial: -trial.gain_fen)
        for place, trial in enumerate(trials):
            again = trial if place == 0 else _try(state, trial.prepared, lines, singles)
            if again.gain_fen > 0:
                _take(state, again, lines)
                taken = True
    return taken


def _amount(line: WorkingLine, combining: bool, start: int, end: int) -> int:
    amount = part(line.base_fen, line.units, start, end)
    return amount - part(line.member_fen, line.units, start, end) if combining else amount


def _try(
    state: PricingState,
    prepared: Prepared[GroupPromotion],
    lines: Sequence[WorkingLine],
    singles: Mapping[int, SingleChoice],
) -> _Trial:
    offer = prepared.offer
    trial = _Trial(prepared)
    group = offer.exclusion_group
    candidates = [
        line
        for line in lines
        if line.taken < line.units
        and not line.final_price
        and not line.goods.no_discount
        and not (group and group in line.groups_used)
        and singles[line.position].priority <= offer.priority
    ]
    parts = _parts(prepared, candidates)
    left = state.uses_left(offer)
    while left is None or trial.groups < left:
        formed = _form_group(parts, trial.units)
        if formed is None:
            break
        times = _repeats(formed, trial.units, None if left is None else left - trial.groups)
        saved = _saving(offer, formed, trial.units, times)
        if saved <= 0:
            break
        for line, units in formed:
            trial.units[line.position] = trial.units.get(line.position, 0) + units * times
        trial.groups += times
        trial.saved_fen += saved
    if trial.saved_fen:
        trial.gain_fen = trial.saved_fen - _displaced(offer, candidates, trial.units, singles)
    return trial


def _form_group(parts: Sequence[_Part], used: Mapping[int, int]) -> list[tuple[WorkingLine, int]] | None:
    """One group of pieces, dearest first; None when the pieces do not suffice."""
    taken: dict[int, int] = {}
    formed: list[tuple[WorkingLine, int]] = []
    for each in parts:
        missing = each.pieces
        for line in each.still_free(used):
            free = line.free_units - used.get(line.position, 0) - taken.get(line.position, 0)
            if free <= 0:
                continue
            units = min(free, missing)
            taken[line.position] = taken.get(line.position, 0) + units
            formed.append((line, units))
            missing -= units
            if missing == 0:
                break
        if missing:
            return None
    return formed


def _repeats(formed: Sequence[tuple[WorkingLine, int]], used: Mapping[int, int], left: int | None) -> int:
    """How many such groups in a row these lines hold."""
    needed: dict[int, int] = {}
    free: dict[int, int] = {}
    for line, units in formed:
        needed[line.position] = needed.get(line.position, 0) + units
        free[line.position] = line.units - line.taken - used.get(line.position, 0)
    times = min(free[position] // units for position, units in needed.items())
    return times if left is None else min(times, left)


def _saving(
    offer: GroupPromotion, formed: Sequence[tuple[WorkingLine, int]], used: Mapping[int, int], times: int
) -> int:
    combining = offer.combines_with_member_discount
    if isinstance(offer, NthPiece):
        line, units = formed[-1]
        end = line.taken + used.get(line.position, 0) + units * times
        return divide(_amount(line, combining, end - times, end) * offer.percent_off, 100, Rounding.HALF_UP)
    amount = 0
    at = dict(used)
    for line, units in formed:
        start = line.taken + at.get(line.position, 0)
        amount += _amount(line, combining, start, start + units * times)
        at[line.position] = at.get(line.position, 0) + units * times
    return amount - offer.price_fen * times


def _displaced(
    offer: GroupPromotion,
    candidates: Sequence[WorkingLine],
    units: Mapping[int, int],
    singles: Mapping[int, SingleChoice],
) -> int:
    """What the pieces would have saved otherwise, net of the member discount that a combining promotion leaves. A
    promotion of lower priority is no rival: only the member's own discount is."""
    displaced = 0
    for line in candidates:
        used = units.get(line.position, 0)
        if used:
            single = singles[line.position]
            if single.priority < offer.priority:
                displaced += part(line.member_fen, line.units, line.taken, line.taken + used)
            else:
                displaced += single.saved_fen * used // line.units
            if offer.combines_with_member_discount:
                displaced -= part(line.member_fen, line.units, line.taken, line.taken + used)
    return displaced


def _take(state: PricingState, trial: _Trial, lines: Sequence[WorkingLine]) -> None:
    """Use the pieces up and share the saving over them."""
    offer = trial.prepared.offer
    combining = offer.combines_with_member_discount
    touched = [line for line in lines if trial.units.get(line.position)]
    weights = []
    for line in touched:
        end = line.taken + trial.units[line.position]
        weights.append(_amount(line, combining, line.taken, end))
        if combining:
            line.member_kept_fen += part(line.member_fen, line.units, line.taken, end)
        line.taken = end
        if offer.exclusion_group:
            line.groups_used = (*line.groups_used, offer.exclusion_group)
    for line, fen in zip(touched, share(trial.saved_fen, weights), strict=True):
        line.promised.append((offer.promotion_id, offer.name, fen))
    state.use(offer, trial.groups)
