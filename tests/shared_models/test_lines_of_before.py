"""A long basket is priced again at every scan: lines at which nothing changed come out as the very objects of before,
and one at which anything changed never does."""

from shared_models.promotions import SaveStep, SpendAndSave
from shared_models.rule_engine import BasketLine, Quote, quote
from shared_models.sales import Price, SaleLine
from tests.shared_models.baskets import a_line, rules_with, some_inputs

FULL_50_10 = SpendAndSave(promotion_id="save", name="满50减10", steps=(SaveStep(threshold_fen=5000, off_fen=1000),))


class Basket:
    """Priced again and again."""

    def __init__(self) -> None:
        self._before: list[tuple[BasketLine, SaleLine]] = []

    def priced(self, *lines: BasketLine) -> Quote:
        rules = rules_with(FULL_50_10)
        made = quote(rules, lines, some_inputs(rules), self._before)
        self._before = list(zip(lines, made.lines, strict=True))
        assert made == quote(rules, lines, some_inputs(rules)), "as if nothing had been priced before"
        return made


def test_a_scan_leaves_the_other_lines_as_they_are() -> None:
    basket = Basket()
    toast, cake = a_line(1, "toast", 1000), a_line(2, "cake", 2000)
    before = basket.priced(toast, cake)
    after = basket.priced(toast, cake, a_line(3, "tea", 300))
    assert after.lines[0] is before.lines[0]
    assert after.lines[1] is before.lines[1]


def test_a_line_that_another_one_makes_cheaper_is_another_one() -> None:
    basket = Basket()
    bread = a_line(1, "croissant", 1000)
    before = basket.priced(bread)
    after = basket.priced(bread, a_line(2, "cake", 9000))
    assert after.lines[0].amount_fen < before.lines[0].amount_fen
    assert sum(line.amount_fen for line in after.lines) == after.total_fen
    assert basket.priced(bread).lines == before.lines


def test_the_same_line_at_another_price_is_another_one() -> None:
    basket = Basket()
    assert basket.priced(a_line(1, "toast", 1000)).lines[0].price == Price(1000)
    assert basket.priced(a_line(1, "toast", 1100)).lines[0].price == Price(1100)
