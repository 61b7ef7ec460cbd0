"""Printed coupons, and rights to refund, as this till has them: what a QR says and whether HQ signed it, whether it can
be redeemed here with no network, and which tokens this till should ask for or give back.

A printed coupon is redeemed here where this till owns its store's home token and the mirror is past the position that
came with it, so that the till knows what others have used or moved.
"""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature

from pos_client.ledger import refund_rights, tokens
from pos_client.ledger.facts import Facts
from pos_client.ledger.figures import Figures
from pos_client.ledger.refund_rights import Refundable
from shared_models import printed_coupons
from shared_models.bodies import Sale, TokenMove
from shared_models.printed_coupons import CouponKeyRow, CouponTemplateRow, PrintedCoupon
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms
from shared_models.signatures import public_key
from shared_models.sync import TokenRecall
from shared_models.tokens import HomeTerms, HomeTokenRow, PrintedGone, home_token

_home_terms = msgspec.msgpack.Decoder(HomeTerms)


@dataclass(frozen=True, slots=True)
class PrintedHere:
    """A printed coupon that HQ signed, good for this store today. `why_not`: what stands against redeeming it here now
    (None: nothing); `by_home_token`: it is redeemed as the store's home till, so the sale must carry `content`."""

    content: bytes
    terms: CouponTerms
    why_not: Refusal | None
    by_home_token: bool


class Coupons(Figures, Facts):
    """The room in which a QR is believed or not."""

    def printed_coupon(self, content: bytes, business_date: str | None = None) -> PrintedHere:
        """What a QR is worth here. Refuses `coupon_damaged`, `coupon_key_unknown`, `coupon_key_revoked`,
        `coupon_signature_wrong`, `coupon_other_store(store_name)`, `coupon_expired`, `coupon_not_yet_valid`,
        `coupon_template_unknown`. What only stands against redeeming it here is `why_not`: `coupon_used`,
        `coupon_withdrawn`, `coupon_moved`, `coupon_at_home_till(till_number)`, `coupon_home_not_ready`."""
        coupon = printed_coupons.read(content)
        self._check_signature(coupon, content)
        identity = self._enrolled()
        if coupon.store_tag != printed_coupons.store_tag(identity.store_id):
            names = (row.name for row in self.stores() if printed_coupons.store_tag(row.store_id) == coupon.store_tag)
            raise Refusal("coupon_other_store", store_name=next(names, ""), who="hq")
        today = business_date or self.new_head().business_date
        if coupon.valid_to and coupon.valid_to < today:
            raise Refusal("coupon_expired", valid_to=coupon.valid_to, who="hq")
        if coupon.valid_from and coupon.valid_from > today:
            raise Refusal("coupon_not_yet_valid", valid_from=coupon.valid_from, who="hq")
        template = self._object("coupon_template", coupon.template_id, CouponTemplateRow)
        terms = printed_coupons.terms_for(coupon, identity.store_id, None if template is None else template.terms)
        if terms is None:
            raise Refusal("coupon_template_unknown", template=coupon.template_id, who="hq")
        state = tokens.state_of(self._database, coupon.token)
        if state == "owned":
            return PrintedHere(content, terms, None, by_home_token=False)
        why_not = self._why_not(coupon, state)
        return PrintedHere(content, terms, why_not, by_home_token=why_not is None)

    def check_printed(self, sale: Sale) -> None:
        """Look once more at the printed coupons of a sale that is about to be written. Refuses as `printed_coupon`
        does, and its `why_not`."""
        if self.entry_by_business_id(sale.head.business_id) is not None:
            return  # it is written already, and is only asked about again
        for content in sale.printed_coupons:
            here = self.printed_coupon(content, sale.head.business_date)
            if here.why_not is not None:
                raise here.why_not

    # --- the home token ---

    def home_row(self) -> HomeTokenRow | None:
        """What HQ last said of this store's home token."""
        return self._object("home_token", self._enrolled().store_id.hex, HomeTokenRow)

    def home_token_wanted(self) -> UUID | None:
        """The home token, when this till should have it, has it not, and HQ has it to give."""
        row = self.home_row()
        if row is None or self._lane.frozen or row.owner_till_id is not None:
            return None
        if row.wanted_till_id not in (None, self._enrolled().till_id) or tokens.home_owned(self._database):
            return None
        return home_token(row.store_id)

    def home_token_unwanted(self) -> TokenMove | None:
        """The home token, when this till has it and another one should."""
        owned = tokens.home_owned(self._database)
        row = self.home_row() if owned is not None else None
        if owned is None or row is None or row.version < owned.version:
            return None
        return None if row.wanted_till_id in (None, self._enrolled().till_id) else owned

    def token_to_give(self, recall: TokenRecall) -> TokenMove | None:
        """A token that HQ wants back for another till, as it stands here; None when it is not here or a basket needs
        it. Printed coupons and rights to refund are here without a row (version 0)."""
        if self._lane.frozen:
            return None
        owned = tokens.owned_here(self._database, recall.token)
        if owned is not None:
            in_use = {"coupon": self.members_in_use, "order": self.orders_in_use}.get(owned.kind)
            return None if in_use is not None and owned.subject in in_use() else owned
        if tokens.state_of(self._database, recall.token):
            return None
        if recall.kind == "coupon" and recall.subject is None and tokens.home_owned(self._database):
            return TokenMove(token=recall.token, kind="coupon", version=0)
        if recall.kind == "refund_right" and recall.subject is not None:
            known = self.refundable(recall.subject)
            if known is not None and known.here:
                return TokenMove(token=recall.token, kind="refund_right", version=0, subject=recall.subject)
        return None

    # --- refund rights ---

    def refundable(self, sale_id: UUID) -> Refundable | None:
        """What this till knows of a sale, and whether the right to refund it is here."""
        with self._database.lock:
            return refund_rights.read(self._database.driver, self._enrolled(), sale_id, self._guard())

    def refundable_by_receipt(self, receipt_number: str, store_id: UUID | None = None) -> Refundable | None:
        """The same for a sale of another till whose right was taken over, by the number on its receipt; of another
        store where one is named."""
        own_store_id = self._enrolled().store_id
        for terms in tokens.rights_taken_over(self._database):
            right = tokens.right_of(terms)
            if right is None or (right.store_id or own_store_id) != (store_id or own_store_id):
                continue
            if right.sold().receipt_number == receipt_number:
                return self.refundable(right.sold().head.business_id)
        return None

    def refund_rights_to_release(self) -> int:
        """Through which seq this till could give up its rights to refund: all that HQ has, where some of them were not
        given up yet; else 0."""
        with self._database.lock:
            through = refund_rights.released_through(self._database.driver)
        acked = self._lane.acked_seq
        return acked if acked > through and not self._lane.frozen else 0

    # --- inside ---

    def _check_signature(self, coupon: PrintedCoupon, content: bytes) -> None:
        row = self._object("coupon_key", str(coupon.key_id), CouponKeyRow)
        if row is None or not self._is_certified(row):
            raise Refusal("coupon_key_unknown", key_id=coupon.key_id, who="hq")
        if not printed_coupons.signature_is_right(content, row.verify_key):
            raise Refusal("coupon_signature_wrong", who="hq")
        if row.revoked:
            raise Refusal("coupon_key_revoked", key_id=coupon.key_id, who="hq")

    def _is_certified(self, row: CouponKeyRow) -> bool:
        """Whether HQ itself says that this is its coupon key: the feed alone is no proof."""
        signed = printed_coupons.key_certificate_input(row.key_id, row.verify_key)
        try:
            public_key(self._enrolled().hq_verify_key).verify(row.certificate, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _why_not(self, coupon: PrintedCoupon, state: str) -> Refusal | None:
        """Why a coupon that has no owned row here cannot be redeemed under the home token."""
        gone = self._object("printed_coupon", coupon.token.hex, PrintedGone)
        if state == "spent" or (gone is not None and gone.how == "used"):
            return Refusal("coupon_used", who="hq")
        if gone is not None and gone.how == "withdrawn":
            return Refusal("coupon_withdrawn", who="hq")
        if state == "released" or gone is not None:
            return Refusal("coupon_moved", who="hq")
        return self._why_not_home()

    def _why_not_home(self) -> Refusal | None:
        owned, row = tokens.home_owned(self._database), self.home_row()
        if owned is None:
            numbers = {till.till_id: till.number for till in self.tills()}
            number = numbers.get(row.owner_till_id, 0) if row is not None and row.owner_till_id is not None else 0
            return Refusal("coupon_at_home_till", till_number=number, who="till")
        position = _home_terms.decode(owned.terms).position
        knows_of_it = row is not None and row.version >= owned.version
        if not knows_of_it or self.mirror_cursor() < position:
            return Refusal("coupon_home_not_ready", who="hq")
        return None
