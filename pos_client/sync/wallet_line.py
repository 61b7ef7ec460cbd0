"""The talk with a wallet's provider, off the window's and the ledger's threads.

A payment is one conversation: asked for once, then asked about until it is known how it ended. Where the customer takes
too long, the cashier gives up, or the provider says nothing, it is taken back; only where that is not answered either
does it stay unknown. What was heard is handed on at each step; who listens writes it down.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from uuid import UUID

from pos_client.devices.wallets import WalletAnswer, WalletKind, WalletProvider

CONVERSATIONS_MAX = 4
_ENDED = frozenset({"paid", "refused", "reversed", "not_sent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a customer may take, and how often somebody silent is asked."""

    customer_seconds: float = 60.0
    poll_seconds: float = 1.0
    silences_max: int = 3
    reversals_max: int = 3


class ProviderLine:
    """The `WalletLine` over a provider. `heard` is called from threads of this line's own."""

    def __init__(
        self, provider: WalletProvider, heard: Callable[[WalletAnswer], object], patience: Patience | None = None
    ) -> None:
        self._provider = provider
        self._heard = heard
        self._patience = patience if patience is not None else Patience()
        self._pool = ThreadPoolExecutor(CONVERSATIONS_MAX, thread_name_prefix="wallets")
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._given_up: dict[UUID, threading.Event] = {}
        self.is_down = False

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.name

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        """Begin a conversation."""
        given_up = threading.Event()
        with self._lock:
            self._given_up[payment_id] = given_up
        self._begin(lambda: self._pay(payment_id, kind, amount_fen, payment_code, given_up))

    def ask(self, payment_id: UUID) -> None:
        """One question; a conversation that goes on asks by itself."""
        with self._lock:
            if payment_id in self._given_up:
                return
        self._begin(lambda: self._tell(self._provider.query(payment_id)))

    def reverse(self, payment_id: UUID) -> None:
        """Give up a conversation, or take back what an earlier one left."""
        with self._lock:
            given_up = self._given_up.get(payment_id)
        if given_up is not None:
            given_up.set()
        else:
            self._begin(lambda: self._take_back(payment_id))

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> None:
        """Give back a part; asked again by whoever kept it."""
        self._begin(lambda: self._tell(self._provider.refund(refund_id, payment_id, amount_fen)))

    def close(self) -> None:
        """The program ends: conversations end where they are, and are taken up again at the next start."""
        self._stopped.set()
        with self._lock:
            for given_up in self._given_up.values():
                given_up.set()
        self._provider.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    # --- in the line's own threads -----------------------------------------------------------------------------------

    def _begin(self, conversation: Callable[[], None]) -> None:
        if not self._stopped.is_set():
            self._pool.submit(conversation)

    def _pay(
        self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str, given_up: threading.Event
    ) -> None:
        try:
            answer = self._provider.pay(payment_id, kind, amount_fen, payment_code)
            waited_seconds, silences, is_waiting = 0.0, 0, False
            while answer.told not in _ENDED:
                silences = silences + 1 if answer.told in ("silent", "not_known") else 0
                if silences > self._patience.silences_max or waited_seconds > self._patience.customer_seconds:
                    break
                if answer.told == "waiting" and not is_waiting:
                    is_waiting = True
                    self._tell(answer)
                if given_up.wait(self._patience.poll_seconds):
                    break
                waited_seconds += self._patience.poll_seconds
                answer = _asked_later(self._provider.query(payment_id))
            is_over = answer.told in _ENDED and not (answer.told == "paid" and given_up.is_set())
        finally:
            with self._lock:
                del self._given_up[payment_id]
        if is_over:
            self._tell(answer)
        elif not self._stopped.is_set():
            self._take_back(payment_id)

    def _take_back(self, payment_id: UUID) -> None:
        """Reverse, a few times; silence leaves it unknown."""
        answer = _asked_later(self._provider.reverse(payment_id))
        for _again in range(self._patience.reversals_max - 1):
            if answer.told != "silent" or self._stopped.wait(self._patience.poll_seconds):
                break
            answer = _asked_later(self._provider.reverse(payment_id))
        self._tell(answer)

    def _tell(self, answer: WalletAnswer) -> None:
        self.is_down = answer.told == "not_sent"
        if not self._stopped.is_set():
            self._heard(answer)


def _asked_later(answer: WalletAnswer) -> WalletAnswer:
    """A later question that never left says nothing about the first one, which did."""
    return replace(answer, told="silent") if answer.told == "not_sent" else answer
