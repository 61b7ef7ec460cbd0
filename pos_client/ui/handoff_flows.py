"""Things handed to another store, behind *More* and by their slip: taken in, listed, and what became of them."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt

from pos_client.checkout.handoffs import HandoffView
from pos_client.checkout.views import DoneView
from pos_client.ui.formats import clock_time
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import AskCard, ListCard, MenuCard, Row
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.screens.member_cards import TextCard
from pos_client.ui.words import _
from shared_models.catalog import StoreRow
from shared_models.moments import DEFAULT_TIME_ZONE, local_datetime
from shared_models.service import HandoffStep, TicketKind

_LATER_KEYS: dict[int, str] = {Qt.Key.Key_F3: "F3", Qt.Key.Key_F4: "F4"}


def kind_words(kind: str) -> str:
    """What it is handed over for."""
    return {"repair": _("Repair"), "pickup": _("Pickup elsewhere")}.get(kind, _("Not heard of here yet"))


def step_words(step: HandoffStep | None) -> str:
    """How far it is."""
    if step is None:
        return _("taken in")
    return {
        "sent": _("sent off"),
        "arrived": _("arrived"),
        "ready": _("ready for the customer"),
        "handed_over": _("handed over to the customer"),
    }[step]


def _short_words(step: HandoffStep) -> str:
    """The same on a key."""
    return {"ready": _("ready"), "handed_over": _("handed over")}.get(step, "") or step_words(step)


class HandoffFlows:
    """Built when it is needed."""

    def __init__(self, panels: Panels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._handoffs = counter.checkout.handoffs

    def offer(self) -> None:
        """The list, or a new one."""
        self._panels.open(
            MenuCard(
                _("Between stores"),
                (
                    (_("What is under way"), self.show_list),
                    (_("Take in a repair"), partial(self._ask_store, "repair")),
                    (_("Pickup at another store"), partial(self._ask_store, "pickup")),
                ),
            )
        )

    def show_list(self) -> None:
        """What this store took in for another, or gets from one."""

        def shown(found: tuple[HandoffView, ...]) -> None:
            rows = [
                Row(
                    f"{_moment(one.opened_at_ms)} {kind_words(one.category)} {one.receipt_number}",
                    f"{one.from_store} → {one.to_store} · {one.text}",
                    step_words(one.stands),
                )
                for one in found
            ]
            empty = _("Nothing is under way between this store and another.")
            self._panels.open(ListCard(_("Between stores"), rows, lambda at: self.show(found[at]), empty=empty))

        self._counter.ask(self._handoffs.waiting, shown)

    def scanned(self, slip: str, otherwise: Callable[[], object]) -> None:
        """The slip of such a thing shows it; what is none goes on `otherwise`."""

        def found(view: HandoffView | None) -> None:
            if view is None:
                otherwise()
            else:
                self.show(view)

        self._counter.ask(lambda: self._handoffs.find(slip), found)

    def show(self, view: HandoffView) -> None:
        """Its way so far, and what can be told of it here."""
        parts = [f"{view.from_store} → {view.to_store}", view.text] if view.category else []
        if not view.category:
            parts.append(_("No till here has heard of it yet; the slip is enough. The rest comes with the line."))
        parts += [f"{_moment(step.at_ms)} {step.store_name} · {step_words(step.step)}" for step in view.steps]
        title = f"{kind_words(view.category)} {view.receipt_number} · {step_words(view.stands)}"
        self._panels.close()
        if not view.next_steps:
            parts.append(_("There is nothing to tell of it here."))
            self._panels.open(AskCard(title, "\n".join(parts), _("OK · Enter"), lambda: None))
            return
        first, *later = view.next_steps
        others = [
            (f"{_short_words(step)} · {_LATER_KEYS[key]}", key, partial(self._tell, view, step))
            for step, key in zip(later, _LATER_KEYS, strict=False)
        ]
        words = _("{step} · Enter").format(step=_short_words(first))
        self._panels.open(AskCard(title, "\n".join(parts), words, partial(self._tell, view, first), others))

    def _tell(self, view: HandoffView, step: HandoffStep) -> None:
        def told(now: HandoffView) -> None:
            words = _("{what}: {step}. The other store hears of it by itself.")
            what = f"{kind_words(now.category)} {now.receipt_number}".strip()
            self._counter.stage.say(words.format(what=what, step=step_words(step)), "good")

        self._counter.ask(lambda: self._handoffs.tell(view.ticket_id, step), told)

    def _ask_store(self, kind: TicketKind) -> None:
        def listed(stores: tuple[StoreRow, ...]) -> None:
            rows = [Row(store.name, store.address, store.code) for store in stores]
            self._panels.open(
                ListCard(
                    _("Which store hands it over?"),
                    rows,
                    lambda place: self._ask_words(kind, stores[place]),
                    empty=_("There is no other store."),
                )
            )

        self._counter.ask(self._handoffs.stores, listed)

    def _ask_words(self, kind: TicketKind, store: StoreRow) -> None:
        def entered(text: str) -> None:
            self._panels.close()
            self._counter.ask(lambda: self._handoffs.take_in(kind, store.store_id, text), self._taken)

        self._panels.close()
        self._panels.open(TextCard(f"{kind_words(kind)} → {store.name}", _("What it is, and what is wished"), entered))

    def _taken(self, done: DoneView) -> None:
        self._counter.stage.show_done(done)


def _moment(at_ms: int) -> str:
    return f"{local_datetime(at_ms, DEFAULT_TIME_ZONE).strftime('%m-%d')} {clock_time(at_ms)}" if at_ms else ""
