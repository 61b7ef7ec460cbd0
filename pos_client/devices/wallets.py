"""A wallet's provider as the till's rooms speak of it: what it is asked, what it may answer, who carries that.

A payment bears a number of the till's own (`payment_id`), made and on disk before anything is asked: whatever is asked
again under it is the same payment. The provider itself is reached in `sync`; the counter sees a `WalletLine`.
"""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

WalletKind = Literal["wechat", "alipay"]
Told = Literal[
    "paid", "waiting", "refused", "reversed", "not_reversed", "returned", "not_returned", "not_known", "not_sent",
    "silent",
]  # fmt: skip
"""`waiting`: the customer has to confirm. `not_known`: the provider never heard of it. `not_sent`: the request never
left, nothing can have happened. `silent`: it may have. `not_reversed`, `not_returned`: the provider will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletAnswer:
    """What is known of a payment now. `amount_fen` is what the provider says was paid, where it says so."""

    payment_id: UUID
    told: Told
    trade_number: str = ""
    code: str = ""
    amount_fen: int | None = None


class WalletProvider(Protocol):
    """A provider. Every call waits for an answer, or comes back `silent` or `not_sent`; none raises."""

    name: str

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> WalletAnswer:
        """Take the money by the code that the customer shows."""
        ...

    def query(self, payment_id: UUID) -> WalletAnswer:
        """How it stands."""
        ...

    def reverse(self, payment_id: UUID) -> WalletAnswer:
        """Give it back if it was paid, and see to it that it never will be."""
        ...

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> WalletAnswer:
        """Give back a part of a payment; under the same number once, however often it is asked."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class WalletLine(Protocol):
    """The provider as the counter sees it: every call returns at once, and the answers are heard later, as often as
    there is something new."""

    @property
    def name(self) -> str:
        """The provider; '' where there is none."""
        ...

    @property
    def is_down(self) -> bool:
        """Whether nothing could be sent when it was last tried."""
        ...

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        """Take the money: asked until it is known how it ended, or patience ends and it is taken back."""
        ...

    def ask(self, payment_id: UUID) -> None:
        """Ask how it stands."""
        ...

    def reverse(self, payment_id: UUID) -> None:
        """Take it back."""
        ...

    def is_moving(self, payment_id: UUID) -> bool:
        """Whether something that was asked before may still take it or give it back."""
        ...

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> None:
        """Give back a part."""
        ...


class NoWallets:
    """No provider: wallets are recorded, unconfirmed, and compared with somebody's statement later."""

    name = ""
    is_down = False

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        """Nobody hears it."""

    def ask(self, payment_id: UUID) -> None:
        """Nobody hears it."""

    def reverse(self, payment_id: UUID) -> None:
        """Nobody hears it."""

    def is_moving(self, payment_id: UUID) -> bool:
        """Nothing ever is."""
        del payment_id
        return False

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> None:
        """Nobody hears it."""
