"""A member's figures: HQ's row, our own entries that are newer than the row says, and what can be used here now."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select

from pos_client.ledger import rights, tokens
from pos_client.ledger.answers import CouponFigure, LotFigure, MemberFigure
from pos_client.ledger.chain import position_of
from pos_client.ledger.people import People
from pos_client.ledger.tables import postings, subjects
from pos_client.ledger.tables import tokens as tokens_table
from shared_models.members import MemberCoupon, MemberRow
from shared_models.postings import lot_account
from shared_models.rights import is_expired

_DEBTS = ("points_debt", "bonus_debt")


class Figures(People):
    """The room in which a member's balance is told."""

    def member_figure(self, member_id: UUID, business_date: str | None = None) -> MemberFigure | None:
        """Everything the panel shows of a member; None for an id nobody knows. What may be used here is nil while
        rights are frozen or the lease is over, and without the lots that have expired on the business date (the open
        shift's when none is given)."""
        row = self.member_row(member_id)
        if row is None:
            return None
        canonical = self.member_row(row.canonical_id) or row
        purses = list({each.member_id: each for each in (canonical, *self._aliases(canonical), row)}.values())
        balances, debts, own_positions = self._balances(purses)
        today = business_date or self.new_head().business_date
        spendable = not self._lane.frozen and not self._time.lease_over()
        held = rights.counters_of(self._database.reading(), self._head.epoch, [each.member_id for each in purses])
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
            own_entries=len(own_positions),
            own_fen=self._moved_fen(own_positions),
        )

    def _balances(self, purses: Iterable[MemberRow]) -> tuple[dict[tuple[UUID, str], int], dict[str, int], set[int]]:
        """(balance by subject and lot, debts by account, positions of own entries included)."""
        balances: dict[tuple[UUID, str], int] = {}
        debts = dict.fromkeys(_DEBTS, 0)
        own: set[int] = set()
        for row in purses:
            for part in row.lots:
                balances[row.member_id, part.lot] = part.balance
            for position, account, lot, amount in self._own_postings(row):
                own.add(position)
                if account in _DEBTS:
                    debts[account] += amount
                elif lot:
                    key = (row.member_id, lot)
                    balances[key] = balances.get(key, 0) - amount
        return balances, debts, own

    def _own_postings(self, row: MemberRow) -> list[tuple[int, str, str, int]]:
        """Postings on this id of our own entries that HQ's row does not include: newer than our mark in it, or parked
        before it."""
        if self._identity is None:
            return []
        till_id = self._identity.till_id
        mark = max((position_of(each.epoch, each.seq) for each in row.marks if each.till_id == till_id), default=0)
        holes = [position_of(each.epoch, each.seq) for each in row.holes if each.till_id == till_id]
        newer = (subjects.c.position > mark) | subjects.c.position.in_(holes)
        asked = (
            select(postings.c.position, postings.c.account, postings.c.lot, postings.c.amount)
            .join(subjects, subjects.c.position == postings.c.position)
            .where(subjects.c.subject == row.member_id.bytes, postings.c.subject == row.member_id.bytes, newer)
        )
        return [tuple(each) for each in self._database.reading().execute(asked)]

    def _moved_fen(self, positions: set[int]) -> int:
        """Stored value that our own newer entries moved, whichever way."""
        if not positions:
            return 0
        asked = select(func.sum(func.abs(postings.c.amount))).where(
            postings.c.position.in_(positions), postings.c.account.in_(("principal", "bonus"))
        )
        return self._database.reading().execute(asked).scalar() or 0

    def _coupons(self, purses: Iterable[MemberRow], *, spendable: bool) -> tuple[CouponFigure, ...]:
        """HQ's list without what was redeemed or given up here meanwhile; what is owned here can be used now."""
        listed: dict[UUID, MemberCoupon] = {}
        for row in purses:
            listed.update({coupon.terms.token: coupon for coupon in row.coupons})
        reader = self._database.reading()
        known = dict(
            reader.execute(
                select(tokens_table.c.token, tokens_table.c.state).where(
                    tokens_table.c.token.in_([token.bytes for token in listed])
                )
            ).all()
        )
        figures = []
        for token, coupon in listed.items():
            state = known.get(token.bytes)
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
        owned = tokens.owned_by(self._database.reading(), [row.member_id for row in purses])
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
