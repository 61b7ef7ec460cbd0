"""The chain that every seed starts from: made once in a process by real enrolment and real feeds, then copied.

Two stores, three to six tills, people with opening balances and coupons, one article at an open price. Its figures are
small on purpose: tills should want the same lots.
"""

import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books import hq_facts
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rights import coupons, printed
from hq_sync_server.office.rules import rule_configs
from pos_client.ledger import Ledger
from pos_client.sync.engine import SyncEngine
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi, RawAnswer
from pos_client.sync.keys import TillKeys, load_keys, save_keys
from shared_models.bodies import OpeningBalance, OpeningLot
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.codes import member_code, parse_scan
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.rules import EarnRules, EscrowRules, LadderStep, PointsAsMoney, PointsLife, StoreRules, TopUpRules
from tests.simulation.curve import noting
from tests.simulation.wire import as_request

START_MS = 1_750_813_200_000  # 2025-06-25 09:00 in Shanghai: the month of some points ends within the run
STORES = 2
PEOPLE_KNOWN = 10
PEOPLE = 14
COUPONS_EACH = 2
COUPON_FEN = 200
PAPERS_EACH = 12
PAPER_FEN = 150
LENT_TO_MEMBER_FEN = 1_500
LENT_IN_OUTAGE_FEN = 5_000
GOODS_ID = "BREAD"
LADDER_FROM_FEN = 10_000
LADDER_PERCENT = 10
HQ_FILE = "hq.db"

RULES = StoreRules(
    version=1,
    store_id=UUID(int=0),
    earn=EarnRules(milli_points_per_yuan=1000),
    points_as_money=PointsAsMoney(points_per_step=1, fen_per_step=1, share_cap_basis_points=5000),
    points_life=PointsLife(expiry_months=1),
    escrow=EscrowRules(mode="escrow_with_risk", risk_member_fen=LENT_TO_MEMBER_FEN, risk_outage_fen=LENT_IN_OUTAGE_FEN),
    top_up=TopUpRules(
        ladder=(LadderStep(threshold_fen=LADDER_FROM_FEN, bonus_basis_points=LADDER_PERCENT * 100, name="bonus"),),
        balance_cap_fen=0,
    ),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who comes to the counter. Known to HQ beforehand with these lots, or not yet known."""

    number: int
    member_id: UUID | None
    lots: dict[str, int]

    @property
    def phone(self) -> str:
        """A number of China's that is nobody's here."""
        return f"+8613800{self.number:06d}"

    @property
    def card(self) -> str:
        """The card of a known person."""
        return member_code(1_000_000_000 + self.number)


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed coupon of a store: what its QR holds."""

    store_id: UUID
    token: UUID
    content: bytes


@dataclass(frozen=True, slots=True)
class TillPlace:
    """A till of the template: whose it is, and where its files lie."""

    till_id: UUID
    store_id: UUID
    keys: TillKeys


@dataclass(frozen=True, slots=True)
class Template:
    """The chain as it lies on disk, closed."""

    folder: Path
    tills: tuple[TillPlace, ...]
    people: tuple[Person, ...]
    tokens: dict[UUID, UUID]
    papers: tuple[Paper, ...]


@dataclass(slots=True)
class _Direct:
    """A wire without weather, for making the template."""

    hq: Hq

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        raw = self.hq.api.handle(as_request(method, path, headers, body))
        return RawAnswer(raw.status, raw.headers, raw.body)


def make_template(folder: Path, tills_count: int) -> Template:
    """Found the chain, enrol its tills and let each read the whole feed."""
    chance = random.Random(f"template/{tills_count}")
    clock = ManualClock(START_MS - 3_600_000)
    ids = IdSource(clock, chance)
    _make_hq_keys(folder / "hq-keys", chance)
    hq = open_hq(f"sqlite:///{folder / HQ_FILE}", folder / "hq-keys", clock, ids)
    try:
        store_rows = hq.desk.run(_found)
        people = _people(ids)
        template = coupons.CouponTemplate(
            template_id="two-off", name="2 off", kind="amount_off", amount_fen=COUPON_FEN, valid_days=100
        )
        tokens = hq.desk.run(lambda work: _settle(work, people, template))
        papers = hq.desk.run(lambda work: _print(work, store_rows))
        places = [
            _open_till(hq, store_rows[number % STORES], folder / f"till-{number}", clock, ids, chance)
            for number in range(tills_count)
        ]
    finally:
        hq.close()
    return Template(folder, tuple(places), tuple(people), tokens, tuple(papers))


def _make_hq_keys(folder: Path, chance: random.Random) -> None:
    folder.mkdir(parents=True)
    for name in ("signing", "seal", "phone", "storage"):
        (folder / f"{name}.key").write_bytes(chance.randbytes(32))


def _found(work: Work) -> list[StoreRow]:
    chain.set_up(work, "Simulation")
    rows = [StoreRow(store_id=work.ids.new_id(), code=f"S{n}", name=f"Store {n}") for n in range(1, STORES + 1)]
    for row in rows:
        stores.save_store(work, row)
        publish(work, row.store_id, RULES, effective_from="2025-01-01")
    goods.save_goods(work, [GoodsRow(goods_id=GOODS_ID, name="Bread", open_price=True)])
    return rows


def publish(work: Work, store_id: UUID, rules: StoreRules, *, effective_from: str) -> None:
    """Publish a version of a store's rules."""
    document = msgspec.json.decode(msgspec.json.encode(rules), type=dict[str, object])
    rule_configs.publish_rules(work, store_id, document, effective_from=effective_from, author="simulation")


def _people(ids: IdSource) -> list[Person]:
    people = []
    for number in range(PEOPLE):
        if number >= PEOPLE_KNOWN:
            people.append(Person(number, None, {}))
            continue
        lot = ids.new_id().hex
        lots = {f"principal:{lot}": 8_000 + 1_000 * number, f"bonus:{lot}": 1_500}
        lots |= {"points:2025-06": 400, "points:2025-08": 600}
        people.append(Person(number, ids.new_id(), lots))
    return people


def _settle(work: Work, people: list[Person], template: coupons.CouponTemplate) -> dict[UUID, UUID]:
    """Make the known people with their balances and coupons; the member of each coupon."""
    known = [(person, person.member_id) for person in people if person.member_id is not None]
    members.create(
        work,
        [
            members.NewMember(
                member_id=member_id,
                profile=Profile(name=f"Person {person.number}", card_codes=(person.card,)),
                phone=person.phone,
            )
            for person, member_id in known
        ],
    )
    hq_facts.record(
        work,
        [
            OpeningBalance(
                head=hq_facts.head(work, member_id),
                member_id=member_id,
                lots=tuple(OpeningLot(lot=lot, amount=amount) for lot, amount in person.lots.items()),
            )
            for person, member_id in known
        ],
    )
    coupons.save_template(work, template)
    holders = [member_id for _, member_id in known] * COUPONS_EACH
    return dict(zip(coupons.issue(work, template, holders), holders, strict=True))


def _print(work: Work, store_rows: list[StoreRow]) -> list[Paper]:
    """Coupons on paper, of each store: whoever brings one may use it."""
    template = coupons.CouponTemplate(
        template_id="paper", name="paper", kind="amount_off", amount_fen=PAPER_FEN, valid_days=100
    )
    coupons.save_template(work, template)
    return [
        Paper(row.store_id, code.terms.token, parse_scan(code.code).signed)
        for row in store_rows
        for code in printed.issue(work, template, row, PAPERS_EACH)
    ]


def _open_till(
    hq: Hq, store: StoreRow, folder: Path, clock: ManualClock, ids: IdSource, chance: random.Random
) -> TillPlace:
    code = hq.desk.run(lambda work: stores.new_enrolment_code(work, store.store_id).code)
    wire = _Direct(hq)
    save_keys(folder / "keys", TillKeys(device_key=Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))))
    with Ledger.open(folder / "ledger", clock, ids, anchor_path=folder / "anchor") as ledger:
        answer = enrol(wire, code, ledger, folder / "keys")
        keys = load_keys(folder / "keys")
        engine = SyncEngine(ledger, HqApi(wire, answer.till_id, keys.device_key, clock), clock, chance)
        for _ in range(2):
            told = engine.run_once()
            assert not told.error, told
    for leftover in ("ledger.lock", "ledger.db-shm", "mirror.db-shm"):
        (folder / "ledger" / leftover).unlink(missing_ok=True)
    return TillPlace(answer.till_id, store.store_id, structs.replace(keys, device_key=noting(keys.device_key)))


def copy_hq(template: Template, folder: Path) -> None:
    """HQ's files, as the template has them, where the running HQ will look for them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(template.folder / "hq-keys", folder / "hq-keys")
    shutil.copy(template.folder / HQ_FILE, folder / HQ_FILE)
