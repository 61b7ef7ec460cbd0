"""A deposit by the tenders it came with: what of it goes back, and what stays. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared_models.bodies import OrderTaken
from shared_models.money import share
from shared_models.orders import deposit_tenders
from shared_models.sales import LotAmount, Tender

_IS_SURE = ("cash", "stored_value")


def paid_by(taken: OrderTaken) -> tuple[Tender, ...]:
    """The tenders of a deposit without what was only said at the drawer."""
    return tuple(replace(tender, handed_over_fen=0, change_fen=0) for tender in deposit_tenders(taken))


def split(paid: Sequence[Tender], back_fen: int) -> tuple[tuple[Tender, ...], tuple[Tender, ...]]:
    """(what goes back, what stays) of a deposit of which `back_fen` goes back: in proportion, lot by lot."""
    amounts = share(back_fen, [tender.amount_fen for tender in paid]) if paid else []
    back, stays = [], []
    for tender, amount_fen in zip(paid, amounts, strict=True):
        parts = share(amount_fen, [part.amount for part in tender.lots]) if tender.lots else []
        gone = _lots(tender, parts)
        kept = _lots(tender, [lot.amount - part for lot, part in zip(tender.lots, parts, strict=True)])
        if amount_fen:
            state = "confirmed" if tender.kind in _IS_SURE else "recorded"
            back.append(replace(tender, amount_fen=amount_fen, lots=gone, state=state))
        if amount_fen < tender.amount_fen:
            stays.append(replace(tender, amount_fen=tender.amount_fen - amount_fen, lots=kept))
    return tuple(back), tuple(stays)


def _lots(tender: Tender, amounts: Sequence[int]) -> tuple[LotAmount, ...]:
    lots = zip(tender.lots, amounts, strict=True)
    return tuple(LotAmount(lot.subject, lot.lot, amount) for lot, amount in lots if amount)
