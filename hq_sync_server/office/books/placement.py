"""Where a member's rights should wait for an outage: the plan alone, as pure arithmetic. `placing` carries it out.

For a store the placement of a member lies whole at one till: the one she uses most there, or the store's first till
where she was at none of them yet. Halves of it at two tills would serve neither when both are cut off. Where she goes
to another till of the store as well, a second placement as large as the first lies there, if so much is left once each
of her stores has its first.

How much: so many times what she usually spends there in a visit, but no more than the share of her balance and the cap
of the lot's kind; at least what is useful at all, where she has as much. Stores follow each other in the order of her
visits, and what the first has taken the next cannot have: all placements together never exceed the balance.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from shared_models.postings import lot_account
from shared_models.rights import draw, is_expired
from shared_models.rules import EscrowRules, StoredValueOrder

VISITS_MAX = 20
IDLE_PERIODS = 3
"""After so many idle periods nothing is placed any more; after each of them it is less."""
_FULL_SHARE = 10_000
_KINDS = ("principal", "bonus", "points")


class Habit(Struct, frozen=True, kw_only=True):
    """A member at one till: how often, when last, and what she usually spends there of stored value and of points in a
    visit in which she spends some."""

    till_id: UUID
    store_id: UUID
    visits: int = 0
    usual_fen: int = 0
    usual_points: int = 0
    last_date: str = ""


class StoreTerms(Struct, frozen=True, kw_only=True):
    """What a store's rules say of placing, and its tills that may hold something, by number."""

    escrow: EscrowRules
    order: StoredValueOrder
    tills: tuple[UUID, ...]


Targets = dict[tuple[str, UUID], int]
"""(lot, till) -> how much of the lot the till should hold."""


def habit_after(habit: Habit, business_date: str, spent_fen: int, spent_points: int) -> Habit:
    """The habit after one more visit. What was usual moves half of the way up and a quarter of the way down."""
    return Habit(
        till_id=habit.till_id,
        store_id=habit.store_id,
        visits=min(VISITS_MAX, habit.visits + 1),
        usual_fen=_moved(habit.usual_fen, spent_fen),
        usual_points=_moved(habit.usual_points, spent_points),
        last_date=max(habit.last_date, business_date),
    )


def _moved(usual: int, spent: int) -> int:
    if spent <= 0:
        return usual
    if usual == 0:
        return spent
    return (usual + spent) // 2 if spent > usual else (3 * usual + spent) // 4


def plan(
    lots: Mapping[str, int],
    habits: Iterable[Habit],
    home_store_id: UUID | None,
    stores: Mapping[UUID, StoreTerms],
    business_date: str,
) -> Targets:
    """The targets of a member whose balance by lot this is. Lots that must not be lent now are left out by the caller;
    expired ones are here."""
    by_store: dict[UUID, list[Habit]] = {}
    for habit in habits:
        by_store.setdefault(habit.store_id, []).append(habit)
    if home_store_id is not None and by_store:
        by_store.setdefault(home_store_id, [])
    left: dict[str, dict[str, int]] = {kind: {} for kind in _KINDS}
    for lot, amount in lots.items():
        kind = lot_account(lot)
        if kind in left and amount > 0 and not is_expired(lot, business_date):
            left[kind][lot] = amount
    whole = {kind: sum(some.values()) for kind, some in left.items()}
    rest = dict(whole)
    targets: Targets = {}
    places: list[tuple[int, UUID, UUID]] = []
    for store_id in sorted(by_store, key=lambda one: _rank(one, by_store[one], home_store_id)):
        terms = stores.get(store_id)
        if terms is not None and terms.escrow.places:
            places += [(turn, store_id, till) for turn, till in enumerate(_tills_of(by_store[store_id], terms))]
    here: dict[UUID, Counter[str]] = {store_id: Counter() for _turn, store_id, _till in places}
    for _turn, store_id, till_id in sorted(places, key=lambda place: place[0]):
        weight = _weight(by_store[store_id], stores[store_id].escrow, business_date)
        if weight == 0:
            continue
        amounts = _amounts(by_store[store_id], stores[store_id], rest, whole, weight, here[store_id])
        for kind, wanted in amounts.items():
            taken, _short = draw(left[kind].items(), wanted)
            for lot, part in taken:
                left[kind][lot] -= part
                rest[kind] -= part
                here[store_id][kind] += part
                targets[lot, till_id] = part
    return targets


def _rank(store_id: UUID, habits: Sequence[Habit], home_store_id: UUID | None) -> tuple[int, bool, UUID]:
    return -sum(habit.visits for habit in habits), store_id != home_store_id, store_id


def _tills_of(habits: Sequence[Habit], terms: StoreTerms) -> list[UUID]:
    """The tills she uses most there, the most used first; of two the one she was at last. The first one of the store
    where she was at none."""
    at_hand = [habit for habit in habits if habit.till_id in terms.tills]
    used = sorted(at_hand, key=lambda habit: (habit.visits, habit.last_date, habit.till_id), reverse=True)
    return [habit.till_id for habit in used[: terms.escrow.tills_per_store]] or list(terms.tills[:1])


def _weight(habits: Sequence[Habit], escrow: EscrowRules, business_date: str) -> int:
    """Quarters of the full placement that are left after so long without a visit; 4 at the home store not visited."""
    last_date = max((habit.last_date for habit in habits), default="")
    if not last_date or last_date >= business_date:
        return 4
    idle_days = (date.fromisoformat(business_date) - date.fromisoformat(last_date)).days
    periods = idle_days // escrow.idle_days
    return (4, 2, 1)[periods] if periods < IDLE_PERIODS else 0


def _amounts(
    habits: Sequence[Habit], terms: StoreTerms, left: Mapping[str, int], whole: Mapping[str, int], weight: int,
    here: Mapping[str, int],
) -> dict[str, int]:  # fmt: skip
    """What of each kind belongs to one more till of this store, where `here` is placed already."""
    escrow = terms.escrow
    usual_fen = max((habit.usual_fen for habit in habits), default=0)
    usual_points = max((habit.usual_points for habit in habits), default=0)
    whole_fen, left_fen = whole["principal"] + whole["bonus"], left["principal"] + left["bonus"]
    money_fen = _size(usual_fen, escrow.minimum_fen, escrow, weight, whole_fen, left_fen)
    principal_fen = _principal_part(money_fen, left["principal"], left["bonus"], terms.order)
    points = _size(usual_points, escrow.minimum_points, escrow, weight, whole["points"], left["points"])
    return {
        "principal": _capped(principal_fen, escrow.principal_cap_fen, here["principal"]),
        "bonus": _capped(min(money_fen - principal_fen, left["bonus"]), escrow.bonus_cap_fen, here["bonus"]),
        "points": _capped(points, escrow.points_cap, here["points"]),
    }


def _capped(wanted: int, cap: int, here: int) -> int:
    """No cap is 0."""
    return min(wanted, max(0, cap - here)) if cap else wanted


def _size(usual: int, minimum: int, escrow: EscrowRules, weight: int, whole: int, left: int) -> int:
    """`whole`: the balance; `left`: what of it no other store has. Of what others have the share is taken off."""
    share = max(0, whole * escrow.share_basis_points // _FULL_SHARE - (whole - left))
    wanted = min(escrow.usual_multiples * usual, share) * weight // 4
    useful = minimum * weight // 4 if escrow.share_basis_points else 0
    return min(max(wanted, useful), left)


def _principal_part(money_fen: int, principal_fen: int, bonus_fen: int, order: StoredValueOrder) -> int:
    """What of the money is principal: the order in which it will be spent."""
    if order == "principal_first":
        return min(money_fen, principal_fen)
    if order == "bonus_first":
        return money_fen - min(money_fen, bonus_fen)
    whole = principal_fen + bonus_fen
    return min(principal_fen, -(-money_fen * principal_fen // whole)) if whole else 0
