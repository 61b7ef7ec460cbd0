"""What the replay's cashier works out at the counter: lines of the basket, and what is taken of which lots."""

from uuid import UUID

from pos_client.ledger import MemberFigure
from shared_models.rights import draw
from shared_models.rule_engine import BasketLine
from shared_models.sales import LotAmount, Price, Tender
from tests.replay.reader import Row


def basket_line(number: int, row: Row) -> BasketLine:
    """A row of the file as it lies in the basket: its price is the price of that moment, an open one."""
    return BasketLine(
        line_number=number,
        goods_id=row.goods,
        name=row.name,
        scanned_code=row.goods,
        quantity_milli=1000 * row.quantity,
        price=Price(*row.price.amount_fen_and_milli),
        price_source="open",
    )


def pay(total_fen: int, tried_fen: int, figure: MemberFigure | None) -> tuple[Tender, ...]:
    """Stored value as far as it is here (principal first), the rest by a recorded tender."""
    tenders: list[Tender] = []
    if figure is not None and tried_fen > 0:
        lots, missing_fen = _drawn(figure, ("principal", "bonus"), tried_fen)
        if missing_fen < tried_fen:
            tenders.append(Tender(kind="stored_value", amount_fen=tried_fen - missing_fen, lots=lots))
    rest_fen = total_fen - sum(tender.amount_fen for tender in tenders)
    if rest_fen:
        tenders.append(Tender(kind="card", amount_fen=rest_fen, state="recorded"))
    return tuple(tenders)


def _drawn(figure: MemberFigure, kinds: tuple[str, ...], wanted: int) -> tuple[tuple[LotAmount, ...], int]:
    """Take from what may be spent here, kind by kind, each in spending order, over all ids of the member."""
    taken: list[LotAmount] = []
    missing = wanted
    for kind in kinds:
        held = {(each.lot, each.subject): each.available for each in figure.lots if each.lot.startswith(f"{kind}:")}
        for (lot, subject), available in sorted(held.items(), key=lambda item: (item[0][0], item[0][1].hex)):
            drawn, missing = draw([(lot, available)], missing)
            taken += [LotAmount(subject, lot, amount) for lot, amount in drawn]
    return tuple(taken), missing


def points_drawn(figure: MemberFigure | None, points: int) -> tuple[LotAmount, ...]:
    """Lots for the points the quote used."""
    if figure is None or not points:
        return ()
    lots, missing = _drawn(figure, ("points",), points)
    assert missing == 0, "the quote uses no more points than are here"
    return lots


def one_lot(member_id: UUID | None, lot: str, amount: int) -> tuple[LotAmount, ...]:
    """So much of one lot; nothing of nothing or of nobody."""
    return (LotAmount(member_id, lot, amount),) if member_id is not None and amount else ()
