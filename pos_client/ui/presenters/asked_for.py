"""What a cashier scanned and another till has: HQ gets it, and the flow goes on by itself when it is here.

For the presenters whose scans may be refused with "is being asked". Nothing is asked for again here: only looked at;
sync asks HQ again every few seconds for as long as somebody waits.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pos_client.ui.presenters.counter import Counter
from shared_models.refusals import Refusal

ASKED_FOR = frozenset(
    {
        *("coupon_asked_for", "refund_asked_for", "refund_asked_for_at_store", "refund_asked_for_at_hq"),
        "lot_asked_for",
        *("order_asked_for", "order_held", "order_coming"),
    }
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    has_come: Callable[[], bool]
    again: Callable[[], object]


class AskedFor:
    """One per presenter: the newest scan alone is waited for."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._waiting: _Waiting | None = None
        self._is_going_on = False

    def refused(self, refusal: Refusal, has_come: Callable[[], bool], again: Callable[[], object]) -> None:
        """A scan was refused: where what it names is on its way, `again` is called once `has_come` says so."""
        self._waiting = _Waiting(has_come, again) if refusal.code in ASKED_FOR else None
        going_on, self._is_going_on = self._is_going_on, False
        if not going_on:  # maybe it came while this refusal was on its way here: nobody will say so again
            self.rights_came()

    @property
    def is_waiting(self) -> bool:
        """Whether anything is still to come."""
        return self._waiting is not None

    def drop(self) -> None:
        """Nobody waits any longer."""
        self._waiting = None
        self._is_going_on = False

    def rights_came(self) -> None:
        """HQ gave something, or said who has it."""
        waiting = self._waiting
        if waiting is not None:
            self._counter.ask(waiting.has_come, lambda come: self._go_on(waiting, come), lambda _refusal: None)

    def _go_on(self, waiting: _Waiting, come: bool) -> None:
        if come and self._waiting is waiting:
            self._waiting = None
            self._is_going_on = True
            waiting.again()
