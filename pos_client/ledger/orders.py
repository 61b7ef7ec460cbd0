"""Orders that wait here: those whose token this till has, as it took them or got them from HQ."""

from uuid import UUID

from sqlalchemy import literal_column, select

from pos_client.ledger.chain import ENTRY_COLUMNS, entry_from_row
from pos_client.ledger.database import prepared
from pos_client.ledger.parts import LedgerParts
from pos_client.ledger.tables import entries, tokens
from shared_models.entries import Entry

_HERE = prepared(
    select(*ENTRY_COLUMNS)
    .join(tokens, tokens.c.subject == entries.c.business_id)
    .where(tokens.c.kind == literal_column("'order'"), tokens.c.state == literal_column("'owned'"))
    .order_by(entries.c.position)
)


class Orders(LedgerParts):
    """The room of orders."""

    def orders_here(self) -> list[Entry]:
        """The entries that took them, in the order taken."""
        till_id: UUID = self._enrolled().till_id
        return [entry_from_row(till_id, row) for row in self._database.rows(_HERE)]
