"""The chain of the replay: an HQ with a store for each country, its rules, its goods, its known members, its tills."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from pos_client.ledger import Ledger
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import load_keys
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.ids import IdSource
from shared_models.moments import DAY_MS, ManualClock, business_date_of
from shared_models.rules import EarnRules, EscrowRules, LadderStep, PointsAsMoney, PointsLife, StoreRules, TopUpRules
from tests.replay.account import BONUS_FROM_FEN, BONUS_PERCENT
from tests.replay.people import People, first_card_of, phone_of
from tests.replay.plan import TillName, coupon_amounts_fen, is_known_beforehand, tills_of
from tests.replay.spool import Spool
from tests.replay.till import ReplayTill
from tests.replay.wire import FaultyWire

COUPON_DAYS = 400
PLACED_ATTEMPTS_MAX = 6000
MEMBERS_AT_ONCE = 1000
ESCROW = EscrowRules(principal_cap_fen=0, bonus_cap_fen=0, points_cap=0)
"""Placed by share and habit alone: the baskets of this trade are no bakery's."""

RULES = StoreRules(
    version=1,
    store_id=UUID(int=0),
    earn=EarnRules(milli_points_per_yuan=1000),
    points_as_money=PointsAsMoney(points_per_step=1, fen_per_step=1, share_cap_basis_points=5000),
    points_life=PointsLife(expiry_months=0),
    top_up=TopUpRules(
        ladder=(LadderStep(threshold_fen=BONUS_FROM_FEN, bonus_basis_points=BONUS_PERCENT * 100, name="bonus"),),
        balance_cap_fen=0,
    ),
)


@dataclass(frozen=True, slots=True)
class ReplayChain:
    """Everything that takes part."""

    hq: Hq
    tills: dict[TillName, ReplayTill]
    people: People


def wait_for_the_feed(hq: Hq) -> None:
    """Until every change has its place in HQ's feed: on PostgreSQL a change waits for whatever transaction is still
    open on the server, also in somebody else's database."""
    for _ in range(PLACED_ATTEMPTS_MAX):
        if hq.desk.sequence():
            return
        threading.Event().wait(0.01)
    raise RuntimeError("some transaction on the database server never ends")


@contextmanager
def open_chain(
    spool: Spool,
    folder: Path,
    database_url: str,
    seed: int,
    clock: ManualClock,
    told: Counter[str],
    escrow: EscrowRules = ESCROW,
) -> Iterator[ReplayChain]:
    """Build the chain in `folder`; everything is closed at the end."""
    with ExitStack() as open_things:
        ids = IdSource(clock, random.Random(f"{seed}/ids"))
        hq = open_hq(database_url or f"sqlite:///{folder / 'hq.db'}", folder / "hq-keys", clock, ids)
        open_things.callback(hq.close)
        hq.desk.run(lambda work: chain.set_up(work, "Replay"))
        people = People()
        codes: dict[TillName, str] = {}
        for number, country in enumerate(spool.stores(), start=1):
            codes |= _add_store(hq, number, country, escrow)
        _add_goods(hq, spool)
        _add_members(hq, seed, [member for member in spool.members() if is_known_beforehand(member)], people)
        tills = {
            name: _open_till(hq, name, code, folder, seed, clock, ids, told, open_things)
            for name, code in codes.items()
        }
        yield ReplayChain(hq, tills, people)


def _add_store(hq: Hq, number: int, country: str, escrow: EscrowRules) -> dict[TillName, str]:
    """A store with its rules; the enrolment codes of its tills."""
    rules = msgspec.structs.replace(RULES, escrow=escrow)
    document = msgspec.json.decode(msgspec.json.encode(rules), type=dict[str, object])

    def add(work: Work) -> dict[TillName, str]:
        row = StoreRow(store_id=work.ids.new_id(), code=f"S{number:02d}", name=country, currency="GBP")
        stores.save_store(work, row)
        today = business_date_of(work.now_ms - DAY_MS)
        rule_configs.publish_rules(work, row.store_id, document, effective_from=today, author="replay")
        return {till: stores.new_enrolment_code(work, row.store_id).code for till in tills_of(country)}

    return hq.desk.run(add)


def _add_goods(hq: Hq, spool: Spool) -> None:
    rows = [GoodsRow(goods_id=goods_id, name=name or goods_id, open_price=True) for goods_id, name in spool.goods()]
    hq.desk.run(lambda work: goods.save_goods(work, rows))


def _add_members(hq: Hq, seed: int, known: list[str], people: People) -> None:
    """Members known beforehand, each with a card and perhaps with coupons."""
    by_amount: dict[int, list[UUID]] = {}
    for start in range(0, len(known), MEMBERS_AT_ONCE):
        some = known[start : start + MEMBERS_AT_ONCE]

        def add(work: Work, some: list[str] = some) -> dict[str, UUID]:
            ids = {member: work.ids.new_id() for member in some}
            members.create(work, [_new_member(member, member_id) for member, member_id in ids.items()])
            return ids

        for member, member_id in hq.desk.run(add).items():
            people.cards[member].append(first_card_of(member))
            people.ids[member].add(member_id)
            for amount_fen in coupon_amounts_fen(seed, member):
                by_amount.setdefault(amount_fen, []).append(member_id)
    for amount_fen, holders in sorted(by_amount.items()):
        template = coupons.CouponTemplate(
            template_id=f"off-{amount_fen}", name=f"{amount_fen} off", kind="amount_off", amount_fen=amount_fen,
            minimum_fen=amount_fen, valid_days=COUPON_DAYS,
        )  # fmt: skip

        def issue(work: Work, template: coupons.CouponTemplate = template, holders: list[UUID] = holders) -> None:
            coupons.save_template(work, template)
            coupons.issue(work, template, holders)

        hq.desk.run(issue)


def _new_member(member: str, member_id: UUID) -> members.NewMember:
    profile = Profile(name=f"Member {member}", card_codes=(first_card_of(member),))
    return members.NewMember(member_id=member_id, profile=profile, phone=phone_of(member))


def _open_till(
    hq: Hq, name: TillName, code: str, folder: Path, seed: int, clock: ManualClock, ids: IdSource,
    told: Counter[str], open_things: ExitStack,
) -> ReplayTill:  # fmt: skip
    """Enrol a till and let it read everything there is."""
    chance = random.Random(f"{seed}/till/{name.store}/{name.number}")
    place = folder / f"till-{code}"
    ledger = open_things.enter_context(Ledger.open(place / "ledger", clock, ids))
    wire = FaultyWire(hq.api.handle, chance, told)
    wire.faults = False
    answer = enrol(wire, code, ledger, place / "keys")
    keys = load_keys(place / "keys")
    api = HqApi(wire, answer.till_id, keys.device_key, clock)
    till = ReplayTill(name, ledger, api, wire, keys.phone_key, clock, ids, chance, told)
    till.sync(pull=True)
    wire.faults = True
    return till
