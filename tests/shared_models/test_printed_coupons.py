"""A printed coupon says all by itself, fits a QR, and nobody but HQ's coupon key can make one."""

import random
from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shared_models import codes, printed_coupons
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFY_KEY = KEY.public_key().public_bytes_raw()
STORE = UUID("019371c0-0000-7000-8000-0000000000aa")
TERMS = CouponTerms(
    token=UUID("019371c0-0000-7000-8000-0000000000c1"), template_id="spring-8", name="满30减8", kind="amount_off",
    amount_fen=800, minimum_fen=3000, valid_from="2026-11-01", valid_to="2026-11-30",
)  # fmt: skip


def _long(terms: CouponTerms) -> CouponTerms:
    scope = tuple(f"category:cake-of-the-month-{month}" for month in range(12))
    return CouponTerms(
        token=terms.token, template_id="spring-8", name="满30减8", kind="amount_off", amount_fen=800, scope=scope,
        valid_to="2026-11-30",
    )  # fmt: skip


def test_terms_that_fit_come_back_as_they_were_with_their_store() -> None:
    content = printed_coupons.make(TERMS, STORE, 3, KEY)
    coupon = printed_coupons.read(content)

    assert printed_coupons.signature_is_right(content, VERIFY_KEY)
    assert (coupon.token, coupon.key_id, coupon.store_tag) == (TERMS.token, 3, printed_coupons.store_tag(STORE))
    terms = printed_coupons.terms_for(coupon, STORE)
    assert terms is not None
    assert terms.stores == (STORE,)
    assert printed_coupons.plain_terms(terms) == printed_coupons.plain_terms(TERMS)
    assert (terms.valid_from, terms.valid_to) == ("2026-11-01", "2026-11-30")


def test_terms_too_long_for_a_qr_are_named_by_their_template_and_digest() -> None:
    terms = _long(TERMS)
    coupon = printed_coupons.read(printed_coupons.make(terms, STORE, 3, KEY))
    template = printed_coupons.plain_terms(terms)

    found = printed_coupons.terms_for(coupon, STORE, template)
    assert found is not None
    assert (found.scope, found.token, found.stores) == (terms.scope, terms.token, (STORE,))
    assert printed_coupons.terms_for(coupon, STORE) is None
    assert printed_coupons.terms_for(coupon, STORE, printed_coupons.plain_terms(TERMS)) is None


@given(
    st.builds(
        CouponTerms,
        token=st.uuids(),
        template_id=st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=20),
        name=st.text(min_size=1, max_size=30),
        kind=st.sampled_from(["amount_off", "percent_off", "exchange", "gift"]),
        amount_fen=st.integers(0, 10**7),
        percent_off=st.integers(0, 100),
        minimum_fen=st.integers(0, 10**7),
        goods_ids=st.lists(st.text("abc123", min_size=1, max_size=8), max_size=9).map(tuple),
        valid_from=st.dates(min_value=date(2020, 1, 1)).map(str),
        excludes_member_discount=st.booleans(),
        restored_on_refund=st.booleans(),
    )
)
def test_any_coupon_fits_a_code_of_220_characters_and_loses_nothing(terms: CouponTerms) -> None:
    code = codes.printed_coupon_code(printed_coupons.make(terms, STORE, 1, KEY))
    scan = codes.parse_scan(f"  {code.lower()}\r\n")
    coupon = printed_coupons.read(scan.signed)
    found = printed_coupons.terms_for(coupon, STORE, printed_coupons.plain_terms(terms))

    assert len(code) <= codes.CODE_LENGTH_MAX
    assert found is not None
    assert printed_coupons.plain_terms(found) == printed_coupons.plain_terms(terms)
    assert (found.token, found.valid_from) == (terms.token, terms.valid_from)


def test_a_template_with_an_endless_name_cannot_be_printed() -> None:
    terms = CouponTerms(token=TERMS.token, template_id="t" * 64, name="券" * 60, kind="gift", goods_ids=("cake",))
    with pytest.raises(ValueError, match="too long"):
        printed_coupons.make(terms, STORE, 1, KEY)


def test_whatever_is_changed_in_a_coupon_its_signature_no_longer_fits() -> None:
    content = printed_coupons.make(TERMS, STORE, 3, KEY)
    for place in range(len(content)):
        forged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert not printed_coupons.signature_is_right(forged, VERIFY_KEY)
    foreign = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    assert not printed_coupons.signature_is_right(printed_coupons.make(TERMS, STORE, 3, foreign), VERIFY_KEY)


@pytest.mark.parametrize("terms", [TERMS, _long(TERMS)])
def test_a_coupon_cut_short_anywhere_is_damaged_or_not_signed(terms: CouponTerms) -> None:
    content = printed_coupons.make(terms, STORE, 3, KEY)
    for length in range(len(content)):
        assert not _is_believed(content[:length])


def test_noise_is_never_believed() -> None:
    chance = random.Random(11)
    for length in range(137):
        noise = chance.randbytes(length)
        for first in (b"", b"\x01", b"\x02"):
            assert not _is_believed(first + noise)


def _is_believed(content: bytes) -> bool:
    try:
        printed_coupons.read(content)
    except Refusal as refusal:
        return refusal.code != "coupon_damaged"
    return printed_coupons.signature_is_right(content, VERIFY_KEY)
