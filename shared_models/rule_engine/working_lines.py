"""A basket line while it is being priced, and the order in which lines are looked at.

Lines are worked on in an order of their own that depends on what they are and not on when they were scanned: so the
totals do not depend on the order of scanning. Pieces of one line are units; a weighed line is one unit. Parts of a
line are cut cumulatively (`part`), so the parts of any cutting add up to the whole.
"""

from collections.abc import Iterable, Sequence

from shared_models.money import line_amount_fen, share
from shared_models.rule_engine.quotes import BasketLine
from shared_models.sales import GoodsTerms, Reduction, ReductionKind, SaleLine

NO_MEMBER_PRICE = (-1, 0)


def list_amount_of(line: BasketLine) -> int:
    """The list amount: what the label says, or price times quantity rounded half up."""
    if line.list_amount_fen is not None:
        return line.list_amount_fen
    return line_amount_fen(line.price.amount_fen, line.price.per_milli, line.quantity_milli)


def part(whole: int, units: int, start: int, end: int) -> int:
    """The share of units [start, end) in an amount spread over `units`; adjoining parts add up exactly."""
    return whole * end // units - whole * start // units


class WorkingLine:
    """One line being priced. `amount_fen` is what is left to pay of it; `base_fen` is what it was after what the
    cashier took off; units [0, taken) are used up by promotions over several pieces."""

    __slots__ = (
        "amount_fen",
        "base_fen",
        "final_price",
        "goods",
        "goods_id",
        "groups_used",
        "list_amount_fen",
        "member_fen",
        "member_kept_fen",
        "member_kind",
        "near_expiry",
        "position",
        "promised",
        "quantity_milli",
        "reductions",
        "taken",
        "units",
    )

    def __init__(
        self, position: int, line: BasketLine | SaleLine, list_amount_fen: int, manual: Iterable[Reduction]
    ) -> None:
        self.position = position
        self.goods_id: str = line.goods_id
        self.goods: GoodsTerms = line.goods
        self.quantity_milli: int = line.quantity_milli
        self.list_amount_fen = list_amount_fen
        self.final_price = line.price_source == "override"
        self.near_expiry = "near_expiry" in line.options or "near_expiry" in line.goods.tags
        whole, rest = divmod(line.quantity_milli, 1000)
        self.units: int = whole if rest == 0 and whole > 1 and line.unit == "piece" else 1
        self.amount_fen = list_amount_fen
        self.reductions: list[Reduction] = []
        for reduction in manual:
            self.reduce("manual", reduction.source, reduction.name, min(reduction.amount_fen, self.amount_fen))
        self.base_fen = self.amount_fen
        self.taken = 0
        self.member_fen = 0
        self.member_kind = ""
        self.member_kept_fen = 0
        self.promised: list[tuple[str, str, int]] = []
        self.groups_used: tuple[str, ...] = ()

    def start_again(self) -> None:
        """Forget every stage; what the cashier took off stays."""
        self.reductions = [each for each in self.reductions if each.kind == "manual"]
        self.amount_fen = self.base_fen
        self.taken = self.member_fen = self.member_kept_fen = 0
        self.promised = []
        self.groups_used = ()

    def reduce(self, kind: ReductionKind, source: str, name: str, amount_fen: int, points: int = 0) -> None:
        """Take off an amount > 0 for a reason; never more than is left."""
        if amount_fen > 0:
            self.amount_fen -= amount_fen
            self.reductions.append(Reduction(kind=kind, source=source, name=name, amount_fen=amount_fen, points=points))

    def units_quantity(self, units: int) -> int:
        """The quantity of so many units."""
        return self.quantity_milli * units // self.units

    @property
    def free_units(self) -> int:
        """Units no promotion has used."""
        return self.units - self.taken

    @property
    def unit_price_key(self) -> int:
        """For ordering by what one unit costs, dearest first."""
        return -(self.base_fen * 1000 // self.units)


def _content_key(line: WorkingLine) -> tuple[object, ...]:
    goods = line.goods
    price = goods.member_price
    return (
        line.goods_id,
        line.list_amount_fen,
        line.quantity_milli,
        line.base_fen,
        line.units,
        line.final_price,
        line.near_expiry,
        goods.category,
        goods.tags,
        goods.no_discount,
        goods.no_points,
        NO_MEMBER_PRICE if price is None else (price.amount_fen, price.per_milli),
        line.position,
    )


def working_order(lines: list[WorkingLine]) -> list[WorkingLine]:
    """The lines in the order in which they are priced."""
    return sorted(lines, key=_content_key) if len(lines) > 1 else lines


def reduce_shared(lines: Sequence[WorkingLine], kind: ReductionKind, source: str, name: str, amount_fen: int) -> None:
    """Share a reduction over lines in proportion to what is left of each (largest remainder)."""
    if len(lines) == 1:
        lines[0].reduce(kind, source, name, amount_fen)
        return
    for line, fen in zip(lines, share(amount_fen, [line.amount_fen for line in lines]), strict=True):
        if fen:
            line.reduce(kind, source, name, fen)
