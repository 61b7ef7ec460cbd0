"""The books as the office opens them: what an entry or a fact of HQ's does, and what tills should hold because of it.

Whoever changes balances, rights, tokens or members opens the books for the subjects concerned (which locks them),
books, and closes. Only the office does so, and only inside `Desk.run`.
"""

from hq_sync_server.office.books import placing
from hq_sync_server.office.books.open_books import ENTRY_COLUMNS, OpenBooks
from shared_models.postings import lot_account

__all__ = ["ENTRY_COLUMNS", "Books", "is_members"]

_MEMBERS_ACCOUNTS = frozenset({"principal", "bonus", "points"})


class Books(OpenBooks):
    """Open books whose closing also works out anew what is placed of everybody whose value changed in them."""

    def close(self) -> None:
        """Write everything that changed, and publish the members' rows."""
        placing.renew(self)
        super().close()


def is_members(lot: str) -> bool:
    """Whether a lot is part of a member's balance (campaign uses and risk are not)."""
    return lot_account(lot) in _MEMBERS_ACCOUNTS
