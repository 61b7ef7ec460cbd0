"""The talk with a wallet's provider, off the window's and the ledger's threads.

A payment is one conversation: asked for once, then asked about until it is known how it ended. Where the customer takes
too long, the cashier gives up, or the provider says nothing, it is taken back; only where that is not answered either
does it stay unknown. What was heard is handed on at each step; who listens writes it down.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from uuid import UUID

from pos_client.devices.wallets import Told, WalletAnswer, WalletKind, WalletProvider

CONVERSATIONS_MAX = 4
_ENDED = frozenset({"paid", "refused", "reversed", "not_sent"})
_UNHEARD = frozenset({"silent", "not_sent"})
_TAKEN_BACK: dict[Told, Told] = {"silent": "not_reversed", "not_sent": "not_reversed", "not_known": "refused"}
"""What the end of taking back says: nobody answered, or there never was anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a customer may take, and how often somebody silent is asked."""

    customer_seconds: float = 60.0
    poll_seconds: float = 1.0
    silences_max: int = 3
    reversals_max: int = 3


@dataclass(slots=True, eq=False)
class _Talk:
    """A conversation about one payment. `moves_money`: it may take the payment or give it back."""

    moves_money: bool
    given_up: threading.Event = field(default_factory=threading.Event)


class ProviderLine:
    """The `WalletLine` over a provider. `heard` is called from threads of this line's own.

    There is one conversation about one payment at a time, so that its answers are heard in the order in which they were
    given, and `unknown` is not said while the payment is still being taken back.
    """

    def __init__(
        self, provider: WalletProvider, heard: Callable[[WalletAnswer], object], patience: Patience | None = None
    ) -> None:
        self._provider = provider
        self._heard = heard
        self._patience = patience if patience is not None else Patience()
        self._pool = ThreadPoolExecutor(CONVERSATIONS_MAX, thread_name_prefix="wallets")
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._talks: dict[UUID, _Talk] = {}
        self.is_down = False

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.name

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        """Begin a conversation."""
        self._begin(payment_id, lambda talk: self._pay(payment_id, kind, amount_fen, payment_code, talk.given_up))

    def ask(self, payment_id: UUID) -> None:
        """One question; a conversation that goes on asks by itself."""
        self._begin(payment_id, lambda _talk: self._tell(self._queried(payment_id)), moves_money=False)

    def reverse(self, payment_id: UUID) -> None:
        """Give up a conversation, or take back what an earlier one left."""
        with self._lock:
            talk = self._talks.get(payment_id)
            if talk is not None:
                talk.given_up.set()
        if talk is None:
            self._begin(payment_id, lambda talk: self._take_back(payment_id, talk))

    def is_moving(self, payment_id: UUID) -> bool:
        """Whether it may still be taken or given back by what was asked before."""
        with self._lock:
            talk = self._talks.get(payment_id)
            return talk is not None and (talk.moves_money or talk.given_up.is_set())

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> None:
        """Give back a part; asked again by whoever kept it."""
        self._begin(
            refund_id,
            lambda _talk: self._tell(self._noted(self._provider.refund(refund_id, payment_id, amount_fen))),
        )

    def close(self) -> None:
        """The program ends: conversations end where they are, and are taken up again at the next start."""
        self._stopped.set()
        with self._lock:
            for talk in self._talks.values():
                talk.given_up.set()
        self._provider.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, number: UUID, conversation: Callable[[_Talk], None], *, moves_money: bool = True) -> None:
        with self._lock:
            if number in self._talks or self._stopped.is_set():
                return
            talk = self._talks[number] = _Talk(moves_money)
            self._pool.submit(self._talk, number, talk, conversation)

    # --- in the line's own threads -----------------------------------------------------------------------------------

    def _talk(self, number: UUID, talk: _Talk, conversation: Callable[[_Talk], None]) -> None:
        try:
            conversation(talk)
            while self._goes_on(number, talk):
                self._take_back(number, talk)
        finally:
            with self._lock:
                if self._talks.get(number) is talk:
                    del self._talks[number]

    def _goes_on(self, number: UUID, talk: _Talk) -> bool:
        """Whether it was given up and is to be taken back; else it is over, in one step, so that no word is lost."""
        with self._lock:
            goes_on = talk.given_up.is_set() and not self._stopped.is_set()
            if not goes_on:
                del self._talks[number]
            return goes_on

    def _pay(
        self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str, given_up: threading.Event
    ) -> None:
        """Leaves with `given_up` set when it has to be taken back."""
        answer = self._noted(self._provider.pay(payment_id, kind, amount_fen, payment_code))
        waited_seconds, silences, is_waiting = 0.0, 0, False
        while answer.told not in _ENDED:
            silences = silences + 1 if answer.told in ("silent", "not_known") else 0
            if silences > self._patience.silences_max or waited_seconds > self._patience.customer_seconds:
                given_up.set()
                return
            if answer.told == "waiting" and not is_waiting:
                is_waiting = True
                self._tell(answer)
            if given_up.wait(self._patience.poll_seconds):
                return
            waited_seconds += self._patience.poll_seconds
            answer = self._queried(payment_id)
        if answer.told != "paid":
            given_up.clear()  # there is nothing to take back
        elif given_up.is_set():
            return
        self._tell(answer)

    def _take_back(self, payment_id: UUID, talk: _Talk) -> None:
        """Reverse, a few times; silence leaves it unknown. Whoever asks for it meanwhile is answered by this one."""
        answer = self._noted(self._provider.reverse(payment_id))
        for _again in range(self._patience.reversals_max - 1):
            if answer.told not in _UNHEARD or self._stopped.wait(self._patience.poll_seconds):
                break
            answer = self._noted(self._provider.reverse(payment_id))
        with self._lock:  # before it is told: from then on nothing moves
            talk.given_up.clear()
            talk.moves_money = False
        self._tell(replace(answer, told=_TAKEN_BACK.get(answer.told, answer.told)))

    def _queried(self, payment_id: UUID) -> WalletAnswer:
        """How it stands. A question that never left says nothing about the payment, which may have."""
        answer = self._noted(self._provider.query(payment_id))
        return replace(answer, told="silent") if answer.told == "not_sent" else answer

    def _noted(self, answer: WalletAnswer) -> WalletAnswer:
        self.is_down = answer.told == "not_sent"
        return answer

    def _tell(self, answer: WalletAnswer) -> None:
        if not self._stopped.is_set():
            self._heard(answer)
