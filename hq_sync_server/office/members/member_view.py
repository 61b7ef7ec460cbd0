"""One member with everything HQ knows: identity, balances by lot, what is at tills, coupons, and the whole timeline.

Reads only, for whoever may see the member. Rows of all ids that were united are shown as one person.
"""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from hq_sync_server.office.access.roles import Scope, tills_inside
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members.member_requests import member_inside
from hq_sync_server.records import tables
from shared_models import bodies
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms

TIMELINE_LINES = 30
_profiles = msgspec.msgpack.Decoder(Profile)
_terms = msgspec.msgpack.Decoder(CouponTerms)
_KINDS_WITHOUT_A_STORY = ("rights_adopted", "rights_released", "token_acquired", "token_released", "token_moved")


class Lot(Struct, frozen=True, kw_only=True):
    """One lot. `free` is at HQ, `outside` at tills: together they are the balance."""

    lot: str
    account: str
    member_id: UUID
    balance: int
    free: int
    outside: int
    tills: tuple[str, ...]


class Coupon(Struct, frozen=True, kw_only=True):
    """A coupon. `state`: usable, spent, withdrawn; `owner` the till that holds it, '' for HQ."""

    name: str
    valid_to: str
    state: str
    owner: str


class Event(Struct, frozen=True, kw_only=True):
    """One entry about the member: what, where, who, and its figures. `bonus_fen` of a top-up comes on top of its
    amount; `stored_fen` is what of it was paid from stored value."""

    entry_id: int
    entry_type: str
    at_ms: int
    business_date: str
    place: str
    cashier: str
    receipt: str
    amount_fen: int
    points: int
    text: str
    verdict: str
    bonus_fen: int = 0
    stored_fen: int = 0


class Alias(Struct, frozen=True, kw_only=True):
    """Another id of the same person."""

    member_id: UUID
    phone_masked: str
    card_codes: tuple[str, ...]


class MemberView(Struct, frozen=True, kw_only=True):
    """The person."""

    member_id: UUID
    status: str
    profile: Profile
    points_debt: int
    bonus_debt_fen: int
    visits: int
    last_visit_date: str
    last_store_id: UUID | None
    registered_at_ms: int
    has_number: bool
    lots: tuple[Lot, ...]
    coupons: tuple[Coupon, ...]
    aliases: tuple[Alias, ...]

    def sum_of(self, account: str, part: str = "balance") -> int:
        """Principal, bonus or points together: `balance`, `free` or `outside`."""
        return sum(getattr(lot, part) for lot in self.lots if lot.account == account)

    @property
    def ids(self) -> list[UUID]:
        """All ids of the person."""
        return [self.member_id, *(alias.member_id for alias in self.aliases)]


def member(connection: Connection, scope: Scope, member_id: UUID) -> MemberView:
    """The person behind an id. Refuses `not_found`, also for a member of nobody's own stores."""
    columns = tables.members.c
    canonical_id = connection.scalar(select(columns.canonical_id).where(columns.member_id == member_id))
    wanted = select(tables.members).where(columns.member_id == canonical_id, *member_inside(scope))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Refusal("not_found")
    aliases = connection.execute(
        select(tables.members).where(columns.canonical_id == canonical_id, columns.member_id != canonical_id)
    ).all()
    ids = [row.member_id, *(alias.member_id for alias in aliases)]
    labels = till_labels(connection)
    return MemberView(
        member_id=row.member_id,
        status=row.status,
        profile=_profiles.decode(row.profile),
        points_debt=row.points_debt,
        bonus_debt_fen=row.bonus_debt_fen,
        visits=row.visits,
        last_visit_date=row.last_visit_date,
        last_store_id=row.last_store_id,
        registered_at_ms=row.registered_at_ms,
        has_number=row.phone_sealed is not None,
        lots=_lots(connection, ids, labels),
        coupons=_coupons(connection, ids, labels),
        aliases=tuple(_alias(alias) for alias in aliases),
    )


def _alias(row: Any) -> Alias:
    profile = _profiles.decode(row.profile)
    return Alias(member_id=row.member_id, phone_masked=profile.phone_masked, card_codes=profile.card_codes)


def till_labels(connection: Connection) -> dict[UUID, str]:
    """Till id -> `001/2 滨江店`."""
    tills, stores = tables.tills.c, tables.stores
    rows = connection.execute(
        select(tills.till_id, tills.number, stores.c.code, stores.c.name).join(
            stores, stores.c.store_id == tills.store_id
        )
    )
    return {row.till_id: f"{row.code}/{row.number} {row.name}" for row in rows} | {HQ_TILL_ID: "HQ"}


def _lots(connection: Connection, ids: list[UUID], labels: dict[UUID, str]) -> tuple[Lot, ...]:
    balances, free, holders = tables.member_lots.c, tables.subject_lots.c, tables.holders.c
    at_hq = {
        (row.subject, row.lot): row.free
        for row in connection.execute(select(free.subject, free.lot, free.free).where(free.subject.in_(ids)))
    }
    left = holders.granted + holders.credited + holders.risk + holders.loss
    left = left - holders.spent - holders.released - holders.taken_back
    outside: dict[tuple[UUID, str], list[tuple[int, str]]] = {}
    for held in connection.execute(
        select(holders.subject, holders.lot, holders.till_id, left.label("left")).where(
            holders.subject.in_(ids), left > 0
        )
    ):
        outside.setdefault((held.subject, held.lot), []).append((held.left, labels.get(held.till_id, "")))
    rows = connection.execute(
        select(balances.member_id, balances.lot, balances.balance).where(
            balances.member_id.in_(ids), balances.balance != 0
        )
    )
    lots = []
    for row in rows:
        key = (row.member_id, row.lot)
        lots.append(
            Lot(
                lot=row.lot,
                account=lot_account(row.lot),
                member_id=row.member_id,
                balance=row.balance,
                free=at_hq.get(key, 0),
                outside=sum(part for part, _till in outside.get(key, ())),
                tills=tuple(sorted(till for _part, till in outside.get(key, ()))),
            )
        )
    order = {"principal": 0, "bonus": 1, "points": 2}
    return tuple(sorted(lots, key=lambda lot: (order.get(lot.account, 3), lot.lot)))


def _coupons(connection: Connection, ids: list[UUID], labels: dict[UUID, str]) -> tuple[Coupon, ...]:
    tokens = tables.tokens
    rows = connection.execute(
        select(tokens).where(tokens.c.subject.in_(ids), tokens.c.kind == "coupon").order_by(tokens.c.token.desc())
    )
    coupons = []
    for row in rows.all()[:100]:
        terms = _terms.decode(row.terms) if row.terms else None
        state = "spent" if row.spent_entry_id is not None else "withdrawn" if row.withdrawn else "usable"
        coupons.append(
            Coupon(
                name=terms.name if terms else row.template_id,
                valid_to=terms.valid_to if terms else "",
                state=state,
                owner=labels.get(row.owner_till_id, "") if row.owner_till_id else "",
            )
        )
    return tuple(coupons)


def timeline(
    connection: Connection, scope: Scope, ids: list[UUID], *, before: int = 0, count: int = TIMELINE_LINES
) -> list[Event]:
    """The newest entries about a person: of the stores in scope and of HQ itself."""
    entries = tables.entries
    wanted = (
        select(entries)
        .where(entries.c.member_id.in_(ids), entries.c.entry_type.not_in(_KINDS_WITHOUT_A_STORY))
        .order_by(entries.c.entry_id.desc())
        .limit(count)
    )
    inside = tills_inside(connection, scope)
    if inside is not None:
        wanted = wanted.where(entries.c.till_id.in_([HQ_TILL_ID, *inside]))
    labels = till_labels(connection)
    rows = connection.execute(wanted.where(entries.c.entry_id < before) if before else wanted)
    return [_event(row, labels) for row in rows]


def _event(row: Any, labels: dict[UUID, str]) -> Event:
    try:
        body = bodies.decode_body(row.entry_type, row.type_version, bytes(row.body))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        body = None
    amount_fen, points, text = _figures(body)
    return Event(
        entry_id=row.entry_id,
        entry_type=row.entry_type,
        at_ms=body.head.till_time_ms if body is not None else row.received_at_ms,
        business_date=row.business_date,
        place=labels.get(row.till_id, ""),
        cashier=body.head.cashier_id if body is not None else "",
        receipt=getattr(body, "receipt_number", ""),
        amount_fen=amount_fen,
        points=points,
        text=text,
        verdict=row.verdict,
        bonus_fen=getattr(body, "bonus_fen", 0),
        stored_fen=sum(one.amount_fen for one in getattr(body, "tenders", ()) if one.kind == "stored_value"),
    )


def _figures(body: Any) -> tuple[int, int, str]:
    """(money, points, what) of an entry, as a line of the timeline shows it."""
    match body:
        case bodies.Sale():
            points = sum(part.amount for part in body.points_earned) - sum(part.amount for part in body.points_spent)
            return body.total_fen, points, ", ".join(line.name for line in body.lines[:4])
        case bodies.Refund():
            return (
                -body.total_fen,
                -sum(part.amount for part in body.points_taken_back),
                ", ".join(line.name for line in body.lines[:4]),
            )
        case bodies.TopUp() | bodies.TopUpCancelled() | bodies.Withdrawal():
            return body.principal_fen, 0, ""
        case bodies.PointsExchange():
            return 0, -sum(part.amount for part in body.points_spent), body.item_name
        case bodies.OpeningBalance() | bodies.BalanceAdjusted():
            money = sum(part.amount for part in body.lots if lot_account(part.lot) != "points")
            points = sum(part.amount for part in body.lots if lot_account(part.lot) == "points")
            return money, points, getattr(body, "reason", "")
        case bodies.MemberTagged():
            return 0, 0, " ".join([*(f"+{tag}" for tag in body.added), *(f"−{tag}" for tag in body.removed)])
        case _:
            return 0, 0, ""
