"""What the rooms of the checkout share: the ledger, the time, who works here, and the open basket."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from pos_client.checkout.receipt import Translate
from shared_models.ids import IdSource
from shared_models.moments import Clock


class CounterKeys(Protocol):
    """The secret a till keeps beside its ledger: the chain's key for phone hashes."""

    @property
    def phone_key(self) -> bytes:
        """The chain's key for the hash of phone numbers and missed terms."""
        ...


class Desk:
    """State of the counter, for the rooms of the checkout alone."""

    def __init__(
        self, ledger: object, clock: Clock, ids: IdSource, keys: CounterKeys, translate: Translate,
        want_rights: Callable[[UUID], None], push_soon: Callable[[], None],
    ) -> None:  # fmt: skip
        self.ledger = ledger
        self.clock = clock
        self.ids = ids
        self.keys = keys
        self.translate = translate
        self.want_rights = want_rights
        self.push_soon = push_soon
