"""A member's row as tills get it: made from an open page, the same bytes for all tills."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from hq_sync_server.office.books.pages import MemberPage, TokenPage
from hq_sync_server.office.organisation.feed import FeedChange
from shared_models.members import Hole, LotBalance, MemberCoupon, MemberRow, PlacedRights, TillMark
from shared_models.moments import business_date_of
from shared_models.sales import CouponTerms

_encoder = msgspec.msgpack.Encoder()
_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)


def change(page: MemberPage, aliases: Sequence[MemberPage], now_ms: int) -> FeedChange:
    """The member's row, to be published."""
    if page.status == "forgotten":
        return FeedChange("member_forgotten", page.member_id.hex)
    return FeedChange("member", page.member_id.hex, _encoder.encode(row(page, aliases, now_ms)))


def row(page: MemberPage, aliases: Sequence[MemberPage], now_ms: int) -> MemberRow:
    """The row; `aliases` are all who are united with this member (none if it is an alias itself).

    Their marks are joined by maximum: HQ takes a till's entries in order, so what one row includes all include.
    """
    profile = page.profile
    marks, holes = _joined(page, aliases)
    today = business_date_of(now_ms)
    return MemberRow(
        member_id=page.member_id,
        canonical_id=page.canonical_id,
        status=page.status,
        name=profile.name,
        phone_masked=profile.phone_masked,
        phone_hash=profile.phone_hash,
        phone_key_id=profile.phone_key_id,
        card_codes=profile.card_codes,
        cards_stopped=profile.cards_stopped,
        payment_code=profile.payment_code,
        birthday=profile.birthday,
        tier=profile.tier,
        tier_name=profile.tier_name,
        tier_progress_fen=profile.tier_progress_fen,
        tier_next_name=profile.tier_next_name,
        tier_next_fen=profile.tier_next_fen,
        home_store_id=profile.home_store_id,
        tags=profile.tags,
        own_fields=profile.own_fields,
        alerts=profile.alerts,
        lots=_lots(page, aliases),
        points_debt=page.points_debt,
        bonus_debt_fen=page.bonus_debt_fen,
        risk_fen=max(0, sum(risk.open_fen for risk in page.risks.values())),
        placed=tuple(PlacedRights(till_id, *amounts) for till_id, amounts in sorted(page.placed_by_till().items())),
        coupons=tuple(_coupon(token) for token in _listed(page, today)),
        last_visit_date=page.last_visit_date,
        last_store_id=page.last_store_id,
        visits=page.visits,
        purchases=profile.purchases,
        marks=tuple(TillMark(till_id, *marks[till_id]) for till_id in sorted(marks)),
        holes=tuple(Hole(*hole) for hole in sorted(holes)),
        confirmed_at_ms=now_ms,
    )


def _lots(page: MemberPage, aliases: Sequence[MemberPage]) -> tuple[LotBalance, ...]:
    """Those with something in them; and a bonus that is spent while some of the principal it came with is left: who
    pays that out has to know that there was one."""
    names = set(page.balances).union(*(alias.balances for alias in aliases))
    lots = (LotBalance(lot, page.balances.get(lot, 0)) for lot in sorted(names))
    return tuple(lot for lot in lots if lot.balance or _has_principal_left(page, lot.lot))


def _has_principal_left(page: MemberPage, lot: str) -> bool:
    account, _, name = lot.partition(":")
    return account == "bonus" and bool(page.balances.get(f"principal:{name}"))


def _joined(
    page: MemberPage, aliases: Sequence[MemberPage]
) -> tuple[dict[UUID, tuple[int, int]], set[tuple[UUID, int, int, bytes]]]:
    if not aliases:
        return page.marks, page.holes
    marks, holes = dict(page.marks), set(page.holes)
    for alias in aliases:
        holes |= alias.holes
        for till_id, mark in alias.marks.items():
            marks[till_id] = max(mark, marks.get(till_id, mark))
    return marks, holes


def _listed(page: MemberPage, today: str) -> list[TokenPage]:
    """Coupons that can still be used."""
    usable = [
        token
        for token in page.coupons.values()
        if token.spent_entry_id is None and not token.withdrawn and token.terms is not None
    ]
    return [token for token in sorted(usable, key=lambda token: token.token) if _valid_to(token) >= today]


def _valid_to(token: TokenPage) -> str:
    assert token.terms is not None
    return _terms_decoder.decode(token.terms).valid_to or "9999-12-31"


def _coupon(token: TokenPage) -> MemberCoupon:
    assert token.terms is not None
    return MemberCoupon(terms=_terms_decoder.decode(token.terms), owner_till_id=token.owner_till_id)
