"""What a customer at the counter waits for, and what HQ wants back: members' rights, single tokens, rights to refund.

Filled from any thread, emptied by the engine. A token that another till has is asked for again when HQ nudges: it gave
it back meanwhile; and every few seconds without a nudge. After a while nobody waits any longer.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct

from pos_client.sync.lane import WANTED_MEMBERS_MAX
from shared_models.moments import Clock
from shared_models.sync import ControlAnswer, SaleWanted, TokenHeld, TokenRecall

WANT_LIFE_MS = 10 * 60_000
ASK_AGAIN_AFTER_MS = 5_000
"""A nudge is not to be relied on: a sale that HQ had not heard of when it was asked for is no other till's yet, so that
nobody is remembered for it; and a hello for something else takes the nudge off."""
WANTED_TOKENS_MAX = 50
ASKED_AGAIN_MAX = 5
"""So often a member is asked for again whose rights other tills are asked to give back."""
_FINAL = frozenset({"unknown", "used", "withdrawn", "expired", "order"})

SaleKey = tuple[UUID | None, str, UUID | None]


@dataclass(slots=True)
class _Want:
    asked_at_ms: int
    due: bool = True
    taken_at_ms: int = 0


class Wanted(Struct, frozen=True):
    """What to ask HQ for in one request."""

    members: tuple[UUID, ...] = ()
    tokens: tuple[UUID, ...] = ()
    sales: tuple[SaleWanted, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.members or self.tokens or self.sales)


class Wants:
    """Thread-safe. Times are monotonic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._members: dict[UUID, int] = {}
        self._short: dict[UUID, int] = {}  # member -> how often more of theirs was on its way
        self._tokens: dict[UUID, _Want] = {}
        self._sales: dict[SaleKey, tuple[SaleWanted, _Want]] = {}
        self._held: dict[UUID | SaleKey, TokenHeld] = {}
        self._recalls: dict[UUID, TokenRecall] = {}
        self.home_token_due = True

    # --- from the counter ---------------------------------------------------------------------------------------

    def member(self, member_id: UUID) -> None:
        """A basket holds this member."""
        with self._lock:
            self._members[member_id] = self._clock.monotonic_ms()

    def want_token(self, token: UUID) -> None:
        """A coupon was scanned that is not here."""
        with self._lock:
            self._tokens[token] = _Want(self._clock.monotonic_ms())
            self._held.pop(token, None)

    def want_sale(self, wanted: SaleWanted) -> None:
        """A receipt was scanned whose right to refund is not here."""
        key = _key(wanted)
        with self._lock:
            self._sales[key] = (wanted, _Want(self._clock.monotonic_ms()))
            self._held.pop(key, None)

    def held_token(self, token: UUID) -> TokenHeld | None:
        """Why HQ did not give what was last asked for; None while nothing was said, or it came."""
        with self._lock:
            return self._held.get(token)

    def held_sale(self, wanted: SaleWanted) -> TokenHeld | None:
        """The same of a sale."""
        with self._lock:
            return self._held.get(_key(wanted))

    def __bool__(self) -> bool:
        """Whether anything is to be asked for now."""
        with self._lock:
            sales = any(want.due for _wanted, want in self._sales.values())
            return bool(self._members) or sales or any(want.due for want in self._tokens.values())

    # --- from the engine ----------------------------------------------------------------------------------------

    def take(self, home_token: UUID | None) -> Wanted:
        """What is due, and the home token where it should come here."""
        with self._lock:
            self._forget_old()
            members = tuple(self._members)[:WANTED_MEMBERS_MAX]
            for member in members:
                del self._members[member]
            tokens = [token for token, want in self._tokens.items() if want.due][:WANTED_TOKENS_MAX]
            sales = [(wanted, want) for wanted, want in self._sales.values() if want.due][:WANTED_TOKENS_MAX]
            for want in (*(self._tokens[token] for token in tokens), *(want for _wanted, want in sales)):
                want.due, want.taken_at_ms = False, self._clock.monotonic_ms()
        also = [home_token] if home_token is not None else []
        return Wanted(members, (*tokens, *also), tuple(wanted for wanted, _want in sales))

    def not_served(self, wanted: Wanted) -> None:
        """HQ answered something else first: ask again."""
        for member in wanted.members:
            self.member(member)
        with self._lock:
            for token in wanted.tokens:
                if token in self._tokens:
                    self._tokens[token].due = True
            for sale in wanted.sales:
                if _key(sale) in self._sales:
                    self._sales[_key(sale)][1].due = True
        self.home_token_due = True

    def heed(self, answer: ControlAnswer, wanted: Wanted) -> None:
        """What came is wanted no more, and why the rest did not come is kept for who asks."""
        with self._lock:
            for member in wanted.members:
                if member not in answer.short:
                    self._short.pop(member, None)
            for member in answer.short:
                self._short[member] = self._short.get(member, 0) + 1
            self._recalls.update({recall.token: recall for recall in answer.recalls})
            refused = {held.token for held in answer.held if held.token is not None}
            refused_sales = {_key(held) for held in answer.held if held.token is None}
            for held in answer.held:
                self._note(held)
            for token in wanted.tokens:
                if token not in refused:
                    self._tokens.pop(token, None)
                    self._held.pop(token, None)  # it came: what was said of it before is over
            for sale in wanted.sales:
                if _key(sale) not in refused_sales:
                    self._sales.pop(_key(sale), None)

    @property
    def has_short(self) -> bool:
        """Whether more of a member's rights was on its way when HQ last answered."""
        with self._lock:
            return bool(self._short)

    def nudged(self, members_in_use: Collection[UUID] = ()) -> None:
        """HQ nudged: what another till had may be free now. A member is asked for again while a basket holds them."""
        with self._lock:
            for member, asked in list(self._short.items()):
                if member in members_in_use and asked <= ASKED_AGAIN_MAX:
                    self._members[member] = self._clock.monotonic_ms()
                else:
                    del self._short[member]
        self.line_lost()
        self.home_token_due = True

    def line_lost(self) -> None:
        """Whatever HQ nudged for meanwhile may never have been heard: what is waited for is asked for again."""
        with self._lock:
            for want in self._tokens.values():
                want.due = True
            for _wanted, want in self._sales.values():
                want.due = True

    def ask_again(self) -> bool:
        """From the schedule, every second: what was asked for a while ago and did not come is due again. Whether
        anything became due."""
        oldest_ms = self._clock.monotonic_ms() - ASK_AGAIN_AFTER_MS
        with self._lock:
            self._forget_old()
            waiting = (*self._tokens.values(), *(want for _wanted, want in self._sales.values()))
            again = [want for want in waiting if not want.due and want.taken_at_ms <= oldest_ms]
            for want in again:
                want.due = True
        return bool(again)

    def take_recalls(self) -> tuple[TokenRecall, ...]:
        """What HQ wants back, told once: it asks again where somebody still waits."""
        with self._lock:
            taken = tuple(self._recalls.values())
            self._recalls.clear()
        return taken

    @property
    def has_recalls(self) -> bool:
        """Whether HQ wants something back."""
        with self._lock:
            return bool(self._recalls)

    def _note(self, held: TokenHeld) -> None:
        key = held.token if held.token is not None else _key(held)
        self._held[key] = held
        if held.code in _FINAL:
            if isinstance(key, UUID):
                self._tokens.pop(key, None)
            else:
                self._sales.pop(key, None)

    def _forget_old(self) -> None:
        # After an outage nobody waits any longer for what was wanted in it.
        oldest_ms = self._clock.monotonic_ms() - WANT_LIFE_MS
        self._members = {member: at_ms for member, at_ms in self._members.items() if at_ms >= oldest_ms}
        self._tokens = {token: want for token, want in self._tokens.items() if want.asked_at_ms >= oldest_ms}
        self._sales = {key: pair for key, pair in self._sales.items() if pair[1].asked_at_ms >= oldest_ms}


def _key(sale: SaleWanted | TokenHeld) -> SaleKey:
    return sale.sale_id, sale.receipt_number, sale.store_id
