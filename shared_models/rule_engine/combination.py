"""The best combination: which of a member's coupons, and how many points, save most on this basket.

Branch and bound over the coupons in their order of application, one application a step. Coupons of the same group that
can never beat another are left out first; a coupon that stands in nobody's way is always used, because a further coupon
never makes a basket dearer. Those that forbid the member discount change the amounts that all others work on: each
compatible choice of them is searched for itself. After `STEPS_MAX` steps the best found so far stands, so the time is
bounded whatever a member holds.
"""

from collections.abc import Sequence
from itertools import combinations
from uuid import UUID

from msgspec.structs import replace

from shared_models.rule_engine.basket_stage import price_basket
from shared_models.rule_engine.compiled_rules import compiled
from shared_models.rule_engine.coupon_stage import (
    coupon_order,
    reach,
    refusal_before_amounts,
    saving,
    stacking_conflict,
    unit_amount,
)
from shared_models.rule_engine.line_stage import price_lines
from shared_models.rule_engine.points_stage import usable_points
from shared_models.rule_engine.pricing import quote
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.quotes import BasketLine, Combination
from shared_models.rule_engine.working_lines import WorkingLine, list_amount_of, working_order
from shared_models.rules import StoreRules
from shared_models.sales import CouponTerms, QuoteInputs

STEPS_MAX = 600
FORBIDDING_MAX = 6


class _Basket:
    """The amounts before coupons for one choice of forbidden member discounts."""

    def __init__(self, rules: StoreRules, lines: Sequence[BasketLine], inputs: QuoteInputs) -> None:
        self._rules = rules
        self._lines = lines
        self._inputs = inputs
        self._known: dict[frozenset[int], tuple[list[int], list[int]]] = {}
        self.working = self._working()

    def _working(self) -> list[WorkingLine]:
        return working_order(
            [
                WorkingLine(position, line, list_amount_of(line), line.manual_reductions)
                for position, line in enumerate(self._lines)
            ]
        )

    def amounts(self, forbidden: frozenset[int]) -> tuple[list[int], list[int]]:
        """Amounts and amounts of one piece, in working order."""
        known = self._known.get(forbidden)
        if known is None:
            working = self._working()
            state = PricingState(compiled(self._rules), self._inputs, working, forbidden)
            price_lines(state)
            price_basket(state)
            known = [line.amount_fen for line in working], [unit_amount(line) for line in working]
            self._known[forbidden] = known
        return known


class _Candidate:
    """A coupon that may help, the places it reaches, and the most it could ever save."""

    __slots__ = ("bound_fen", "forbids", "reached", "terms")

    def __init__(self, terms: CouponTerms, reached: list[int], bound_fen: int, forbids: frozenset[int]) -> None:
        self.terms = terms
        self.reached = reached
        self.bound_fen = bound_fen
        self.forbids = forbids


class _Bounds:
    """The most that a tail of the candidates can save: in all, by stacking group, and one by one."""

    __slots__ = ("highest", "of_group", "total")

    def __init__(self, total: int, of_group: dict[str, int], highest: list[int]) -> None:
        self.total = total
        self.of_group = of_group
        self.highest = highest


def _suffix_bounds(rules: StoreRules, candidates: Sequence[_Candidate]) -> list[_Bounds]:
    """The bounds of each tail; within a group only the best counts."""
    grouped = rules.coupons.stacking == "by_group"
    of_group: dict[str, int] = {}
    alone: list[int] = []
    tails: list[_Bounds] = []
    for candidate in reversed(candidates):
        group = candidate.terms.stacking_group if grouped else ""
        if group:
            of_group[group] = max(of_group.get(group, 0), candidate.bound_fen)
        else:
            alone.append(candidate.bound_fen)
        highest = sorted([*of_group.values(), *alone], reverse=True)
        tails.append(_Bounds(sum(highest), dict(of_group), highest))
    tails.reverse()
    return tails


class _Search:
    """One branch and bound; keeps the cheapest total it has met and counts its steps."""

    def __init__(self, rules: StoreRules, plain_total_fen: int) -> None:
        self._rules = rules
        self.best_total_fen = plain_total_fen
        self.best: tuple[_Candidate, ...] = ()
        self._best_before: tuple[list[int], list[int]] = ([], [])
        self._used_up = False
        self.steps = 0
        self._candidates: list[_Candidate] = []
        self._unit_amounts: list[int] = []
        self._bounds: list[_Bounds] = []
        self._before: list[int] = []

    def run(self, candidates: list[_Candidate], forced: int, before: list[int], unit_amounts: list[int]) -> None:
        """Search among candidates in order of application; all with the bits of `forced` set must be used."""
        self._candidates = candidates
        self._before = before
        self._unit_amounts = unit_amounts
        self._bounds = _suffix_bounds(self._rules, candidates)
        self._descend(0, before, (), forced)

    def _descend(self, index: int, amounts: list[int], chosen: tuple[_Candidate, ...], forced: int) -> None:
        if not forced >> index:
            total = sum(amounts)
            if total < self.best_total_fen or (total == self.best_total_fen and len(chosen) < len(self.best)):
                self.best_total_fen = total
                self.best = chosen
                self._best_before = (self._before, self._unit_amounts)
                self._used_up = 0 in amounts
        if index == len(self._candidates) or self.steps >= STEPS_MAX:
            return
        if sum(amounts) - self._most_still_possible(index, chosen) > self.best_total_fen:
            return
        candidate = self._candidates[index]
        must = bool(forced >> index & 1)
        fits = not stacking_conflict(self._rules, candidate.terms, [each.terms for each in chosen])
        if fits and sum([self._before[place] for place in candidate.reached]) >= candidate.terms.minimum_fen:
            self.steps += 1
            parts = saving(candidate.terms, amounts, self._unit_amounts, candidate.reached)
            if parts:
                after = list(amounts)
                for place, fen in parts:
                    after[place] -= fen
                self._descend(index + 1, after, (*chosen, candidate), forced)
                if not must and self._in_nobodys_way(index):
                    return
        if not must:
            self._descend(index + 1, amounts, chosen, forced)

    def leave_out_wasted(self) -> None:
        """Where coupons took all there was, keep those for later without which the total stays the same."""
        if not self._used_up:
            return
        before, unit_amounts = self._best_before
        for candidate in self.best:
            rest = tuple(each for each in self.best if each is not candidate)
            if candidate.terms.excludes_member_discount:
                continue
            amounts = list(before)
            for each in rest:
                for place, fen in saving(each.terms, amounts, unit_amounts, each.reached):
                    amounts[place] -= fen
            if sum(amounts) == self.best_total_fen:
                self.best = rest

    def _most_still_possible(self, index: int, chosen: Sequence[_Candidate]) -> int:
        """An upper bound of what the coupons from `index` on can save: the best of each group not used yet."""
        bounds = self._bounds[index]
        policy = self._rules.coupons
        if policy.stacking == "one":
            return 0 if chosen else bounds.highest[0]
        if policy.sale_maximum:
            return sum(bounds.highest[: max(0, policy.sale_maximum - len(chosen))])
        return bounds.total - sum([bounds.of_group.get(each.terms.stacking_group, 0) for each in chosen])

    def _in_nobodys_way(self, index: int) -> bool:
        policy = self._rules.coupons
        if policy.sale_maximum or policy.stacking == "one":
            return False
        group = self._candidates[index].terms.stacking_group
        if policy.stacking == "all" or not group:
            return True
        return all(each.terms.stacking_group != group for each in self._candidates[index + 1 :])


def best_combination(
    rules: StoreRules,
    lines: Sequence[BasketLine],
    inputs: QuoteInputs,
    coupons: Sequence[CouponTerms],
    points_available: int,
) -> Combination:
    """The coupons and points that save most, with the quote they give; fewest coupons where several save the same.

    Coupons and points already among the inputs are not looked at: choose from `coupons` and `points_available` alone.
    """
    bare = replace(inputs, coupons=(), points_to_spend=0)
    basket = _Basket(rules, lines, bare)
    plain = basket.amounts(frozenset())
    plain_total_fen = sum(plain[0])
    search = _Search(rules, plain_total_fen)
    candidates = _candidates(rules, bare, basket, coupons)
    free = [each for each in candidates if not each.terms.excludes_member_discount]
    search.run(free, 0, *plain)
    forbidding = [each for each in candidates if each.terms.excludes_member_discount][:FORBIDDING_MAX]
    for size in range(1, len(forbidding) + 1):
        for together in combinations(forbidding, size):
            if search.steps < STEPS_MAX:
                among = sorted([*free, *together], key=lambda each: coupon_order(each.terms))
                forced = sum(1 << place for place, each in enumerate(among) if each in together)
                forbids = frozenset[int]().union(*(each.forbids for each in together))
                search.run(among, forced, *basket.amounts(forbids))
    search.leave_out_wasted()
    chosen = tuple(each.terms for each in search.best)
    points, _ = usable_points(rules.points_as_money, search.best_total_fen, points_available)
    best = quote(rules, lines, replace(inputs, coupons=chosen, points_to_spend=points))
    return Combination(
        coupons=chosen,
        points=best.points_used,
        saved_fen=plain_total_fen - best.total_fen,
        quote=best,
        steps=search.steps,
    )


def _candidates(
    rules: StoreRules, inputs: QuoteInputs, basket: _Basket, coupons: Sequence[CouponTerms]
) -> list[_Candidate]:
    """The coupons that could help, in order of application, without those that another always beats."""
    usable: list[tuple[CouponTerms, list[int], frozenset[int]]] = []
    for terms in sorted({each.token: each for each in coupons}.values(), key=coupon_order):
        reached = reach(terms, basket.working)
        if not refusal_before_amounts(rules, inputs, terms, reached):
            forbids = frozenset(basket.working[place].position for place in reached)
            usable.append((terms, reached, forbids if terms.excludes_member_discount else frozenset()))
    highest, unit_amounts = basket.amounts(frozenset[int]().union(*(forbids for _, _, forbids in usable)))
    found = []
    for terms, reached, forbids in usable:
        bound = sum(fen for _, fen in saving(terms, highest, unit_amounts, reached))
        if bound and sum(highest[place] for place in reached) >= terms.minimum_fen:
            found.append(_Candidate(terms, reached, bound, forbids))
    return [each for each in found if not any(_beaten(rules, each, other) for other in found if other is not each)]


def _beaten(rules: StoreRules, one: _Candidate, other: _Candidate) -> bool:
    """Whether `other` can always stand in for `one`: same group, same kind, same reach, no worse in anything."""
    mine, theirs = one.terms, other.terms
    exclusive = rules.coupons.stacking == "one" or (
        rules.coupons.stacking == "by_group"
        and bool(mine.stacking_group)
        and mine.stacking_group == theirs.stacking_group
    )
    if not exclusive or mine.kind != theirs.kind or one.reached != other.reached or one.forbids != other.forbids:
        return False
    if theirs.minimum_fen > mine.minimum_fen:
        return False
    if mine.kind == "percent_off":
        cap = theirs.cap_fen == 0 or (mine.cap_fen != 0 and theirs.cap_fen >= mine.cap_fen)
        at_least = theirs.percent_off >= mine.percent_off and cap
        same = theirs.percent_off == mine.percent_off and theirs.cap_fen == mine.cap_fen
    elif mine.kind == "exchange":
        at_least, same = theirs.amount_fen <= mine.amount_fen, theirs.amount_fen == mine.amount_fen
    else:
        at_least, same = theirs.amount_fen >= mine.amount_fen, theirs.amount_fen == mine.amount_fen
    if not at_least:
        return False
    identical = same and theirs.minimum_fen == mine.minimum_fen
    return not identical or _first_to_use(theirs) < _first_to_use(mine)


def _first_to_use(terms: CouponTerms) -> tuple[str, tuple[int, str, UUID]]:
    """Of equal coupons the one that expires first."""
    return terms.valid_to or "9999", coupon_order(terms)
