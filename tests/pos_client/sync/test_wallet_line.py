"""The talk with a wallet's provider: one conversation about a payment at a time, and silence is never a no."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from pos_client.devices.wallets import Told, WalletAnswer, WalletKind
from pos_client.sync.wallet_line import Patience, ProviderLine

PAYMENT = UUID(int=7)
QUICK = Patience(poll_seconds=0.0, silences_max=1, reversals_max=2)
STUCK_SECONDS = 60
Asked = tuple[str, "queue.SimpleQueue[Told]"]


@dataclass
class Wire:
    """A provider whose every answer the test gives by hand."""

    name: str = "acquirer"
    asked: "queue.SimpleQueue[Asked]" = field(default_factory=queue.SimpleQueue)
    closed: threading.Event = field(default_factory=threading.Event)

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> WalletAnswer:
        del kind, amount_fen, payment_code
        return self._answer("pay", payment_id)

    def query(self, payment_id: UUID) -> WalletAnswer:
        return self._answer("query", payment_id)

    def reverse(self, payment_id: UUID) -> WalletAnswer:
        return self._answer("reverse", payment_id)

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> WalletAnswer:
        del payment_id, amount_fen
        return self._answer("refund", refund_id)

    def close(self) -> None:
        self.closed.set()

    def _answer(self, word: str, number: UUID) -> WalletAnswer:
        if self.closed.is_set():
            return WalletAnswer(payment_id=number, told="silent")
        reply: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.asked.put((word, reply))
        return WalletAnswer(payment_id=number, told=reply.get(timeout=STUCK_SECONDS))


class Talk:
    """A line over that wire, and what is heard from it."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.heard: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.on_heard: Callable[[], object] = lambda: None
        self.line = ProviderLine(self.wire, self._hear, QUICK)

    def _hear(self, answer: WalletAnswer) -> None:
        self.on_heard()
        self.heard.put(answer.told)

    def next_heard(self) -> Told:
        return self.heard.get(timeout=STUCK_SECONDS)

    def answer(self, word: str, told: Told) -> None:
        """The next thing asked is this, and this is what the provider says."""
        asked, reply = self.wire.asked.get(timeout=STUCK_SECONDS)
        assert asked == word
        reply.put(told)

    def being_asked(self, word: str) -> "queue.SimpleQueue[Told]":
        """The next thing asked is this, and the provider thinks about it."""
        asked, reply = self.wire.asked.get(timeout=STUCK_SECONDS)
        assert asked == word
        return reply

    def pay(self) -> None:
        self.line.pay(PAYMENT, "wechat", 990, "code")


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    yield talk
    talk.line.close()


def test_nobody_hears_unknown_while_the_payment_is_still_being_taken_back(talk: Talk) -> None:
    # A question in between used to say `silent`: a manager let the goods go, and then the taking back came through.
    moving_when_told: list[bool] = []
    talk.on_heard = lambda: moving_when_told.append(talk.line.is_moving(PAYMENT))
    talk.pay()
    talk.answer("pay", "silent")
    talk.answer("query", "silent")
    talk.answer("reverse", "silent")
    again = talk.being_asked("reverse")
    assert talk.line.is_moving(PAYMENT)
    talk.line.ask(PAYMENT)
    talk.line.reverse(PAYMENT)
    again.put("silent")
    assert talk.next_heard() == "not_reversed"
    assert moving_when_told == [False]
    talk.line.close()
    assert talk.wire.asked.empty()


def test_a_question_that_never_left_says_nothing_about_the_payment(talk: Talk) -> None:
    # It used to be passed on as `not_sent`, which is what a payment is told that was never asked for: not paid.
    talk.line.ask(PAYMENT)
    talk.answer("query", "not_sent")
    assert talk.next_heard() == "silent"
    assert talk.line.is_down


def test_a_payment_that_never_left_is_told_so_and_nothing_is_taken_back(talk: Talk) -> None:
    talk.pay()
    reply = talk.being_asked("pay")
    talk.line.reverse(PAYMENT)
    reply.put("not_sent")
    assert talk.next_heard() == "not_sent"
    talk.line.close()
    assert talk.wire.asked.empty()


@pytest.mark.parametrize("told", ["paid", "waiting", "silent"])
def test_what_was_given_up_is_taken_back_whatever_the_answer_was(talk: Talk, told: Told) -> None:
    talk.pay()
    reply = talk.being_asked("pay")
    talk.line.reverse(PAYMENT)
    reply.put(told)
    talk.answer("reverse", "reversed")
    heard = [talk.next_heard() for _ in range(2 if told == "waiting" else 1)]
    assert heard[-1] == "reversed"


def test_given_up_while_it_is_told_paid_is_taken_back_too(talk: Talk) -> None:
    talk.on_heard = lambda: talk.line.reverse(PAYMENT)
    talk.pay()
    talk.answer("pay", "paid")
    assert talk.next_heard() == "paid"
    talk.on_heard = lambda: None
    talk.answer("reverse", "reversed")
    assert talk.next_heard() == "reversed"


def test_given_up_while_it_is_asked_about_is_taken_back_after_the_answer(talk: Talk) -> None:
    talk.line.ask(PAYMENT)
    reply = talk.being_asked("query")
    assert not talk.line.is_moving(PAYMENT)
    talk.line.reverse(PAYMENT)
    assert talk.line.is_moving(PAYMENT)
    reply.put("silent")
    talk.answer("reverse", "not_known")
    assert [talk.next_heard(), talk.next_heard()] == ["silent", "refused"]


def test_a_line_that_is_closed_leaves_the_payment_where_it_is(talk: Talk) -> None:
    talk.pay()
    reply = talk.being_asked("pay")
    closing = threading.Thread(target=talk.line.close)
    closing.start()
    assert talk.wire.closed.wait(STUCK_SECONDS)
    reply.put("silent")
    closing.join(STUCK_SECONDS)
    talk.pay()
    assert not closing.is_alive()
    assert talk.heard.empty()
    assert talk.wire.asked.empty()
