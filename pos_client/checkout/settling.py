"""What payments make of an amount due: what is left, what is rounded, what is change. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pos_client.checkout.drafts import DraftTender
from shared_models.rule_engine import cash_rounding_fen
from shared_models.rules import StoreRules

NOTES_FEN = (100, 500, 1_000, 2_000, 5_000, 10_000)
QUICK_NOTES_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Where an amount due stands. `cash_settles_fen` is what cash pays of it after rounding and change; `cash_due_fen`
    is set where cash pays all the rest, and is what was rounded. `left_fen` < 0: overpaid."""

    due_fen: int
    left_fen: int
    cash_left_fen: int
    rounding_fen: int
    change_fen: int
    cash_handed_fen: int
    cash_settles_fen: int
    cash_due_fen: int | None


def settle(rules: StoreRules | None, due_fen: int, tenders: Sequence[DraftTender]) -> Settlement:
    """How far the tenders go. Only the part that cash pays is rounded, and only once it pays all the rest; without
    `rules` nothing is rounded (top-ups)."""
    others_fen = sum(tender.amount_fen for tender in tenders if tender.kind != "cash")
    handed_fen = sum(tender.amount_fen for tender in tenders if tender.kind == "cash")
    has_cash = any(tender.kind == "cash" for tender in tenders)
    rest_fen = due_fen - others_fen
    rounding_fen = cash_rounding_fen(rules, rest_fen) if rules is not None and rest_fen > 0 else 0
    payable_fen = rest_fen - rounding_fen
    if has_cash and rest_fen >= 0 and handed_fen >= payable_fen:
        return Settlement(
            due_fen=due_fen,
            left_fen=0,
            cash_left_fen=0,
            rounding_fen=rounding_fen,
            change_fen=handed_fen - payable_fen,
            cash_handed_fen=handed_fen,
            cash_settles_fen=payable_fen,
            cash_due_fen=rest_fen,
        )
    return Settlement(
        due_fen=due_fen,
        left_fen=rest_fen - handed_fen,
        cash_left_fen=max(0, payable_fen - handed_fen),
        rounding_fen=0,
        change_fen=0,
        cash_handed_fen=handed_fen,
        cash_settles_fen=handed_fen,
        cash_due_fen=None,
    )


def quick_notes(due_fen: int) -> tuple[int, ...]:
    """The next sensible amounts a customer hands over: the exact one, then what notes round it up to."""
    if due_fen <= 0:
        return ()
    amounts = {due_fen} | {-(-due_fen // note) * note for note in NOTES_FEN}
    return tuple(sorted(amounts)[:QUICK_NOTES_MAX])
