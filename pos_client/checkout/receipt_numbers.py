"""Which receipt is meant by a number typed or scanned. Numbers are a store's own; the code on the paper says of which
store, so that a receipt of another shop never opens a sale of this one."""

from dataclasses import dataclass
from uuid import UUID

from pos_client.checkout.desk import Desk
from shared_models.codes import parse_scan, store_mark
from shared_models.refusals import Refusal
from shared_models.sync import SaleWanted


@dataclass(frozen=True, slots=True)
class ReceiptNamed:
    """A receipt by its number. `store_id` and `store_name` are of another store of the chain; None and '' are this
    one's."""

    number: str
    store_id: UUID | None = None
    store_name: str = ""

    def wanted(self) -> SaleWanted:
        """How HQ is asked for the sale behind it."""
        return SaleWanted(receipt_number=self.number, store_id=self.store_id)


def receipt_named(desk: Desk, text: str) -> ReceiptNamed:
    """The receipt of `<number>` or `<number>-<mark of its store>`, or of what stands below the bars. Refuses
    `receipt_of_other_chain` where no store of this chain has that mark, and `code_check_character`."""
    number, mark = _parts(text)
    if not mark or mark == store_mark(desk.identity.store_id):
        return ReceiptNamed(number)
    for store in desk.ledger.stores():
        if store_mark(store.store_id) == mark:
            return ReceiptNamed(number, store.store_id, store.name)
    raise Refusal("receipt_of_other_chain", receipt_number=number[:40], who="till")


def own_number(desk: Desk, text: str) -> str:
    """The same where only this store's receipts will do; refuses `receipt_of_other_store(store_name)` besides."""
    named = receipt_named(desk, text)
    if named.store_id is not None:
        raise Refusal(
            "receipt_of_other_store", receipt_number=named.number[:40], store_name=named.store_name, who="till"
        )
    return named.number


def number_alone(text: str) -> str:
    """The number as it is printed to be read."""
    return _parts(text)[0]


def _parts(text: str) -> tuple[str, str]:
    text = text.strip().upper()
    if text.startswith("R") and text.count("-") > 1:  # as it stands below the bars: with its check character
        text = parse_scan(text).value
    till, _, rest = text.removeprefix("R").partition("-")
    seq, _, mark = rest.partition("-")
    return f"{till}-{seq}" if seq else till, mark
