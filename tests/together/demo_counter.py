"""What the demo shows of the counter beside sales: wallets through a provider, an exchange, an order with a deposit.

The provider is a process of its own, with an account book of its own: at the end it holds what the tills' books say.
"""

import sqlite3
from contextlib import closing
from typing import Any

from shared_models.codes import receipt_code
from tests.together.demo_chain import COMMUNITY, DOWNTOWN
from tests.together.demo_story import Story, yuan
from tests.together.reconciliation import Reconciliation
from tests.together.till_process import TillProcess

WECHAT_CODE = "134567890123456789"
ALIPAY_CODE = "281234567890123456"
OPEN_PAYMENTS = "未了结的钱包收款"
TAKE_ORDER = "接预订"


def _approve(story: Story, till: TillProcess, store_code: str) -> None:
    """The store's manager, by badge."""
    till.wait(card="ApprovalCard")
    till.scan(story.stage.seed.staff_of(store_code, "manager").badge)


def _last_sale(till: TillProcess) -> dict[str, Any]:
    entry_type, _, sale = till.place.last_receipt()
    assert entry_type == "sale", entry_type
    return sale


def wallets(story: Story) -> None:
    """A customer confirms on the phone and it goes on by itself; a provider takes the money and says nothing."""
    downtown, community, provider = story.downtown, story.community, story.stage.wallets
    provider.behave("password", polls=1)
    downtown.scan(*story.barcodes(16, 17))
    downtown.press("F9")
    downtown.scan(WECHAT_CODE)
    story.picture(downtown, "wallet-customer-confirms")
    downtown.wait(place="sell", card="ReceiptCard")
    sale = _last_sale(downtown)
    assert [(one["kind"], one["provider"] != "") for one in sale["tenders"]] == [("wechat", True)]
    downtown.press("Return")
    story.tell(f"one scan of a WeChat code pays {yuan(sale['total_fen'])}; the sale is written by itself")

    provider.behave("silent")
    community.scan(*story.barcodes(18))
    community.press("F9")
    community.scan(ALIPAY_CODE)
    community.wait(wallet="unknown")
    story.picture(community, "wallet-unknown")
    community.press("F1")
    _approve(story, community, COMMUNITY)
    community.wait(place="sell", card="ReceiptCard")
    unknown = _last_sale(community)
    assert unknown["tenders"][0]["state"] == "unknown"
    community.press("Return")
    provider.speak()
    community.press("F10")
    community.menu(OPEN_PAYMENTS)
    community.wait(card="ListCard")
    community.press("Return", "Return")  # this one; ask again
    community.wait(wallet="settled")
    community.press("Escape", "Escape")
    story.tell(
        f"Alipay takes {yuan(unknown['total_fen'])} and says nothing: a manager lets the goods go; settled later"
    )


def exchange(story: Story) -> None:
    """What WeChat paid for comes back, something dearer is taken: one difference, in cash."""
    till = story.downtown
    sale = _last_sale(till)
    dear = max(story.goods[20:60], key=lambda goods: goods.price.amount_fen)
    till.scan(receipt_code(sale["receipt_number"]))
    till.wait(place="refund")
    till.press("Return", "Alt+E")
    if till.look()["card"] == "ApprovalCard":
        _approve(story, till, DOWNTOWN)
    till.wait(place="sell")
    till.scan(dear.barcodes[0], dear.barcodes[0], dear.barcodes[0])
    till.press("F9")
    story.picture(till, "exchange")
    till.press("Return")
    till.wait(place="sell", card="ReceiptCard")
    new = _last_sale(till)
    kept = sum(one["amount_fen"] for one in new["tenders"] if one["kind"] == "wechat")
    assert kept, new["tenders"]
    till.press("Return")
    story.tell(
        f"an exchange: WeChat's {yuan(kept)} pay for the new goods, {yuan(new['total_fen'] - kept)} more in cash"
    )


def order_taken(story: Story) -> str:
    """A cake is ordered before the outage; the number of its slip."""
    till = story.downtown
    story.type_goods(till, story.pastry)
    till.press("F10")
    till.menu(TAKE_ORDER)
    till.type("18:30")
    till.press("Down")
    till.type("Wang")
    story.picture(till, "order")
    till.press("Return")
    till.wait(place="pay")
    till.press("Return")
    till.wait(place="sell", card="ReceiptCard")
    entry_type, number, body = till.place.last_receipt()
    assert entry_type == "order_taken", entry_type
    till.press("Return")
    story.tell(
        f"an order with {yuan(body['deposit_fen'])} of {yuan(body['total_fen'])} as deposit: owed, and no sale yet"
    )
    return number


def order_collected(story: Story, number: str) -> None:
    """The line is down; the order is handed over where it was taken, once."""
    till = story.downtown
    till.scan(receipt_code(number))
    till.wait(card="OrderCard")
    till.press("Return")
    till.wait(place="pay")
    till.press("Return")
    till.wait(place="sell", card="ReceiptCard")
    sale = _last_sale(till)
    assert sale["tenders"][0]["kind"] == "deposit"
    till.press("Return")
    story.tell(f"offline: the order is collected, {yuan(sale['total_fen'])} are a sale now, the deposit counted")


def provider_agrees(story_tills: list[str], statement: dict[str, Any], result: Reconciliation) -> str:
    """What the provider holds against what the books say; '' where they agree."""
    booked = sum(result.accounts_at_tills.get(f"tender:{kind} fen", 0) for kind in ("wechat", "alipay"))
    standing = sum(_standing_open(path) for path in story_tills)
    if booked == statement["held_fen"] and not standing:
        return ""
    return f"the wallets' provider holds {statement['held_fen']}, the books say {booked}; {standing} stand open"


def _standing_open(ledger_file: str) -> int:
    with closing(sqlite3.connect(f"file:{ledger_file}?mode=ro", uri=True)) as ledger:
        (count,) = ledger.execute(
            "SELECT count(*) FROM wallet_payments WHERE state IN ('asking', 'waiting', 'reversing', 'unknown')"
        ).fetchone()
    return int(count)
