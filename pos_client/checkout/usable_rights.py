"""Why less than a member's balance can be spent here now, and who could spend it; and what a manager may lend above it.

A code with its fields, worded by the screen: the rest may lie at another till of this store, at another store's, at HQ
while the line is down, or nowhere but here. The figures of other tills are HQ's last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.stored_value import usable_fen
from pos_client.checkout.views import FieldValue
from pos_client.ledger.answers import MemberFigure
from shared_models.refusals import Refusal
from shared_models.rights import risk_lot
from shared_models.rules import StoreRules
from shared_models.sales import LotAmount


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the rest is: a code (`at_till`, `at_store`, `at_hq`, `online_only`) and its fields."""

    code: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


def where_the_rest_is(desk: Desk, rules: StoreRules, figure: MemberFigure) -> Elsewhere:
    """Where most of what cannot be spent here lies."""
    if not desk.is_cut_off():
        return Elsewhere("at_hq")
    others = [one for one in figure.placed if one.till_id != desk.identity.till_id and one.stored_fen > 0]
    for place in sorted(others, key=lambda one: (-one.stored_fen, one.till_id)):
        till = desk.ledger.till_row(place.till_id)
        if till is None or till.revoked:
            continue
        if till.store_id == desk.identity.store_id:
            return Elsewhere("at_till", {"till_number": till.number, "usable_fen": place.stored_fen})
        store = desk.ledger.store_row(till.store_id)
        if store is not None:
            return Elsewhere("at_store", {"store": store.name, "usable_fen": place.stored_fen})
    return Elsewhere("at_hq" if rules.escrow.places else "online_only")


def value_short(desk: Desk, rules: StoreRules, figure: MemberFigure, wanted_fen: int) -> Refusal:
    """The refusal of a payment above what is usable here: what is, and who could do more.

    `rights_short` where the balance itself does not reach; else `value_not_lent` online, `value_at_hq`,
    `value_at_till(till_number, usable_fen)`, `value_at_store(store, usable_fen)` or `value_online_only`, all with
    `wanted_fen`, `available_fen`.
    """
    available_fen = usable_fen(figure.lots)
    if figure.principal_fen + figure.bonus_fen <= available_fen:
        return Refusal("rights_short", wanted=wanted_fen, available=available_fen, who="hq")
    rest = where_the_rest_is(desk, rules, figure)
    place = rest.fields
    match rest.code:
        case "at_till":
            return Refusal(
                "value_at_till", wanted_fen=wanted_fen, available_fen=available_fen,
                till_number=place["till_number"], usable_fen=place["usable_fen"], who="till",
            )  # fmt: skip
        case "at_store":
            return Refusal(
                "value_at_store", wanted_fen=wanted_fen, available_fen=available_fen, store=place["store"],
                usable_fen=place["usable_fen"], who="till",
            )  # fmt: skip
        case "online_only":
            return Refusal("value_online_only", wanted_fen=wanted_fen, available_fen=available_fen, who="hq")
        case _ if not desk.is_cut_off():
            return Refusal("value_not_lent", wanted_fen=wanted_fen, available_fen=available_fen, who="hq")
        case _:
            return Refusal("value_at_hq", wanted_fen=wanted_fen, available_fen=available_fen, who="hq")


def risk_room_fen(desk: Desk, rules: StoreRules, figure: MemberFigure) -> int:
    """What a manager may still approve above the rights here: within the limit of the member and of this till until HQ
    has heard of it, and never more than the balance that is known of her."""
    escrow = rules.escrow
    if not escrow.lends:
        return 0
    elsewhere_fen = figure.principal_fen + figure.bonus_fen - usable_fen(figure.lots) - figure.risk_fen
    of_member_fen = escrow.risk_member_fen - figure.risk_fen
    of_outage_fen = escrow.risk_outage_fen - desk.ledger.risk_waiting_fen()
    return max(0, min(elsewhere_fen, of_member_fen, of_outage_fen))


def risk_of(member_id: UUID, basket_id: UUID, risk_fen: int) -> tuple[LotAmount, ...]:
    """The lot of what a sale takes above the rights: named by the sale, which bears the id of its basket."""
    return (LotAmount(member_id, risk_lot(basket_id), risk_fen),) if risk_fen > 0 else ()
