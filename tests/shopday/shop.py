"""The shop of the day: HQ in a process of its own, one store, two tills with printers, cables that can be pulled."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared_models.moments import DAY_MS, SystemClock, business_date_of
from tests.shopday import enrolling
from tests.shopday.printer import NetworkPrinter
from tests.together.hq_server import HqPlace, HqServer
from tests.together.plug import Plug
from tests.together.seed_chain import SeedChain, SeedStaff, make_chain
from tests.together.settled_chain import settle
from tests.together.till_process import TillPlace
from tests.together.wallet_provider import KEY, WalletProvider

STORE = "001"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopTill:
    """A till with what it stands on."""

    place: TillPlace
    plug: Plug
    printer: NetworkPrinter


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One store of the chain."""

    folder: Path
    seed: SeedChain
    hq: HqPlace
    tills: tuple[ShopTill, ShopTill]
    wallets: WalletProvider

    @property
    def cashiers(self) -> list[SeedStaff]:
        """The three."""
        return [person for person in self.seed.staff if person.role == "cashier" and person.stores == (STORE,)]

    @property
    def manager(self) -> SeedStaff:
        """Who approves."""
        return self.seed.staff_of(STORE, "manager")


@contextmanager
def open_shop(folder: Path, *, seed: int, members_count: int = 2_000, display: str = "") -> Iterator[Shop]:
    """Build the chain, start HQ, enrol both tills of the store."""
    folder.mkdir(parents=True, exist_ok=True)
    chain = make_chain(seed, business_date_of(SystemClock().now_ms() - DAY_MS), members_count=members_count)
    place = HqPlace(folder)
    with enrolling.office(place) as hq:
        settle(hq, chain)
        codes = [enrolling.new_code(hq, STORE) for _till in (1, 2)]
    with ExitStack() as stack:
        server = stack.enter_context(HqServer(place))
        wallets = stack.enter_context(WalletProvider())
        tills = []
        for number, code in enumerate(codes, 1):
            plug = stack.enter_context(Plug(server.port))
            till_folder = folder / f"till-{number}"
            till_folder.mkdir()
            printer = stack.enter_context(NetworkPrinter(till_folder))
            till = TillPlace(
                till_folder,
                plug.url,
                pace="quick",
                printer=printer.address,
                display=display,
                wallet_url=wallets.url,
            )
            enrolling.set_up(till, code)
            (till.key_folder / "wallet.key").write_bytes(KEY)
            tills.append(ShopTill(place=till, plug=plug, printer=printer))
        with enrolling.office(place) as hq:
            enrolling.make_home(hq, STORE, 1)
        yield Shop(folder=folder, seed=chain, hq=place, tills=(tills[0], tills[1]), wallets=wallets)
