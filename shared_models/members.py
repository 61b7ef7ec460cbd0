"""Members as both programs speak of them: the row HQ publishes, and how a phone number is written.

The till keeps no full phone number: a masked one to show, a keyed hash to find by, and a sealed one for HQ alone.
"""

import hashlib
import hmac
import re
from functools import cache
from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.bodies import Sale
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms

MemberStatus = Literal["active", "provisional", "frozen", "merged", "forgotten"]


class LotBalance(Struct, frozen=True):
    """What HQ has posted for one lot of a member (B). Points lots name their month; others do not expire."""

    lot: str
    balance: int


class TillMark(Struct, frozen=True):
    """The last entry of a till that a member row includes."""

    till_id: UUID
    epoch: int
    seq: int


class Hole(Struct, frozen=True, omit_defaults=True):
    """An entry that HQ parked. `entry_hash` tells which one: after a disk went back another may stand at its place."""

    till_id: UUID
    epoch: int
    seq: int
    entry_hash: bytes = b""


class PlacedRights(Struct, frozen=True):
    """What a till holds of a member for the time without HQ: stored value and points, as HQ last knew it."""

    till_id: UUID
    stored_fen: int = 0
    points: int = 0


class MemberCoupon(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon in a member's list: its terms, and who owns its token (None: HQ, so any online till can get it)."""

    terms: CouponTerms
    owner_till_id: UUID | None = None


class Purchase(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a member bought in one visit, in a line: goods by name, the first few of them."""

    business_date: str
    store_id: UUID | None = None
    total_fen: int = 0
    goods: tuple[str, ...] = ()
    lines: int = 0


PAYMENT_CODE_LOCKED = "locked"
"""In place of the hash, after too many wrong ones: only another code helps."""


class MemberRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member as HQ last posted it: the same bytes for every till. `marks` are the watermark map, `holes` are parked
    entries inside it. `canonical_id` differs from `member_id` once merged: rows of all ids of one person are several
    purses for a till. `placed` are the tills that hold rights of hers ahead of an outage; `risk_fen` is what she was
    lent above rights and HQ could not settle yet. `cards_stopped` were reported lost; `purchases` are the last few,
    newest first. `payment_code` is the hash of the member's own code, or `PAYMENT_CODE_LOCKED`."""

    member_id: UUID
    canonical_id: UUID
    status: MemberStatus = "active"
    name: str = ""
    phone_masked: str = ""
    phone_hash: str = ""
    phone_key_id: str = ""
    card_codes: tuple[str, ...] = ()
    cards_stopped: tuple[str, ...] = ()
    payment_code: str = ""
    birthday: str = ""
    tier: str = ""
    tier_name: str = ""
    tier_progress_fen: int = 0
    tier_next_name: str = ""
    tier_next_fen: int = 0
    home_store_id: UUID | None = None
    tags: tuple[str, ...] = ()
    own_fields: dict[str, str] = {}
    alerts: tuple[str, ...] = ()
    lots: tuple[LotBalance, ...] = ()
    points_debt: int = 0
    bonus_debt_fen: int = 0
    risk_fen: int = 0
    placed: tuple[PlacedRights, ...] = ()
    coupons: tuple[MemberCoupon, ...] = ()
    last_visit_date: str = ""
    last_store_id: UUID | None = None
    visits: int = 0
    purchases: tuple[Purchase, ...] = ()
    marks: tuple[TillMark, ...] = ()
    holes: tuple[Hole, ...] = ()
    confirmed_at_ms: int = 0


PURCHASES_KEPT = 3
GOODS_NAMED = 3


def purchase_of(sale: Sale, store_id: UUID | None) -> Purchase:
    """A sale in a line."""
    names = tuple(dict.fromkeys(line.name for line in sale.lines))[:GOODS_NAMED]
    return Purchase(
        business_date=sale.head.business_date,
        store_id=store_id,
        total_fen=sale.total_fen,
        goods=names,
        lines=len(sale.lines),
    )


def normalise_phone(text: str, region: str = "CN") -> str:
    """The number in E.164 (`+8613800005678`). Refuses `phone_invalid` when it is not a possible number."""
    import phonenumbers  # here: its tables are read when the first number is, and not before a till stands there

    if region == "CN" and _mobile_pattern().fullmatch(text):
        return f"+86{text}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise Refusal("phone_invalid") from None
    if not phonenumbers.is_valid_number(number):
        raise Refusal("phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NOTHING = "(?!)"


@cache
def _mobile_pattern() -> re.Pattern[str]:
    """How the library itself knows a mobile number of China. A plain one, as nearly all are, is then what it would be
    after a parse thirty times as long: an import reads a hundred thousand."""
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN")
    pattern = metadata.mobile.national_number_pattern if metadata is not None and metadata.mobile is not None else None
    return re.compile(pattern or _NOTHING, re.ASCII)


def mask_phone(e164: str) -> str:
    """What a screen may show: `138****5678`; short foreign numbers keep their last four digits."""
    digits = e164.removeprefix("+86") if e164.startswith("+86") else e164
    if len(digits) <= 7:
        return "*" * max(0, len(digits) - 4) + digits[-4:]
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]


def phone_hash(e164: str, chain_key: bytes) -> str:
    """HMAC-SHA-256 (hex) under the chain's key: finds a member by the whole number without storing it."""
    return hmac.new(chain_key, e164.encode(), hashlib.sha256).hexdigest()
