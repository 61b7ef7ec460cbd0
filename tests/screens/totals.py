"""Every total on a screen is the sum of what is shown beneath it: added up again from the words on the screen.

The words are read back as a person reads them; the till's own sums are not asked.
"""

import re
from typing import get_args

from PySide6.QtWidgets import QLabel, QLayout, QWidget

from pos_client.ui.customer_window import CustomerWindow
from pos_client.ui.main_window import TillWindow
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.screens.day_card import DayCard
from pos_client.ui.words import _
from shared_models.sales import TenderKind

_MONEY = re.compile(r"^[−-]?¥?[−-]?[\d,]+\.\d\d$")


def fen_of(words: str) -> int:
    """An amount as it is written: `¥1,234.50`, `−0.84`, `—` for nothing."""
    plain = words.replace("¥", "").replace(",", "").replace("−", "-").strip()
    if plain in ("", "—"):
        return 0
    whole, _point, fraction = plain.lstrip("-").partition(".")
    fen = int(whole) * 100 + int(fraction.ljust(2, "0")[:2] or 0)
    return -fen if plain.startswith("-") else fen


def totals_that_differ(window: TillWindow) -> list[str]:
    """What does not add up on the screen that is shown."""
    card = window.overlay.top_card
    if isinstance(card, DayCard):
        return _day(card)
    check = {"sell": _sell, "pay": _pay, "refund": _refund, "shift": _shift}.get(window.place)
    return check(window) if check is not None else []


def _sell(window: TillWindow) -> list[str]:
    sell = window.screens.sell
    model = sell.model
    shown = [[str(model.data(model.index(row, place)) or "") for place in range(6)] for row in range(model.rowCount())]
    due, off = fen_of(sell.totals.due.text()), fen_of(sell.totals.figures["off"].text())
    listed = fen_of(sell.totals.figures["list"].text())
    return _differing(
        ("amounts and what is due", sum(fen_of(row[5]) for row in shown), due),
        ("reductions and what is off", sum(fen_of(row[4]) for row in shown), off),
        ("list price less what is off, and what is due", listed + off, due),
        ("the key's words and what is due", fen_of(_money_in(sell.bar.pay.words.text())), due),
    )


def _pay(window: TillWindow) -> list[str]:
    pay, view = window.screens.pay, window.screens.pay_presenter.view
    goods_shown = [line.amount for line in pay._basket.goods.lines]
    figures = [fen_of(amount) for amount in (*goods_shown, *(amount for _name, amount in _rows_of(pay._basket._rows)))]
    if view is None or not figures:
        return []
    lines, due = len(view.basket.lines), figures[-1]
    goods, between = sum(figures[:lines]), figures[lines:-1]
    payments = _rows_of(pay.left._tenders)
    rounded = -sum(fen_of(amount) for name, amount in payments if name == _("Rounding"))
    paid = sum(fen_of(amount) for name, amount in payments if name != _("Rounding"))
    left = 0 if (view.change_fen or view.goes_back) and not view.left_fen else fen_of(pay.left.due.text())
    return _differing(
        ("lines and subtotal", goods, between[0] if between else due),
        ("subtotal less reductions, and what is due", sum(between) if between else goods, due),
        ("payments, rounding and what is left, and what is due", paid + rounded + left, due),
    )


def _refund(window: TillWindow) -> list[str]:
    refund = window.screens.refund
    rows = [fen_of(amount) for _name, amount in _rows_of(refund._lines)] if refund._area.isVisible() else []
    return _differing(("lines and what goes back", sum(rows), fen_of(refund.amount.text()))) if rows else []


def _shift(window: TillWindow) -> list[str]:
    rows = _rows_of(window.screens.shift._figures)
    names = [name for name, _amount in rows]
    if _("All payments") not in names:
        return []
    total = names.index(_("All payments"))
    kinds = [tender_words(kind) for kind in get_args(TenderKind)]
    payments = [fen_of(amount) for name, amount in rows[:total] if name in kinds]
    return _differing(("payments and their sum", sum(payments), fen_of(rows[total][1])))


def _day(card: DayCard) -> list[str]:
    """A day of sales alone: the tills and what was sold, what was sold and what was paid."""
    rows = _rows_of(card._rows)
    figures = {name: fen_of(amount) for name, amount in rows}
    till = re.compile(_("Till {number}").replace("{number}", r"\d+"))
    tills = sum(fen_of(amount) for name, amount in rows if till.match(name))
    kinds = [tender_words(kind) for kind in get_args(TenderKind)]
    paid = sum(fen_of(amount) for name, amount in rows if name in kinds)
    sold = figures[_("Sales")] + figures[_("Refunds")] + figures[_("Top-ups")]
    return _differing(
        ("tills and their sales", tills, figures[_("Sales")]),
        ("payments and their sum", paid, figures[_("All payments")]),
        ("sales, rounding and payments", sold + figures.get(_("Cash rounding"), 0), figures[_("All payments")]),
        ("counted, expected and difference", figures[_("Counted cash")] - figures[_("Expected cash")],
         figures[_("Difference")]),
    )  # fmt: skip


def customer_totals_that_differ(display: CustomerWindow) -> list[str]:
    """The same for the customer's display, unless lines have scrolled out of it."""
    if display.view.state not in ("basket", "pay") or display.more.text():
        return []
    facts = _rows_of(display.facts)
    names = [name for name, _fen in display.view.reductions]
    goods = sum(fen_of(amount) for _name, amount in _rows_of(display.rows))
    reductions = sum(fen_of(amount) for name, amount in facts if name in names)
    figure = fen_of(display.due.text())
    place = next((place for place, (name, _amount) in enumerate(facts) if name == _("Total")), None)
    if place is None:
        return _differing(("lines less reductions, and what is due", goods + reductions, figure))
    total, beneath = fen_of(facts[place][1]), facts[place + 1 :]
    paid = sum(fen_of(amount) for name, amount in beneath if name != _("Rounding"))
    rounded = sum(fen_of(amount) for name, amount in beneath if name == _("Rounding"))
    left = abs(total + rounded - paid)
    return _differing(
        ("lines less reductions, and the total", goods + reductions, total),
        ("the total less rounding and what was given, and what is left or comes back", left, figure),
    )


def _money_in(words: str) -> str:
    found = re.search(r"¥[\d,]+\.\d\d", words)
    return found[0] if found else "0.00"


def _rows_of(layout: QLayout) -> list[tuple[str, str]]:
    """Rows of a name and an amount, from the labels in a layout."""
    found = []
    for texts in _each(layout):
        amounts = [text for text in texts if _MONEY.match(text)]
        if amounts:
            found.append((texts[0], amounts[-1]))
    return found


def _each(layout: QLayout) -> list[list[str]]:
    """The labels of each item of a layout."""
    found = []
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None
        inner = item.layout()
        found.append([text for texts in _each(inner) for text in texts] if inner else _labels_in(item.widget()))
    return found


def _labels_in(widget: QWidget | None) -> list[str]:
    if widget is None:
        return []
    if isinstance(widget, QLabel):
        return [widget.text()]
    return [label.text() for label in widget.findChildren(QLabel)]


def _differing(*sums: tuple[str, int, int]) -> list[str]:
    return [f"{words}: {ours} and {shown}" for words, ours, shown in sums if ours != shown]
