"""What every presenter is handed: the checkout, the worker that calls it, and the window as plain Python knows it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.staff import ApprovalAction
from pos_client.checkout.views import BasketView, DoneView, PaymentView
from pos_client.ui.background import Asking
from shared_models.refusals import Refusal
from shared_models.sales import Approval

Answer = TypeVar("Answer")
Approved = Callable[[Approval], object]
Tone = Literal["good", "warning", "danger"]
Place = Literal[
    "login", "shift_open", "sell", "pay", "refund", "top_up", "reports", "shift", "sync", "settings", "devices"
]


class Stage(Protocol):
    """The window."""

    def go(self, place: Place) -> None:
        """Show a screen and let it begin."""
        ...

    def say(self, text: str, tone: Tone = "warning") -> None:
        """One calm line; '' takes it away."""
        ...

    def say_undoable(self, text: str, undo: Callable[[], object]) -> None:
        """Say what was taken out, with the key that brings it back."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Say a refusal in the reader's language."""
        ...

    def ask_approval(self, action: ApprovalAction, approved: Approved, needed: Refusal | None = None) -> None:
        """Let a manager approve inside the flow; `approved` is called only on a yes. `needed` says what of."""
        ...

    def ask_presence(self, refusal: Refusal, retry: Callable[[], object]) -> None:
        """The member has to be here: by card or code, or a manager vouches; then `retry` is called."""
        ...

    def show_done(self, done: DoneView) -> None:
        """Something is on disk: print it, show what comes of it."""
        ...

    def show_customer(self, view: BasketView | PaymentView) -> None:
        """This is what the cashier sees now: the customer may see it too."""
        ...

    def basket_changed(self, words: str) -> None:
        """The basket is another one: where another screen than the sell screen shows it, that screen shows it anew and
        says these words, if any."""
        ...

    def refresh_status(self) -> None:
        """Ask for the header's figures again."""
        ...


def _nothing(_answer: object) -> None:
    """For answers nobody waits for."""


class OneAtATime:
    """Before the worker, for what must not be done twice: pressed again while the first answer is not there yet, it is
    still asked once. Every answer, refusal and fault makes it free again; a panel that asks a manager does not hold
    it."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._is_asked = False

    def ask(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object],
        refused: Callable[[Refusal], object],
    ) -> None:
        """Ask, unless something is being asked."""
        if self._is_asked:
            return
        self._is_asked = True

        def asked() -> Answer:
            try:
                return operation()
            except Refusal:
                raise
            except Exception:
                self._is_asked = False  # nobody is told of a fault: it may be tried again
                raise

        def answered(answer: Answer) -> None:
            self._is_asked = False
            then(answer)

        def no(refusal: Refusal) -> None:
            self._is_asked = False
            refused(refusal)

        self._asking.ask(asked, answered, no)


@dataclass(frozen=True, slots=True)
class Counter:
    """Handed to every presenter by the composition root."""

    checkout: Checkout
    asking: Asking
    stage: Stage

    def one_at_a_time(self) -> "Counter":
        """For whoever asks for what must not be done twice, however often a key is pressed."""
        return replace(self, asking=OneAtATime(self.asking))

    def ask(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object] = _nothing,
        refused: Callable[[Refusal], object] | None = None,
    ) -> None:
        """Run an operation of the checkout; a refusal is said on the screen unless `refused` takes it."""
        self.asking.ask(operation, then, refused if refused is not None else self.stage.refuse)

    def ask_present(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object] = _nothing,
        refused: Callable[[Refusal], object] | None = None,
    ) -> None:
        """The same for spending of rights, which may need the member to be here."""
        other = refused if refused is not None else self.stage.refuse

        def no(refusal: Refusal) -> None:
            if refusal.code == "presence_needed":
                self.stage.ask_presence(refusal, lambda: self.asking.ask(operation, then, other))
            else:
                other(refusal)

        self.asking.ask(operation, then, no)

    def ask_spending(
        self,
        operation: Callable[[Approval | None], Answer],
        then: Callable[[Answer], object] = _nothing,
        refused: Callable[[Refusal], object] | None = None,
    ) -> None:
        """Both: the member may have to be here, and a manager may have to approve."""
        other = refused if refused is not None else self.stage.refuse

        def no(refusal: Refusal) -> None:
            if refusal.code == "presence_needed":
                self.stage.ask_presence(refusal, lambda: self.ask_approved(operation, then, other))
            else:
                other(refusal)

        self.ask_approved(operation, then, no)

    def ask_approved(
        self,
        operation: Callable[[Approval | None], Answer],
        then: Callable[[Answer], object] = _nothing,
        refused: Callable[[Refusal], object] | None = None,
    ) -> None:
        """The same for an operation that may need a manager: asked for inside the flow, then done again with it."""
        other = refused if refused is not None else self.stage.refuse

        def no(refusal: Refusal) -> None:
            if refusal.code != "approval_needed":
                other(refusal)
                return
            action: ApprovalAction = str(refusal.fields["action"])  # type: ignore[assignment]  # the checkout's own word
            self.stage.ask_approval(
                action, lambda approval: self.asking.ask(lambda: operation(approval), then, other), refusal
            )

        self.asking.ask(lambda: operation(None), then, no)
