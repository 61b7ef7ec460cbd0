"""What members could pay while their till was cut off, and how much lay at tills for it: the figures of the service.

A try is a sale in which stored value should pay a part, at a till whose line is down. `regulars` are tries of members
who had been at that very till before while it was online: for them rights could have been placed. Some of them try
more than they have at all, which no till could pay, cut off or not: `regulars_who_had_as_much` are the others. How much
lies at tills is looked at once a day of the replay, in HQ's books, for tills whose line is up at that moment: what each
holds of all members' stored value, on average while it is online, summed over the tills.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, func, select

from hq_sync_server.records import tables as t
from shared_models.moments import DAY_MS
from tests.replay.plan import BIG_STORE, TillName

_O = t.holders.c
_OUTSIDE = _O.granted + _O.credited + _O.risk + _O.loss - _O.spent - _O.released - _O.taken_back


@dataclass(slots=True)
class Share:
    """Tries and what of them was served."""

    tries: int = 0
    served: int = 0
    tried_minor: int = 0
    paid_minor: int = 0

    def add(self, tried_minor: int, paid_minor: int) -> None:
        """One more try; served is what was paid in full."""
        self.tries += 1
        self.served += paid_minor >= tried_minor
        self.tried_minor += tried_minor
        self.paid_minor += paid_minor

    @property
    def by_tries(self) -> float:
        return round(self.served / self.tries, 4) if self.tries else 0.0

    @property
    def by_money(self) -> float:
        return round(self.paid_minor / self.tried_minor, 4) if self.tried_minor else 0.0

    def told(self) -> dict[str, float]:
        """For the report."""
        return {"tries": self.tries, "by_tries": self.by_tries, "by_money": self.by_money}


@dataclass(slots=True)
class Service:
    """Tells tries apart by who made them, and samples what lies at tills."""

    shares: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    _online_at: defaultdict[str, set[TillName]] = field(default_factory=lambda: defaultdict(set))
    _been_at: defaultdict[str, set[TillName]] = field(default_factory=lambda: defaultdict(set))
    _next_sample_ms: int = 0
    _samples: int = 0
    _all: float = 0.0
    _at: defaultdict[UUID, float] = field(default_factory=lambda: defaultdict(float))
    _times_online: Counter[UUID] = field(default_factory=Counter)

    def tried(self, member: str, till: TillName, tried_minor: int, paid_minor: int, had_minor: int) -> None:
        """A member should pay a part by stored value at a till that is cut off; `had_minor` is all she has anywhere."""
        if tried_minor <= 0:
            return
        names = ["everybody"]
        if till in self._online_at[member]:
            names.append("regulars")
            names.append("regulars_at_one_till" if len(self._been_at[member]) == 1 else "regulars_at_several_tills")
            if tried_minor <= had_minor:
                names.append("regulars_who_had_as_much")
            if till.store == BIG_STORE:
                names.append("regulars_in_the_uk")
        for name in names:
            self.shares[name].add(tried_minor, paid_minor)

    def visited(self, member: str, till: TillName, *, online: bool) -> None:
        """A visit is over."""
        self._been_at[member].add(till)
        if online:
            self._online_at[member].add(till)

    def sample_due(self, now_ms: int) -> bool:
        """Whether a day has gone since it was looked last."""
        if now_ms < self._next_sample_ms:
            return False
        self._next_sample_ms = now_ms + DAY_MS
        return True

    def sample(self, connection: Connection, online: set[UUID], all_tills: set[UUID]) -> None:
        """Look at what lies where."""
        money = t.holders.c.lot.like("principal:%") | t.holders.c.lot.like("bonus:%")
        held = {
            till_id: int(amount)
            for till_id, amount in connection.execute(
                select(t.holders.c.till_id, func.sum(_OUTSIDE)).where(money).group_by(t.holders.c.till_id)
            )
        }
        lots = t.member_lots.c
        whole = connection.scalar(
            select(func.sum(lots.balance)).where(lots.lot.like("principal:%") | lots.lot.like("bonus:%"))
        )
        if not whole:
            return
        self._samples += 1
        self._all += sum(held.values()) / int(whole)
        for till_id in online & all_tills:
            self._times_online[till_id] += 1
            self._at[till_id] += held.get(till_id, 0) / int(whole)

    @property
    def placed_ratio(self) -> float:
        """What tills hold of all stored value while they are online."""
        return round(sum(self._at[till_id] / times for till_id, times in self._times_online.items()), 4)

    def figures(self) -> dict[str, object]:
        """For the report."""
        return {
            "offline_spend_served_ratio": self.shares["regulars"].by_tries,
            "offline_spend_served_ratio_by_money": self.shares["regulars"].by_money,
            "placed_ratio": self.placed_ratio,
            "placed_ratio_with_tills_cut_off": round(self._all / self._samples, 4) if self._samples else 0.0,
            "offline_spend_served": {name: share.told() for name, share in sorted(self.shares.items())},
        }
