"""Training: the real counter over a ledger of its own that is thrown away.

The practice ledger has the shop's goods, prices, rules and people who may work here, and nobody's members: two made-up
ones stand in for them. It belongs to a till that HQ does not know, is never sent anywhere, and has no line to HQ and no
wallet provider; so nothing that is practised can reach a book, a drawer or a member
(docs/decisions/0023-training-and-tickets.md).
"""

import shutil
from pathlib import Path
from uuid import UUID

from msgspec import structs

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.receipt import Translate
from pos_client.devices.receipt_document import (
    Barcode,
    Cut,
    DrawerPulse,
    QrCode,
    ReceiptDocument,
    ReceiptItem,
    Rule,
    Text,
)
from pos_client.ledger.ledger import Ledger
from shared_models.bodies import TopUp
from shared_models.codes import member_code
from shared_models.ids import IdSource
from shared_models.members import MemberRow, mask_phone, phone_hash
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules
from shared_models.sales import Tender
from shared_models.sync import EnrolAnswer

PRACTICE_PHONE = "+8613800138000"
PRACTICE_CARD = member_code(1)
PRACTICE_TOP_UP_FEN = 50_000
PRACTICE_BONUS_FEN = 4_000


class PracticeKeys:
    """The secret of phone hashes here: not the chain's, so that no real number is ever found."""

    phone_key = b"practice, not the chain's own key"


class Practice:
    """An open practice counter; `close` throws everything away."""

    def __init__(self, real: Ledger, folder: Path, clock: Clock, ids: IdSource, translate: Translate) -> None:
        self._folder = folder
        identity = real.identity
        if identity is None:
            raise Refusal("not_enrolled", who="hq")
        shutil.rmtree(folder, ignore_errors=True)
        self.ledger = Ledger.open(folder, clock, ids)
        self.ledger.adopt_enrolment(
            EnrolAnswer(
                till_id=ids.new_id(), store_id=identity.store_id, till_number=identity.till_number, epoch=1,
                hq_epoch=1, hq_verify_key=bytes(32), hq_seal_key=identity.hq_seal_key,
                phone_key=PracticeKeys.phone_key, phone_key_id="practice", certificate=b"",
                hq_time_ms=clock.now_ms(), chain_name=identity.chain_name,
            )
        )  # fmt: skip
        self.ledger.take_shop(real.shop_rows(), _practice_rules)
        self._bring_members(ids, identity.store_id, clock.now_ms())
        self.checkout = Checkout(
            self.ledger, clock, ids, PracticeKeys(), translate=translate, want_rights=_nobody, push_soon=_nothing
        )

    def close(self) -> None:
        """Nothing of it is left."""
        self.ledger.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.with_name(self._folder.name + ".anchor").unlink(missing_ok=True)

    def _bring_members(self, ids: IdSource, store_id: UUID, now_ms: int) -> None:
        """Somebody with a card and stored value, and somebody new."""
        rich = MemberRow(
            member_id=ids.new_id(), canonical_id=ids.new_id(), name="练习 张三", card_codes=(PRACTICE_CARD,),
            phone_masked=mask_phone(PRACTICE_PHONE), phone_hash=phone_hash(PRACTICE_PHONE, PracticeKeys.phone_key),
            birthday="05-31", home_store_id=store_id, confirmed_at_ms=now_ms,
        )  # fmt: skip
        rich = structs.replace(rich, canonical_id=rich.member_id)
        new = MemberRow(member_id=ids.new_id(), canonical_id=ids.new_id(), name="练习 李四", phone_masked="139****0000")
        new = structs.replace(new, canonical_id=new.member_id)
        self.ledger.take_member_rows((rich, new))
        head = self.ledger.new_head(subjects=(rich.member_id,))
        self.ledger.append(
            TopUp(
                head=head, receipt_number="0", member_id=rich.member_id, principal_fen=PRACTICE_TOP_UP_FEN,
                bonus_fen=PRACTICE_BONUS_FEN, tenders=(Tender(kind="other", amount_fen=PRACTICE_TOP_UP_FEN),),
            )
        )  # fmt: skip


def stamped(documents: tuple[ReceiptDocument, ...], translate: Translate) -> tuple[ReceiptDocument, ...]:
    """Slips of the practice counter: marked at the top and the bottom, without drawer pulse and without codes that
    somebody could scan; none is one of those that go to whoever makes the goods."""
    return tuple(
        structs.replace(document, name="training", items=_stamped(document.items, translate)) for document in documents
    )


def _stamped(items: tuple[ReceiptItem, ...], _: Translate) -> tuple[ReceiptItem, ...]:
    mark = Text(_("TRAINING - no receipt"), "centre", "large")
    kept = [item for item in items if not isinstance(item, DrawerPulse | QrCode | Barcode | Cut)]
    return (mark, Rule("*"), *kept, Rule("*"), mark, Cut())


def _practice_rules(rules: StoreRules) -> StoreRules:
    """As in the shop, but no invoice is offered."""
    return structs.replace(rules, invoice_link="")


def _nobody(_member_id: UUID) -> None:
    """Rights are fetched from nobody."""


def _nothing() -> None:
    """Nothing is sent."""
