"""A member's figures: HQ's row, our own entries that are newer than the row says, and what can be used here now."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select

from pos_client.ledger import rights, tokens
from pos_client.ledger.answers import CouponFigure, LotFigure, MemberFigure
from pos_client.ledger.chain import position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.people import People
from pos_client.ledger.tables import postings, subjects
from shared_models.members import MemberCoupon, MemberRow
from shared_models.postings import lot_account
from shared_models.rights import is_expired

OwnPosting = tuple[int, str, str, int]
"""(position, account, lot, amount)"""

_DEBTS = ("points_debt", "bonus_debt", "risk")
_STORED_VALUE = ("principal", "bonus")
_ON_SUBJECT = (
    select(postings.c.position, postings.c.account, postings.c.lot, postings.c.amount)
    .join(subjects, subjects.c.position == postings.c.position)
    .where(subjects.c.subject == bindparam("subject"), postings.c.subject == bindparam("subject"))
)
_RISK_AFTER = prepared(
    select(func.coalesce(func.sum(postings.c.amount), literal_column("0"))).where(
        postings.c.position > bindparam("mark"), postings.c.account == "risk"
    )
)
_POSTINGS_AFTER = prepared(_ON_SUBJECT.where(subjects.c.position > bindparam("mark")))
_POSTINGS_AT = prepared(_ON_SUBJECT.where(subjects.c.position == bindparam("position")))


class Figures(People):
    """The room in which a member's balance is told."""

    def member_figure(self, member_id: UUID, business_date: str | None = None) -> MemberFigure | None:
        """Everything the panel shows of a member; None for an id nobody knows. What may be used here is nil while
        rights are frozen or the lease is over, and without the lots that have expired on the business date (the open
        shift's when none is given)."""
        row = self.member_row(member_id)
        if row is None:
            return None
        canonical = row if row.canonical_id == member_id else self.member_row(row.canonical_id) or row
        purses = list({each.member_id: each for each in (canonical, *self._aliases(canonical), row)}.values())
        balances, debts, own = self._balances(purses)
        today = business_date or self.new_head().business_date
        spendable = not self._lane.frozen and not self._time.lease_over()
        held = rights.counters_of(self._database, self._head.epoch, [each.member_id for each in purses])
        lots = []
        for subject, lot in sorted(balances.keys() | held.keys()):
            counters = held.get((subject, lot))
            usable = spendable and counters is not None and not is_expired(lot, today)
            here = counters.available if usable and counters is not None else 0
            balance = balances.get((subject, lot), 0)
            if balance or here:
                lots.append(LotFigure(subject, lot, balance, here))
        return MemberFigure(
            member=row,
            canonical=canonical,
            purses=tuple(each.member_id for each in purses),
            lots=tuple(lots),
            principal_fen=_total(lots, "principal"),
            bonus_fen=_total(lots, "bonus"),
            points=_total(lots, "points"),
            principal_here_fen=_here(lots, "principal"),
            bonus_here_fen=_here(lots, "bonus"),
            points_here=_here(lots, "points"),
            points_debt=debts["points_debt"] + sum(each.points_debt for each in purses),
            bonus_debt_fen=debts["bonus_debt"] + sum(each.bonus_debt_fen for each in purses),
            coupons=self._coupons(purses, spendable=spendable),
            confirmed_at_ms=canonical.confirmed_at_ms,
            own_entries=len({position for position, *_ in own}),
            own_fen=-sum(amount for _, account, _, amount in own if account in _STORED_VALUE),
            risk_fen=max(0, debts["risk"] + sum(each.risk_fen for each in purses)),
            placed=tuple(place for each in purses for place in each.placed),
        )

    def risk_waiting_fen(self) -> int:
        """What was lent above rights here and HQ has not heard of yet."""
        row = self._database.row(_RISK_AFTER, {"mark": self._position(self._lane.acked_seq)})
        return int(row[0]) if row else 0

    def _balances(
        self, purses: Iterable[MemberRow]
    ) -> tuple[dict[tuple[UUID, str], int], dict[str, int], list[OwnPosting]]:
        """(balance by subject and lot, debts by account, our own postings that are included)."""
        balances: dict[tuple[UUID, str], int] = {}
        debts = dict.fromkeys(_DEBTS, 0)
        own: list[OwnPosting] = []
        for row in purses:
            for part in row.lots:
                balances[row.member_id, part.lot] = part.balance
            newer = self._own_postings(row)
            own += newer
            for _, account, lot, amount in newer:
                if account in _DEBTS:
                    debts[account] += amount
                elif lot:
                    key = (row.member_id, lot)
                    balances[key] = balances.get(key, 0) - amount
        return balances, debts, own

    def _own_postings(self, row: MemberRow) -> list[OwnPosting]:
        """Postings on this id of our own entries that HQ's row does not include: newer than our mark in it, or parked
        before it."""
        if self._identity is None:
            return []
        till_id = self._identity.till_id
        mark = max((position_of(each.epoch, each.seq) for each in row.marks if each.till_id == till_id), default=0)
        asked = {"subject": row.member_id.bytes}
        found: list[OwnPosting] = self._database.rows(_POSTINGS_AFTER, {**asked, "mark": mark})
        for position in sorted(self._parked(row, till_id)):
            if position <= mark:
                found += self._database.rows(_POSTINGS_AT, {**asked, "position": position})
        return found

    def _coupons(self, purses: Iterable[MemberRow], *, spendable: bool) -> tuple[CouponFigure, ...]:
        """HQ's list without what was redeemed or given up here meanwhile; what is owned here can be used now."""
        listed: dict[UUID, MemberCoupon] = {}
        for row in purses:
            listed.update({coupon.terms.token: coupon for coupon in row.coupons})
        figures = []
        for token, coupon in listed.items():
            state = tokens.state_of(self._database, token)
            if state != "spent":
                usable = spendable and state == "owned"
                owner = self._identity.till_id if state == "owned" and self._identity else coupon.owner_till_id
                figures.append(CouponFigure(coupon.terms, usable, owner))
        figures += self._coupons_only_here(purses, set(listed), spendable=spendable)
        return tuple(figures)

    def _coupons_only_here(
        self, purses: Iterable[MemberRow], listed: set[UUID], *, spendable: bool
    ) -> list[CouponFigure]:
        """Coupons owned here that HQ's row does not list yet, where their terms came with them."""
        owned = tokens.owned_by(self._database, [row.member_id for row in purses])
        found = []
        for move in owned:
            terms = tokens.terms_of(move)
            if terms is not None and move.token not in listed:
                found.append(CouponFigure(terms, spendable, self._identity.till_id if self._identity else None))
        return found


def _total(lots: Iterable[LotFigure], account: str) -> int:
    return sum(each.balance for each in lots if lot_account(each.lot) == account)


def _here(lots: Iterable[LotFigure], account: str) -> int:
    return sum(each.available for each in lots if lot_account(each.lot) == account)
