"""The bakery with a wallets' provider on a wire that the test answers by hand."""

from dataclasses import dataclass, field
from uuid import UUID

from pos_client.checkout.checkout import Checkout
from pos_client.devices.wallets import Told, WalletAnswer, WalletKind
from tests.pos_client.checkout.bakery import BREAD, Bakery, Keys

CODE = "134567890123456789"


@dataclass
class Wire:
    """The line to a provider, as the counter sees it: what was asked, in order. The test answers."""

    name: str = "acquirer"
    is_down: bool = False
    asked: list[tuple[str, UUID, int]] = field(default_factory=list)
    moving: set[UUID] = field(default_factory=set)

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        assert payment_code == CODE
        self.asked.append(("pay", payment_id, amount_fen))

    def ask(self, payment_id: UUID) -> None:
        self.asked.append(("ask", payment_id, 0))

    def reverse(self, payment_id: UUID) -> None:
        self.asked.append(("reverse", payment_id, 0))

    def is_moving(self, payment_id: UUID) -> bool:
        return payment_id in self.moving

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> None:
        self.asked.append(("refund", refund_id, amount_fen))

    def words(self) -> list[str]:
        return [word for word, _number, _amount in self.asked]


class WalletBakery(Bakery):
    """The bakery with a provider."""

    def open_checkout(self) -> None:
        self.wire = Wire()
        self.checkout = Checkout(
            self.ledger, self.clock, self.ids, Keys(), translate=lambda sentence: sentence,
            want_rights=self.rights_wanted.append, push_soon=self._push, wallets=self.wire,
        )  # fmt: skip

    def answer(self, payment_id: UUID, told: Told, **more: object) -> None:
        self.checkout.wallets.heard(WalletAnswer(payment_id=payment_id, told=told, **more))  # type: ignore[arg-type]  # a test's own words

    def bread_by_wechat(self) -> UUID:
        """A loaf on the basket, and WeChat asked for it."""
        self.checkout.basket.scan(BREAD)
        return self.checkout.wallets.pay("wechat", CODE).payment_id

    def states(self) -> list[str]:
        return [one.state for one in self.checkout.wallets.open_payments()]
