"""Members at the counter: finding (each look-up recorded), attaching, registering, presence."""

from collections.abc import Sequence
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import BasketView, FindView, MemberPanel
from shared_models.sales import Approval, IdentifiedBy


class Members:
    """The member of the open basket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, text: str) -> FindView:
        """By card code, whole phone, last four digits, or name and pinyin initials, told apart by their form. Every
        result and every miss is recorded. Refuses `search_too_short`."""
        raise NotImplementedError

    def attach(self, member_id: UUID, means: IdentifiedBy) -> BasketView:
        """Put a found member on the basket: prices, points and coupons follow; rights are fetched in the background.
        Refuses `member_unknown`, `member_frozen`."""
        raise NotImplementedError

    def detach(self) -> BasketView:
        """Take the member off, and with it coupons and points."""
        raise NotImplementedError

    def panel(self) -> MemberPanel | None:
        """The member panel alone, with what is usable now: cheap enough for each arrival from HQ."""
        raise NotImplementedError

    def approve_presence(self, approval: Approval) -> BasketView:
        """A manager vouches (approval `presence`). A scanned card or QR proves presence by itself."""
        raise NotImplementedError

    def register(
        self, phone: str, *, name: str = "", birthday: str = "", card_code: str = "",
        consents: Sequence[str], consent_text_version: str,
    ) -> BasketView:  # fmt: skip
        """A new member, offline too, put on the basket at once. `birthday` is `YYYY-MM-DD` or `MM-DD`. Refuses
        `phone_invalid`, `phone_known(member_id)`, `consent_missing`, `birthday_invalid`, `card_known`."""
        raise NotImplementedError

    def tag(self, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Quick tags on the member of the basket."""
        raise NotImplementedError
