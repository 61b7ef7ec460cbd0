"""What every body has: the head, first."""

from typing import Literal

from msgspec import Struct

from shared_models.entries import Head

Channel = Literal["counter", "replay", "training"]


class Body(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every body has: the head, first."""

    head: Head
