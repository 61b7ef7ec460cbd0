"""What tills in HQ's tests write: registrations, top-ups, sales and releases, as small as they can be."""

from collections.abc import Sequence
from uuid import UUID

from nacl.public import PublicKey, SealedBox

from shared_models import bodies
from shared_models.entries import Attachment
from shared_models.rights import bonus_lot, principal_lot
from shared_models.sales import LotAmount, MemberOnSale, Price, QuoteInputs, SaleLine, Tender
from tests.hq_sync_server.people import TODAY, WireTill


def register(
    till: WireTill,
    phone: str,
    *,
    name: str = "王小明",
    card: str = "",
    sealed: bytes | None = None,
    member_id: UUID | None = None,
) -> UUID:
    """A member registered at a till, the number sealed for HQ."""
    salt = bytes(32)
    content = sealed if sealed is not None else SealedBox(PublicKey(till.enrolment.hq_seal_key)).encrypt(phone.encode())
    number = Attachment(kind="phone_sealed", salt=salt, content=content)
    called = Attachment(kind="name", salt=salt, content=name.encode())
    member_id = member_id or till.hq.desk.ids.new_id()
    till.append(
        bodies.MemberRegistered(
            head=till.head(member_id),
            member_id=member_id,
            card_code=card,
            phone_sealed=number.attachment_hash,
            name=called.attachment_hash,
            birthday_month=5,
        ),
        [number, called],
    )
    return member_id


def top_up(till: WireTill, member_id: UUID, principal_fen: int, bonus_fen: int = 0) -> UUID:
    """Cash paid into stored value; the id that names its lots."""
    body = bodies.TopUp(
        head=till.head(member_id),
        receipt_number="T1",
        member_id=member_id,
        principal_fen=principal_fen,
        bonus_fen=bonus_fen,
        tenders=(Tender(kind="cash", amount_fen=principal_fen),),
    )
    till.append(body)
    return body.head.business_id


def release_top_up(till: WireTill, member_id: UUID, top_up_id: UUID, principal_fen: int, bonus_fen: int = 0) -> None:
    """Give back what is left of a top-up's lots."""
    parts = [LotAmount(member_id, principal_lot(top_up_id), principal_fen)]
    if bonus_fen:
        parts.append(LotAmount(member_id, bonus_lot(top_up_id), bonus_fen))
    till.release(*parts)


def sale_body(
    till: WireTill,
    total_fen: int,
    *,
    member_id: UUID | None = None,
    stored: Sequence[LotAmount] = (),
    points_earned: Sequence[LotAmount] = (),
    points_spent: Sequence[LotAmount] = (),
    coupons: Sequence[UUID] = (),
    business_id: UUID | None = None,
    tier: str = "",
    rule_hash: str = "none published",
) -> bodies.Sale:
    """A sale of one piece at that price. Its rules are unknown to HQ unless named, so it is not repriced."""
    stored_fen = sum(part.amount for part in stored)
    tenders = [Tender(kind="stored_value", amount_fen=stored_fen, lots=tuple(stored))] if stored else []
    if total_fen > stored_fen:
        tenders.append(Tender(kind="cash", amount_fen=total_fen - stored_fen))
    subjects = () if member_id is None else (member_id,)
    return bodies.Sale(
        head=till.head(*subjects, business_id=business_id),
        receipt_number="1",
        member=None if member_id is None else MemberOnSale(member_id=member_id, identified_by="card"),
        inputs=QuoteInputs(rule_hash=rule_hash, engine_version=1, business_date=TODAY, member_id=member_id, tier=tier),
        lines=(
            SaleLine(
                line_number=1,
                goods_id="bread",
                name="红豆吐司",
                quantity_milli=1000,
                price=Price(total_fen),
                list_amount_fen=total_fen,
                amount_fen=total_fen,
            ),
        ),
        total_fen=total_fen,
        tenders=tuple(tenders),
        points_earned=tuple(points_earned),
        points_spent=tuple(points_spent),
        coupons_redeemed=tuple(coupons),
    )
