"""The demo's stage: an HQ in a process of its own, a made-up chain, two tills on cables that can be pulled."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hq_sync_server.app import open_hq
from shared_models.moments import DAY_MS, SystemClock, business_date_of
from tests.together.hq_server import HqPlace, HqServer
from tests.together.plug import Plug
from tests.together.seed_chain import SeedChain, make_chain
from tests.together.seed_people import SeedMember
from tests.together.settled_chain import Settled, settle
from tests.together.till_process import TillPlace
from tests.together.wallet_provider import KEY, WalletProvider

DOWNTOWN, COMMUNITY = "001", "002"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTill:
    """A till on its cable. Each is till 1 of its store."""

    store_code: str
    place: TillPlace
    plug: Plug


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything the story needs."""

    folder: Path
    seed: SeedChain
    hq: HqPlace
    server: HqServer
    settled: Settled
    tills: tuple[DemoTill, DemoTill]
    wallets: WalletProvider

    def till(self, store_code: str) -> DemoTill:
        """The till of a store."""
        return next(till for till in self.tills if till.store_code == store_code)

    def member(self, number: int, *, principal_fen: int, points: int, home_store: str) -> SeedMember:
        """The `number`-th member of a store who carries a card and has at least so much."""
        able = [
            member
            for member in self.seed.members
            if member.card
            and member.home_store == home_store
            and member.principal_fen >= principal_fen
            and member.points >= points
        ]
        return able[number]


def give_coupon(stage: Stage, template_id: str, member: SeedMember) -> None:
    """HQ gives a member a coupon of one of the chain's templates, as its people would: by the command."""
    document = next(one for one in stage.seed.coupon_templates if one["template_id"] == template_id)
    path = stage.folder / f"coupon-{template_id}.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    stage.hq.must("issue-coupons", path, "--members", member.phone)


@contextmanager
def set_stage(folder: Path, *, seed: int = 1, members_count: int = 50_000, language: str = "zh_CN") -> Iterator[Stage]:
    """Build the chain, start HQ, enrol the tills."""
    folder.mkdir(parents=True, exist_ok=True)
    # Yesterday's rules are in force today, whatever time it is.
    begins = business_date_of(SystemClock().now_ms() - DAY_MS)
    chain = make_chain(seed, begins, members_count=members_count)
    place = HqPlace(folder)
    hq = open_hq(place.url, place.key_folder)
    try:
        settled = settle(hq, chain)
    finally:
        hq.close()
    with ExitStack() as stack:
        server = stack.enter_context(HqServer(place))
        wallets = stack.enter_context(WalletProvider())
        tills = []
        for store_code in (DOWNTOWN, COMMUNITY):
            plug = stack.enter_context(Plug(server.port))
            till = TillPlace(folder / f"till-{store_code}", plug.url, language, wallet_url=wallets.url)
            tills.append(DemoTill(store_code=store_code, place=till, plug=plug))
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda till: _enrol(place, till), tills))
        yield Stage(
            folder=folder,
            seed=chain,
            hq=place,
            server=server,
            settled=settled,
            tills=(tills[0], tills[1]),
            wallets=wallets,
        )


def _enrol(hq: HqPlace, till: DemoTill) -> None:
    till.place.folder.mkdir()
    till.place.must("enrol", hq.must("enrol-code", till.store_code, "--quiet").strip())
    (till.place.key_folder / "wallet.key").write_bytes(KEY)
    hq.must("home-till", till.store_code, "--till", "1")  # it redeems the store's printed coupons
    till.place.must("sync-once")  # members, goods and rules, before the doors open
