"""A printed coupon at a till with no network: believed by its signature, redeemed under the home token, once only."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.ledger import verify
from shared_models import bodies, printed_coupons
from shared_models.bodies import TokenMove
from shared_models.catalog import StoreRow, TillRow
from shared_models.printed_coupons import CouponKeyRow, CouponTemplateRow
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms, Cursor
from shared_models.tokens import HomeTerms, HomeTokenRow, PrintedGone, home_token, restored_token
from tests.pos_client.ledger.feed_rows import packed, page
from tests.pos_client.ledger.shop import STORE_ID, TILL_ID, TODAY, Shop, enrolment

HQ_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
COUPON_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OTHER_STORE = UUID("019371c0-0000-7000-8000-0000000000ab")
NEIGHBOUR = UUID("019371c0-0000-7000-8000-000000000002")
GRANTED_AT = 40


def terms(number: int = 1, **other: object) -> CouponTerms:
    """A coupon nobody told this till about."""
    token = UUID(int=0x019371C0_0000_7000_8000_000000000C00 + number)
    plain = CouponTerms(token=token, template_id="t", name="满30减8", kind="amount_off", amount_fen=800)
    return msgspec.structs.replace(plain, **other)


def content_of(coupon: CouponTerms, *, store_id: UUID = STORE_ID, key: Ed25519PrivateKey = COUPON_KEY) -> bytes:
    return printed_coupons.make(coupon, store_id, 1, key)


class Counter(Shop):
    """A till whose HQ really signs, with the rows of the feed that printed coupons need."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, enrolled=False)
        verify_key = HQ_KEY.public_key().public_bytes_raw()
        self.ledger.adopt_enrolment(msgspec.structs.replace(enrolment(), hq_verify_key=verify_key))
        self.position = 1
        self.tell("store", OTHER_STORE.hex, StoreRow(store_id=OTHER_STORE, code="S2", name="二店"))
        self.tell("till", NEIGHBOUR.hex, TillRow(till_id=NEIGHBOUR, store_id=STORE_ID, number=2))
        self.tell("coupon_key", "1", certified(COUPON_KEY))

    def tell(self, kind: str, key: str, row: msgspec.Struct) -> None:
        """A page of the feed with one row."""
        self.position += 1
        self.ledger.apply_changes(page(packed(kind, key, row, self.position), position=self.position))

    def become_home(self, version: int = 1) -> None:
        """HQ grants the home token, and the feed is read past the grant."""
        self.grant_home(version)
        self.position = max(self.position, GRANTED_AT)
        self.tell_home(TILL_ID, version)

    def grant_home(self, version: int = 1) -> None:
        move = TokenMove(
            token=home_token(STORE_ID), kind="home", version=version, subject=STORE_ID,
            terms=msgspec.msgpack.encode(HomeTerms(position=Cursor(1, GRANTED_AT))),
        )  # fmt: skip
        self.ledger.append(bodies.TokenAcquired(head=self.head(), request_number=1, tokens=(move,)))

    def tell_home(self, owner: UUID | None, version: int = 1, wanted: UUID | None = None) -> None:
        row = HomeTokenRow(store_id=STORE_ID, owner_till_id=owner, version=version, wanted_till_id=wanted)
        self.tell("home_token", STORE_ID.hex, row)

    def redeem(self, content: bytes) -> bodies.Sale:
        """A sale that redeems it as the home till."""
        token = printed_coupons.read(content).token
        sale = self.sale(5_000, coupons=[token])
        full = printed_coupons.terms_for(printed_coupons.read(content), STORE_ID)
        assert full is not None
        inputs = msgspec.structs.replace(sale.inputs, coupons=(full,))
        sale = msgspec.structs.replace(sale, inputs=inputs, printed_coupons=(content,))
        self.ledger.append(sale)
        return sale

    def release(self, token: UUID, kind: str = "coupon", version: int = 1, subject: UUID | None = None) -> None:
        move = TokenMove(token=token, kind=kind, version=version, subject=subject)  # type: ignore[arg-type]  # any kind
        self.ledger.append(bodies.TokenReleased(head=self.head(), tokens=(move,)))


def certified(key: Ed25519PrivateKey, *, by: Ed25519PrivateKey = HQ_KEY, revoked: bool = False) -> CouponKeyRow:
    """A coupon key as HQ, or somebody else, says it is HQ's."""
    verify_key = key.public_key().public_bytes_raw()
    certificate = by.sign(printed_coupons.key_certificate_input(1, verify_key))
    return CouponKeyRow(key_id=1, verify_key=verify_key, certificate=certificate, revoked=revoked)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """The store's till; its ledger verifies after every test."""
    opened = Counter(tmp_path / "till")
    yield opened
    opened.ledger.close()
    assert verify(tmp_path / "till").findings == []


def why_not(counter: Counter, content: bytes) -> str:
    here = counter.ledger.printed_coupon(content, TODAY)
    return "" if here.why_not is None else here.why_not.code


def test_the_home_till_redeems_a_coupon_it_never_heard_of_once(counter: Counter) -> None:
    counter.become_home()
    content = content_of(terms())
    assert why_not(counter, content) == ""
    counter.redeem(content)

    assert why_not(counter, content) == "coupon_used"
    with pytest.raises(Refusal, match="coupon_used"):
        counter.redeem(content)
    assert counter.ledger.head().seq == 3


def test_the_same_sale_again_is_the_same_sale(counter: Counter) -> None:
    counter.become_home()
    sale = counter.redeem(content_of(terms()))
    assert counter.ledger.append(sale).seq == 3
    assert counter.ledger.head().seq == 3


def test_a_till_without_the_home_token_names_the_one_that_has_it(counter: Counter) -> None:
    content = content_of(terms())
    counter.tell_home(NEIGHBOUR)
    with pytest.raises(Refusal, match="coupon_at_home_till") as refused:
        counter.redeem(content)
    assert refused.value.fields == {"till_number": 2, "who": "till"}


def test_a_new_home_till_waits_until_its_mirror_has_passed_the_grant(counter: Counter) -> None:
    """Otherwise it would not know what the one before has redeemed."""
    content = content_of(terms())
    counter.tell_home(None)
    counter.grant_home()
    assert why_not(counter, content) == "coupon_home_not_ready"
    counter.tell_home(TILL_ID)
    assert why_not(counter, content) == "coupon_home_not_ready"
    counter.position = GRANTED_AT
    counter.tell("printed_coupon", terms(2).token.hex, PrintedGone(how="used"))
    assert why_not(counter, content) == ""
    assert why_not(counter, content_of(terms(2))) == "coupon_used"


def test_a_home_token_that_came_again_needs_hqs_word_on_its_newest_move(counter: Counter) -> None:
    counter.become_home()
    counter.release(home_token(STORE_ID), "home", 2, STORE_ID)
    counter.grant_home(version=3)
    assert why_not(counter, content_of(terms())) == "coupon_home_not_ready"
    counter.tell_home(TILL_ID, 3)
    assert why_not(counter, content_of(terms())) == ""


@pytest.mark.parametrize(
    ("how", "code"), [("used", "coupon_used"), ("moved", "coupon_moved"), ("withdrawn", "coupon_withdrawn")]
)
def test_what_hq_says_is_gone_is_not_redeemed(counter: Counter, how: str, code: str) -> None:
    counter.become_home()
    counter.tell("printed_coupon", terms().token.hex, PrintedGone(how=how))  # type: ignore[arg-type]  # one of three
    with pytest.raises(Refusal, match=code):
        counter.redeem(content_of(terms()))


def test_a_coupon_given_back_for_another_till_is_gone_here_though_it_never_had_a_row(counter: Counter) -> None:
    counter.become_home()
    counter.release(terms().token)
    assert why_not(counter, content_of(terms())) == "coupon_moved"
    with pytest.raises(Refusal, match="token_not_here"):
        counter.release(terms().token)


def test_nothing_is_given_back_or_spent_under_a_home_token_that_is_elsewhere(counter: Counter) -> None:
    with pytest.raises(Refusal, match="token_not_here"):
        counter.release(terms().token)
    counter.become_home()
    with pytest.raises(Refusal, match="token_not_here"):  # no proof that it is a printed one: a member's coupon
        counter.ledger.append(counter.sale(coupons=[terms(3).token]))
    with pytest.raises(Refusal, match="token_not_here"):  # the right to refund a sale that never was
        counter.release(terms(4).token, "refund_right", 1, terms(4).token)


def test_a_coupon_acquired_from_hq_needs_no_home_token(counter: Counter) -> None:
    coupon = terms(stores=(STORE_ID,))
    move = TokenMove(token=coupon.token, kind="coupon", version=2, terms=msgspec.msgpack.encode(coupon))
    counter.ledger.append(bodies.TokenAcquired(head=counter.head(), request_number=1, tokens=(move,)))
    here = counter.ledger.printed_coupon(content_of(coupon), TODAY)
    counter.ledger.append(counter.sale(coupons=[coupon.token]))

    assert (here.why_not, here.by_home_token) == (None, False)
    assert why_not(counter, content_of(coupon)) == "coupon_used"


def test_a_refund_gives_a_printed_coupon_back_as_a_new_one_of_this_till(counter: Counter) -> None:
    counter.become_home()
    sale = counter.redeem(content_of(terms()))
    refund = msgspec.structs.replace(counter.refund(sale, 3), coupons_restored=sale.coupons_redeemed)
    counter.ledger.append(refund)
    again = counter.ledger.owned_token(restored_token(refund.head.business_id, terms().token))

    assert again is not None
    restored = msgspec.msgpack.decode(again.terms, type=CouponTerms)
    assert (restored.name, restored.token, again.subject) == ("满30减8", again.token, None)


def test_what_is_forged_foreign_over_or_of_another_store_is_refused_by_name(counter: Counter) -> None:
    counter.become_home()
    good = content_of(terms())
    forged = good[:-70] + bytes([good[-70] ^ 1]) + good[-69:]
    foreign = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
    for content, code in (
        (good[:-1] + bytes([good[-1] ^ 1]), "coupon_signature_wrong"),
        (content_of(terms(), key=foreign), "coupon_signature_wrong"),
        (printed_coupons.make(terms(), STORE_ID, 9, COUPON_KEY), "coupon_key_unknown"),
        (content_of(terms(valid_to="2026-11-22")), "coupon_expired"),
        (content_of(terms(valid_from="2026-11-24")), "coupon_not_yet_valid"),
        (content_of(terms(), store_id=OTHER_STORE), "coupon_other_store"),
        (good[:60], "coupon_damaged"),
        (b"", "coupon_damaged"),
    ):
        with pytest.raises(Refusal, match=code):
            counter.ledger.printed_coupon(content, TODAY)
    with pytest.raises(Refusal, match="coupon_"):
        counter.ledger.printed_coupon(forged, TODAY)
    with pytest.raises(Refusal) as other:
        counter.ledger.printed_coupon(content_of(terms(), store_id=OTHER_STORE), TODAY)
    assert other.value.fields["store_name"] == "二店"


def test_a_key_that_hq_did_not_certify_or_has_revoked_opens_nothing(counter: Counter) -> None:
    counter.become_home()
    thief = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))
    counter.tell("coupon_key", "1", certified(thief, by=thief))
    with pytest.raises(Refusal, match="coupon_key_unknown"):
        counter.ledger.printed_coupon(content_of(terms(), key=thief), TODAY)
    counter.tell("coupon_key", "1", certified(COUPON_KEY, revoked=True))
    with pytest.raises(Refusal, match="coupon_key_revoked"):
        counter.ledger.printed_coupon(content_of(terms()), TODAY)


def test_terms_that_did_not_fit_come_from_the_template_the_qr_means(counter: Counter) -> None:
    counter.become_home()
    long = terms(scope=tuple(f"category:cake-of-the-month-{month}" for month in range(12)))
    content = content_of(long)
    with pytest.raises(Refusal, match="coupon_template_unknown"):
        counter.ledger.printed_coupon(content, TODAY)
    counter.tell("coupon_template", "t", CouponTemplateRow(template_id="t", terms=printed_coupons.plain_terms(terms())))
    with pytest.raises(Refusal, match="coupon_template_unknown"):
        counter.ledger.printed_coupon(content, TODAY)
    counter.tell("coupon_template", "t", CouponTemplateRow(template_id="t", terms=printed_coupons.plain_terms(long)))
    assert counter.ledger.printed_coupon(content, TODAY).terms.scope == long.scope


def test_the_home_token_is_asked_for_and_given_back_as_hq_wishes(counter: Counter) -> None:
    asked = []
    for owner, wanted in ((None, NEIGHBOUR), (NEIGHBOUR, TILL_ID), (None, TILL_ID), (None, None)):
        counter.tell_home(owner, 0, wanted)
        asked.append(counter.ledger.home_token_wanted())
    counter.become_home()
    kept = counter.ledger.tokens_to_release()
    counter.tell_home(TILL_ID, 1, NEIGHBOUR)

    assert asked == [None, None, home_token(STORE_ID), home_token(STORE_ID)]
    assert (kept, counter.ledger.home_token_wanted()) == ([], None)
    assert [move.kind for move in counter.ledger.tokens_to_release()] == ["home"]
