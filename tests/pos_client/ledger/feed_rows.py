"""Rows of HQ's feed as the mirror's tests write them."""

from uuid import UUID

import msgspec

from shared_models.catalog import GoodsRow
from shared_models.members import Hole, LotBalance, MemberRow, TillMark
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Cursor
from shared_models.sync import ChangesPage, FeedRow
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, STORE_ID, TILL_ID


def packed(kind: str, key: str, row: msgspec.Struct | None, version: int = 1, *, hq_epoch: int = 1) -> FeedRow:
    """A row of the feed; None deletes."""
    payload = b"" if row is None else msgspec.msgpack.encode(row)
    return FeedRow(kind=kind, key=key, version=Cursor(hq_epoch, version), deleted=row is None, payload=payload)


def page(*rows: FeedRow, position: int = 1, hq_epoch: int = 1) -> ChangesPage:
    """A page that ends at a position."""
    return ChangesPage(cursor=Cursor(hq_epoch, position), rows=rows)


def member(
    member_id: UUID = MEMBER, *, name: str = "王小明", phone_hash: str = "ab" * 32, cards: tuple[str, ...] = ("M1",),
    canonical_id: UUID | None = None, lots: tuple[LotBalance, ...] = (), seq: int | None = None,
    holes: tuple[Hole, ...] = (), masked: str = "138****5678", confirmed_at_ms: int = MORNING_MS,
) -> MemberRow:  # fmt: skip
    """A member as HQ tells it, including our entries up to `seq`."""
    return MemberRow(
        member_id=member_id, canonical_id=canonical_id or member_id, name=name, phone_masked=masked,
        phone_hash=phone_hash, card_codes=cards, lots=lots, confirmed_at_ms=confirmed_at_ms,
        status="active" if canonical_id in (None, member_id) else "merged",
        marks=(TillMark(TILL_ID, 1, seq),) if seq is not None else (),
        holes=holes,
    )  # fmt: skip


def member_row(row: MemberRow, version: int = 1) -> FeedRow:
    """A member's row of the feed."""
    return packed("member", row.member_id.hex, row, version)


def goods_row(article: GoodsRow, version: int = 1) -> FeedRow:
    """An article's row of the feed."""
    return packed("goods", article.goods_id, article, version)


def rules_row(rules: StoreRules, version: int = 1) -> FeedRow:
    """A store's rules in the feed."""
    return packed("rules", f"{STORE_ID.hex}/{rule_hash(rules)}", rules, version)
