"""How much of which lots a payment takes: the chain's one order, within what this till may spend. Pure."""

from collections.abc import Iterable, Sequence

from pos_client.ledger.answers import LotFigure
from shared_models.money import Rounding, divide
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import is_expired
from shared_models.rules import StoredValueOrder
from shared_models.sales import LotAmount


def usable_fen(lots: Iterable[LotFigure]) -> int:
    """Stored value that can be spent here now."""
    return sum(max(0, lot.available) for lot in lots if lot_account(lot.lot) in {"principal", "bonus"})


def usable_points(lots: Iterable[LotFigure], business_date: str) -> int:
    """Points that can be spent here now."""
    return sum(max(0, lot.available) for lot in _points(lots, business_date))


def draw_stored_value(
    lots: Sequence[LotFigure], wanted_fen: int, order: StoredValueOrder
) -> tuple[tuple[LotAmount, ...], str]:
    """The lots that `wanted_fen` is taken of, and the part ('principal' or 'bonus') whose allowance here was short so
    that the other was used instead of it ('' where the order was kept). Refuses `rights_short`."""
    principal = [lot for lot in lots if lot_account(lot.lot) == "principal"]
    bonus = [lot for lot in lots if lot_account(lot.lot) == "bonus"]
    principal_owned = max(0, sum(lot.balance for lot in principal))
    bonus_owned = max(0, sum(lot.balance for lot in bonus))
    principal_wanted = _principal_share(wanted_fen, principal_owned, bonus_owned, order)
    bonus_wanted = wanted_fen - principal_wanted
    principal_here, bonus_here = usable_fen(principal), usable_fen(bonus)
    if wanted_fen > principal_here + bonus_here:
        raise Refusal("rights_short", wanted=wanted_fen, available=principal_here + bonus_here, who="hq")
    short = ""
    if principal_wanted > principal_here:
        short = "principal"
        principal_wanted = principal_here
        bonus_wanted = wanted_fen - principal_here
    elif bonus_wanted > bonus_here:
        short = "bonus" if bonus_owned > bonus_here else ""
        bonus_wanted = bonus_here
        principal_wanted = wanted_fen - bonus_here
    return (*_take(principal, principal_wanted), *_take(bonus, bonus_wanted)), short


def risk_needed_fen(lots: Iterable[LotFigure], wanted_fen: int, allowed_fen: int) -> int:
    """What of a payment has to be taken above the rights: what is not here, within what was allowed."""
    return min(allowed_fen, max(0, wanted_fen - usable_fen(lots)))


def draw_points(lots: Iterable[LotFigure], wanted: int, business_date: str) -> tuple[LotAmount, ...]:
    """The points lots that `wanted` is taken of: earliest expiry first. Refuses `rights_short`."""
    points = _points(lots, business_date)
    if wanted > sum(max(0, lot.available) for lot in points):
        available = sum(max(0, lot.available) for lot in points)
        raise Refusal("rights_short", wanted=wanted, available=available, who="hq")
    return _take(points, wanted)


def _points(lots: Iterable[LotFigure], business_date: str) -> list[LotFigure]:
    return [lot for lot in lots if lot_account(lot.lot) == "points" and not is_expired(lot.lot, business_date)]


def _principal_share(wanted_fen: int, principal_fen: int, bonus_fen: int, order: StoredValueOrder) -> int:
    match order:
        case "principal_first":
            return min(wanted_fen, principal_fen)
        case "bonus_first":
            return wanted_fen - min(wanted_fen, bonus_fen)
        case "proportion":
            whole = principal_fen + bonus_fen
            return divide(wanted_fen * principal_fen, whole, Rounding.HALF_UP) if whole else wanted_fen


def _take(lots: Iterable[LotFigure], wanted: int) -> tuple[LotAmount, ...]:
    """In spending order; several purses of one person may hold lots of the same name."""
    taken: list[LotAmount] = []
    left = wanted
    for lot in sorted(lots, key=lambda one: (one.lot, one.subject)):
        part = min(left, max(0, lot.available))
        if part:
            taken.append(LotAmount(lot.subject, lot.lot, part))
            left -= part
    return tuple(taken)
