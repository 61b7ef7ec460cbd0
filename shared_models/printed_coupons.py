"""Printed coupons: a QR that says all by itself what it is good for, signed by HQ's coupon key.

    content = format u8 || key id u8 || store tag[6] || token[16] || terms (msgpack) || Ed25519 signature[64]

The signature is over "tillbook-coupon-1" and all before it. Format 1 holds the terms themselves; format 2, for terms
too long for a QR, names a template and the digest of its terms. As a code (`shared_models.codes`) it is at most 220
letters and digits. HQ makes them; a till reads and verifies them without a network; HQ checks again what was redeemed.
"""

import hashlib
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms
from shared_models.signatures import public_key

CONTENT_BYTES_MAX = 136
"""What a code of 220 characters holds beside its letter and its check character."""

KEY_ID_MAX = 255
_DOMAIN = b"tillbook-coupon-1"
_KEY_DOMAIN = b"tillbook-coupon-key-1"
_SIGNATURE_BYTES = 64
_TAG_BYTES = 6
_PREFIX_BYTES = 2 + _TAG_BYTES + 16
_INSIDE, _BY_TEMPLATE = 1, 2
_DAY_ZERO = date(2020, 1, 1)
_KINDS: tuple[Literal["amount_off", "percent_off", "exchange", "gift"], ...] = (
    "amount_off",
    "percent_off",
    "exchange",
    "gift",
)
_NO_TOKEN = UUID(int=0)


class CouponKeyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon key as tills get it in the feed. `certificate` is HQ's signature over `key_certificate_input`, so that
    nobody on the line can bring a key of their own. A revoked key's coupons are refused."""

    key_id: int
    verify_key: bytes
    certificate: bytes
    revoked: bool = False


class CouponTemplateRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms that coupons of format 2 name: without token, store and days."""

    template_id: str
    terms: CouponTerms


class PrintedCoupon(Struct, frozen=True, kw_only=True):
    """What a QR says. `terms` are those inside; None where a template is named, whose terms have this digest."""

    token: UUID
    key_id: int
    store_tag: bytes
    template_id: str
    valid_from: str
    valid_to: str
    terms: CouponTerms | None
    terms_digest: bytes = b""


class _Inside(Struct, frozen=True, array_like=True):
    valid_from: int
    valid_to: int
    template_id: str
    name: str
    kind: int
    flags: int
    amount_fen: int
    minimum_fen: int
    percent_off: int
    cap_fen: int
    goods_ids: tuple[str, ...]
    scope: tuple[str, ...]
    stacking_group: str


class _ByTemplate(Struct, frozen=True, array_like=True):
    valid_from: int
    valid_to: int
    template_id: str
    digest: bytes


_encoder = msgspec.msgpack.Encoder()
_inside_decoder = msgspec.msgpack.Decoder(_Inside)
_by_template_decoder = msgspec.msgpack.Decoder(_ByTemplate)


def store_tag(store_id: UUID) -> bytes:
    """How a QR names its store, in six bytes; the signature stands for the rest."""
    return hashlib.sha256(b"tillbook-store-tag-1" + store_id.bytes).digest()[:_TAG_BYTES]


def key_certificate_input(key_id: int, verify_key: bytes) -> bytes:
    """What HQ signs to say that this is its coupon key of that id."""
    return _KEY_DOMAIN + bytes([key_id]) + verify_key


def plain_terms(terms: CouponTerms) -> CouponTerms:
    """Terms as a template has them: without token, store and days."""
    return replace(terms, token=_NO_TOKEN, stores=(), valid_from="", valid_to="")


def terms_digest(terms: CouponTerms) -> bytes:
    """By which a QR of format 2 names the terms it means: eight bytes."""
    return hashlib.sha256(b"tillbook-coupon-terms-1" + _encoder.encode(plain_terms(terms))).digest()[:8]


def make(terms: CouponTerms, store_id: UUID, key_id: int, key: Ed25519PrivateKey) -> bytes:
    """The content of a QR for a coupon of one store. Terms too long for it are named by their template. Raises
    ValueError when not even that fits: a template's id has at most 48 bytes."""
    prefix = bytes([key_id]) + store_tag(store_id) + terms.token.bytes
    for form, packed in ((_INSIDE, _encoder.encode(_inside(terms))), (_BY_TEMPLATE, _encoder.encode(_named(terms)))):
        signed = bytes([form]) + prefix + packed
        if len(signed) + _SIGNATURE_BYTES <= CONTENT_BYTES_MAX:
            return signed + key.sign(_DOMAIN + signed)
    raise ValueError("the template's id is too long for a QR")


def read(content: bytes) -> PrintedCoupon:
    """What a QR's content says, believed or not. Refuses `coupon_damaged`."""
    signed = content[:-_SIGNATURE_BYTES]
    try:
        form, key_id, token = signed[0], signed[1], UUID(bytes=signed[2 + _TAG_BYTES : _PREFIX_BYTES])
        tag, packed = signed[2 : 2 + _TAG_BYTES], signed[_PREFIX_BYTES:]
        if form == _INSIDE:
            inside = _inside_decoder.decode(packed)
            terms = _terms(inside)
            said: _Inside | _ByTemplate = inside
            digest = b""
        elif form == _BY_TEMPLATE:
            named = _by_template_decoder.decode(packed)
            said, terms, digest = named, None, named.digest
        else:
            raise ValueError(form)
        valid_from, valid_to = _day(said.valid_from), _day(said.valid_to)
    except (msgspec.MsgspecError, ValueError, IndexError, OverflowError):
        raise Refusal("coupon_damaged", who="hq") from None
    return PrintedCoupon(
        token=token,
        key_id=key_id,
        store_tag=tag,
        template_id=said.template_id,
        valid_from=valid_from,
        valid_to=valid_to,
        terms=terms,
        terms_digest=digest,
    )


def signature_is_right(content: bytes, verify_key: bytes) -> bool:
    """Whether the coupon key signed this content."""
    signed, signature = content[:-_SIGNATURE_BYTES], content[-_SIGNATURE_BYTES:]
    try:
        public_key(verify_key).verify(signature, _DOMAIN + signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def terms_for(coupon: PrintedCoupon, store_id: UUID, template: CouponTerms | None = None) -> CouponTerms | None:
    """The full terms of a coupon of this store; None where they are a template's and `template` is not the one meant.

    The same at a till and at HQ, byte for byte: they are an input of the quote."""
    terms = coupon.terms
    if terms is None:
        if template is None or terms_digest(template) != coupon.terms_digest:
            return None
        terms = template
    return replace(
        terms, token=coupon.token, stores=(store_id,), valid_from=coupon.valid_from, valid_to=coupon.valid_to
    )


def _inside(terms: CouponTerms) -> _Inside:
    return _Inside(
        valid_from=_days(terms.valid_from),
        valid_to=_days(terms.valid_to),
        template_id=terms.template_id,
        name=terms.name,
        kind=_KINDS.index(terms.kind),
        flags=terms.excludes_member_discount | terms.restored_on_refund << 1,
        amount_fen=terms.amount_fen,
        minimum_fen=terms.minimum_fen,
        percent_off=terms.percent_off,
        cap_fen=terms.cap_fen,
        goods_ids=terms.goods_ids,
        scope=terms.scope,
        stacking_group=terms.stacking_group,
    )


def _named(terms: CouponTerms) -> _ByTemplate:
    return _ByTemplate(_days(terms.valid_from), _days(terms.valid_to), terms.template_id, terms_digest(terms))


def _terms(inside: _Inside) -> CouponTerms:
    return CouponTerms(
        token=_NO_TOKEN,
        template_id=inside.template_id,
        name=inside.name,
        kind=_KINDS[inside.kind],
        amount_fen=inside.amount_fen,
        percent_off=inside.percent_off,
        cap_fen=inside.cap_fen,
        minimum_fen=inside.minimum_fen,
        goods_ids=inside.goods_ids,
        scope=inside.scope,
        stacking_group=inside.stacking_group,
        excludes_member_discount=bool(inside.flags & 1),
        restored_on_refund=bool(inside.flags & 2),
    )


def _days(day: str) -> int:
    """Days from 2020 on, 1 being its first; 0 for none."""
    return (date.fromisoformat(day) - _DAY_ZERO).days + 1 if day else 0


def _day(days: int) -> str:
    return (_DAY_ZERO + timedelta(days=days - 1)).isoformat() if days else ""
