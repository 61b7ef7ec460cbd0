"""Rights to spend: the counters, the order of spending, and the bound that no loss of messages can break."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import bodies
from shared_models.entries import Head
from shared_models.rights import (
    Counters,
    bonus_lot,
    draw,
    is_expired,
    points_lot,
    principal_lot,
    rights_moves,
    risk_lot,
)
from shared_models.sales import LotAmount, QuoteInputs, Tender

MEMBER = UUID(int=7)


@given(
    st.dictionaries(st.sampled_from(["points:2026-03", "points:2026-05", "points:2027-01"]), st.integers(0, 500)),
    st.integers(0, 2000),
)
def test_drawing_takes_the_earliest_first_and_never_more_than_there_is(available: dict[str, int], wanted: int) -> None:
    taken, missing = draw(available.items(), wanted)
    assert sum(amount for _, amount in taken) + missing == wanted
    assert missing == max(0, wanted - sum(available.values()))
    assert [lot for lot, _ in taken] == sorted(lot for lot, _ in taken)
    assert all(0 < amount <= available[lot] for lot, amount in taken)
    for lot, _ in taken[1:]:
        earlier = [name for name in available if name < lot and available[name]]
        assert all((name, available[name]) in taken for name in earlier)


@pytest.mark.parametrize(
    ("lot", "date", "expired"),
    [
        ("points:2026-03", "2026-03-31", False),
        ("points:2026-03", "2026-04-01", True),
        ("points:9999-12", "2026-04-01", False),
        (principal_lot(UUID(int=1)), "2099-01-01", False),
        (bonus_lot(UUID(int=1)), "2099-01-01", False),
    ],
)
def test_only_points_expire_and_only_after_their_month(lot: str, date: str, expired: bool) -> None:
    assert is_expired(lot, date) == expired


def test_lots_are_named_by_what_they_came_from() -> None:
    assert principal_lot(UUID(int=10)) == "principal:" + "0" * 31 + "a"
    assert bonus_lot(UUID(int=10)) == "bonus:" + "0" * 31 + "a"
    assert risk_lot(UUID(int=10)) == "risk:" + "0" * 31 + "a"
    assert points_lot("2027-03") == "points:2027-03"


def test_credits_come_before_spends_so_that_risk_taken_can_be_spent_in_the_same_sale() -> None:
    sale = bodies.Sale(
        head=Head(business_id=UUID(int=1), business_date="2026-03-02"),
        receipt_number="1",
        inputs=QuoteInputs(rule_hash="", engine_version=1, business_date="2026-03-02"),
        lines=(),
        total_fen=0,
        risk_taken=(LotAmount(MEMBER, "risk:aa", 50),),
        tenders=(Tender(kind="stored_value", amount_fen=50, lots=(LotAmount(MEMBER, "risk:aa", 50),)),),
        points_spent=(LotAmount(MEMBER, "points:2026-05", 0),),
    )
    assert [(move.counter, move.amount) for move in rights_moves(sale)] == [("K", 50), ("S", 50)]


def test_a_release_gives_up_what_it_names() -> None:
    released = bodies.RightsReleased(
        head=Head(business_id=UUID(int=1), business_date="2026-03-02"),
        released=(LotAmount(MEMBER, "points:2026-05", 30),),
    )
    assert [(move.counter, move.lot, move.amount) for move in rights_moves(released)] == [("R", "points:2026-05", 30)]
    assert rights_moves(bodies.DrawerOpened(head=released.head, reason="x")) == ()


@dataclass
class Holder:
    """A till's counters of one lot as the till has them (`own`) and as HQ has heard of them (`heard`)."""

    own: dict[str, int] = field(default_factory=lambda: dict.fromkeys("GTKSRWL", 0))
    heard: dict[str, int] = field(default_factory=lambda: dict.fromkeys("GTKSRWL", 0))
    waiting: list[tuple[str, int]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def counters(self, which: dict[str, int]) -> Counters:
        return Counters(*(which[name] for name in "GTKSRWL"))

    def write(self, counter: str, amount: int) -> None:
        self.own[counter] += amount
        self.waiting.append((counter, amount))


@dataclass
class Books:
    """One lot, two tills and HQ: grants are absolute, tills act on what they hold, entries arrive late but in order."""

    credited: int
    debited: int = 0
    true_balance: int = 0
    tills: tuple[Holder, Holder] = field(default_factory=lambda: (Holder(), Holder()))

    @property
    def free(self) -> int:
        """F: what HQ may grant."""
        heard = [till.heard for till in self.tills]
        return self.credited - self.debited + sum(each["R"] + each["W"] - each["G"] for each in heard)

    def act(self, action: str, till: Holder, amount: int) -> None:
        """One step of the walk; what is not possible now does nothing."""
        available = till.counters(till.own).available
        match action:
            case "grant":
                till.heard["G"] = max(till.heard["G"], min(till.heard["G"] + amount, till.heard["G"] + self.free))
                till.answers.append(till.heard["G"])
            case "adopt":
                till.own["G"] = max([till.own["G"], *till.answers[-1:]])
            case "lose answer":
                till.answers.clear()
            case "credit":
                till.write("T", amount)
                self.true_balance += amount
            case "spend":
                till.write("S", min(amount, available))
                self.true_balance -= min(amount, available)
            case "release":
                till.write("R", min(amount, available))
            case "deliver":
                for counter, moved in till.waiting[:1]:
                    till.heard[counter] += moved
                del till.waiting[:1]
            case "debit":
                self.true_balance -= min(amount, self.free)
                self.debited += min(amount, self.free)

    def deliver_everything(self) -> None:
        """The line is back."""
        for till in self.tills:
            while till.waiting:
                self.act("deliver", till, 0)
            till.own["G"] = till.heard["G"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["grant", "adopt", "lose answer", "credit", "spend", "release", "deliver", "debit"]),
        st.integers(0, 1),
        st.integers(0, 100),
    ),
    max_size=60,
)


@given(steps, st.integers(0, 300))
def test_whatever_is_lost_late_or_cut_off_nobody_is_overdrawn(walk: list[tuple[str, int, int]], opening: int) -> None:
    books = Books(credited=opening, true_balance=opening)
    for action, which, amount in walk:
        books.act(action, books.tills[which], amount)
        held = [till.counters(till.own).available for till in books.tills]
        assert books.free >= 0
        assert min(held) >= 0
        assert books.true_balance >= books.free + sum(held)

    books.deliver_everything()

    for till in books.tills:
        assert till.counters(till.heard).outside == till.counters(till.own).available
    outside = sum(till.counters(till.heard).outside for till in books.tills)
    assert books.free + outside == books.true_balance


def test_a_loss_is_booked_to_the_holder_and_makes_nothing_grantable() -> None:
    overspent = Counters(granted=10, spent=25)
    assert overspent.outside == -15
    assert Counters(granted=10, spent=25, loss=15).outside == 0
    assert Counters(granted=10, spent=25, loss=15).available == -15
