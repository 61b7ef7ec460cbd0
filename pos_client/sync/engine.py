"""The sync engine: what one contact with HQ does, step by step, and nothing about when.

Plain Python over a ledger, HQ's door, a clock and a source of randomness; no threads, no sleeping, no Qt, so that a
test or a replay may drive it and stop it anywhere. `schedule` decides when it runs; the checkout calls `want`.

One control lane: requests go one at a time; each is in the ledger before it is on the wire and is said again in the
same bytes until HQ answers it, also by a process that knows nothing but the ledger. The order within a run: the open
request, rights that a customer at the counter waits for, hello, entries; then the feed.
"""

import contextlib
import random
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import replace

from pos_client.ledger import LaneRequest, Ledger
from pos_client.sync import healing
from pos_client.sync.back_off import BackOff
from pos_client.sync.feed import PullReport, pull_page
from pos_client.sync.hello import hello
from pos_client.sync.hq_api import HqApi, TooLarge, Unreachable, check_answer
from pos_client.sync.lane import Draft, LaneArguments, lane_position
from pos_client.sync.line_state import LineState, RunReport
from pos_client.sync.own_entries import Surplus, give_back, look_for_surplus, set_clock_back
from pos_client.sync.reporting import ReportCursor, Reporting, page_after
from pos_client.sync.wants import Wanted, Wants
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.sync import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, ControlAnswer

HELLO_EVERY_MS = 5 * 60_000
FRESH_CONTACT_MS = 5_000
NOTE_TIME_EVERY_MS = 60_000
OFFSET_MOVED_MS = 2_000
RUN_REQUESTS_MAX = 10_000
ADOPTION_WAITS_MS_MAX = 5_000
LOST_BY_HQ = frozenset({"till_unknown", "signature_wrong"})
DROPPED_REFUSALS = frozenset({"malformed", "request_wrong", "too_large", "till_revoked"})

log = structlog.get_logger(__name__)


class SyncEngine:
    """One till's conversation with HQ. `want`, `wants`, `push_soon` and `state` may be used from any thread; `run_once`
    and `pull` each from one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        api: HqApi,
        clock: Clock,
        randomness: random.Random,
        *,
        program_version: str = "",
    ) -> None:
        self._ledger = ledger
        self._api = api
        self._clock = clock
        self._first_attempt = False
        self._program_version = program_version
        self._back_off = BackOff(randomness)
        self.wants = Wants(clock)
        self._hello_due = True
        self._spoke_at_ms = self._adopting_since_ms = 0
        self._adopted_through = 0  # whatever HQ has not heard up to this seq it has given itself
        self._can_wait_through = self._looked_at_seq = 0  # in this run
        self._served: list[UUID] = []  # and whose rights came in it
        self._contact_at_ms: int | None = None  # monotonic, of this process
        self._noted: tuple[int, int] | None = None  # (monotonic, offset) of HQ's time as noted last
        self._batch_entries = BATCH_ENTRIES_MAX
        self._reporting = Reporting()
        self._epoch_allowed = self._online = False
        self._state: LineState | None = None
        self._since_ms = clock.now_ms()
        self._error = ""
        self._listeners: list[Callable[[LineState], None]] = []
        self._served_listeners: list[Callable[[Sequence[UUID]], None]] = []
        self._change_listeners: list[Callable[[PullReport], None]] = []

    # --- what others ask for ------------------------------------------------------------------------------------

    def want(self, member_id: UUID) -> None:
        """A basket holds this member: get rights and coupons, first thing in the next run."""
        self.wants.member(member_id)

    def push_soon(self) -> None:
        """Say hello in the next run even when nothing is waiting (HQ nudged, or somebody pressed retry)."""
        self._hello_due = True

    @property
    def state(self) -> LineState:
        """What the sync pill shows: as the sync thread last saw it, so a screen that asks waits for no disk."""
        if self._state is None:
            self._state = self._looked_at()
        return self._state

    @property
    def has_wants(self) -> bool:
        """Whether a customer is waiting for rights."""
        return bool(self.wants)

    def on_state(self, listener: Callable[[LineState], None]) -> None:
        """Call `listener` in the sync thread whenever the state was looked at again."""
        self._listeners.append(listener)

    def on_rights(self, listener: Callable[[Sequence[UUID]], None]) -> None:
        """Call `listener` in the sync thread when an answer to `want` was adopted, with the members it is about."""
        self._served_listeners.append(listener)

    def on_changes(self, listener: Callable[[PullReport], None]) -> None:
        """Call `listener` in the pulling thread when the feed changed something in the mirror."""
        self._change_listeners.append(listener)

    # --- one run ------------------------------------------------------------------------------------------------

    def run_once(self, *, pull: bool = True) -> RunReport:
        """Say everything that is to be said; with `pull`, read the feed to its end. Never raises for bad wires."""
        requests = entries_sent = 0
        self._can_wait_through = self._looked_at_seq = 0
        self._reporting.begin_run()
        self._served, pulled = [], PullReport()
        try:
            while requests < RUN_REQUESTS_MAX:
                next_up = self._open_or_next()
                if next_up is None:
                    break
                request, draft = next_up
                requests += 1
                if not self._exchange(request, draft):
                    continue
                if draft.kind == "entries":
                    entries_sent += draft.last_seq - draft.first_seq + 1
                if draft.kind == "rights":
                    self._served += draft.arguments.members
                    self._tell_served(draft.arguments.members)
            if self._ledger.history_wanted() is not None:
                log.info("lost_entries", count=healing.fetch_lost(self._ledger, self._api))
            if pull:
                pulled = self._pull_all()
        except (Unreachable, Refusal) as problem:
            wait_seconds = self._failed(problem.code, getattr(problem, "retry_after_seconds", 0.0))
            return RunReport(
                error=problem.code, retry_seconds=wait_seconds, requests=requests, entries_sent=entries_sent
            )
        self._back_off.after_success()
        self._look(online=True, error="")
        return RunReport(
            requests=requests, entries_sent=entries_sent, members_served=tuple(self._served), pulled=pulled,
            adopted_unsaid=self._ledger.head().seq > self._ledger.delivered_seq(),
        )  # fmt: skip

    def pull(self, wait_seconds: int) -> PullReport:
        """One page of the feed, waiting for news. Raises Unreachable or Refusal; the caller keeps its own back-off."""
        report = pull_page(self._ledger, self._api, wait_seconds)
        self._heard()
        if report.nudge or "rules" in report.changed:  # HQ's people see which tills quote by what they published
            self._hello_due = True
        if report.nudge:
            self.wants.nudged(self._ledger.members_in_use() if self.wants.has_short else ())
        if "home_token" in report.changed:
            self.wants.home_token_due = True
        if report.changed:
            for listener in self._change_listeners:
                listener(report)
        return report

    def _pull_all(self) -> PullReport:
        total = self.pull(0)
        while total.more:
            total = total.and_then(self.pull(0))
        return total

    # --- the lane -----------------------------------------------------------------------------------------------

    def _open_or_next(self) -> tuple[LaneRequest, Draft] | None:
        """The request that is still unanswered, else the most urgent new one, already in the ledger."""
        self._first_attempt = False
        request = self._ledger.open_request()
        if request is not None:
            draft = self._again(request)
            if draft.digest(request.number) == request.digest:
                return request, draft
            # An attachment was deleted meanwhile (a person was forgotten): these bytes cannot be said again.
            log.warning("request_not_repeatable", number=request.number, kind=request.kind)
            self._ledger.drop_request(request.number)
        if self._ledger.identity is None:
            raise Refusal("till_not_enrolled")
        new_draft = self._next_draft()
        if new_draft is None:
            return None
        request = self._ledger.start_request(
            new_draft.kind,
            new_draft.first_seq,
            new_draft.last_seq,
            msgspec.msgpack.encode(new_draft.arguments),
            new_draft.digest,
        )
        self._first_attempt = True
        return request, new_draft

    def _again(self, request: LaneRequest) -> Draft:
        arguments = msgspec.msgpack.decode(request.arguments, type=LaneArguments)
        draft = Draft(request.kind, arguments, request.first_seq, request.last_seq)
        draft.report = page_after(self._ledger, arguments.report_after)
        if request.kind == "entries":
            count = request.last_seq - request.first_seq + 1
            healing.load(draft, self._ledger, self._api, request.first_seq - 1, count, 2 * BATCH_BYTES_MAX)
        return draft

    def _next_draft(self) -> Draft | None:
        """The most urgent thing to say; None when HQ knows all there is to know."""
        frozen = self._ledger.frozen()
        wanted = self._take_wanted() if frozen is None and not self._reporting.wanted else Wanted()
        if wanted:
            position = lane_position(self._ledger)
            return Draft("rights", LaneArguments(
                lane=position, members=wanted.members, tokens=wanted.tokens, sales=wanted.sales
            ))  # fmt: skip
        undelivered = self._ledger.head().seq > self._ledger.delivered_seq()
        if frozen == "till_revoked" and undelivered:
            return self._batch()  # kept aside at HQ; a hello is not answered any more
        if self._hello_due:
            return self._hello()
        if self._ledger.owed() is not None:
            return self._batch()
        # What was only just adopted is no news to HQ: it goes with the sale, or alone when it is quiet or old.
        is_old = self._clock.monotonic_ms() - self._adopting_since_ms >= ADOPTION_WAITS_MS_MAX and not self._served
        can_wait_through = 0 if self._reporting.wanted or is_old else self._can_wait_through
        pending = undelivered and (frozen is not None or self._ledger.head().seq > can_wait_through)
        surplus = Surplus() if frozen or self._reporting.keeps_rights else self._surplus()
        if surplus and self._heard_just_now():
            pending = give_back(self._ledger, surplus) or pending
        elif surplus and not pending:
            # Rights go back only on a live line: on a dead one they would be gone here and not yet there.
            return self._hello()
        if pending:
            return self._batch()
        heal = healing.heal(self._ledger, allowed_at_hq=self._epoch_allowed) if frozen else None
        if heal is not None:
            return heal
        report_after = self._reporting.due
        return self._hello(report_after) if report_after is not None or self._silent_for_long() else None

    def _surplus(self) -> Surplus:
        """What should go back; a run that has written nothing since it last looked need not look again."""
        seq = self._ledger.head().seq
        if seq == self._looked_at_seq and not self.wants.has_recalls:
            return Surplus()
        recalls = self.wants.take_recalls() if self._heard_just_now() else ()
        surplus = look_for_surplus(self._ledger, recalls)
        self._looked_at_seq = 0 if surplus else seq
        return surplus

    def _silent_for_long(self) -> bool:
        return self._clock.monotonic_ms() - self._spoke_at_ms >= HELLO_EVERY_MS

    def _hello(self, report_after: ReportCursor | None = None) -> Draft:
        self._hello_due = False
        return hello(self._ledger, self._program_version, self._clock.now_ms(), report_after)

    def _batch(self) -> Draft:
        return healing.next_batch(self._ledger, self._api, self._batch_entries)

    def _exchange(self, request: LaneRequest, draft: Draft) -> bool:
        """Send, and close the number with the answer. True when the answer served what was asked."""
        sent_ms = self._clock.monotonic_ms()  # somebody may set the other clock meanwhile
        try:
            answer = self._api.control(draft.kind, draft.body(request.number))
        except TooLarge:
            self._ledger.drop_request(request.number)
            self._cut_smaller(draft)
            return False
        except Refusal as refusal:
            if refusal.code in DROPPED_REFUSALS:
                self._ledger.drop_request(request.number)
            if refusal.code == "till_revoked":
                self._ledger.freeze("till_revoked")
            if refusal.code not in LOST_BY_HQ or not self._reporting.may_come_back(self._ledger, self._api):
                raise
            return False
        check_answer(answer, self._ledger.identity, request.number)
        half_trip_ms = (self._clock.monotonic_ms() - sent_ms + 1) // 2
        # A repeated request gets the answer of the first time, whose time is old: only a first one sets the clock.
        offset_ms = answer.hq_time_ms + half_trip_ms - self._clock.now_ms() if self._first_attempt else None
        before = self._ledger.head()
        delivered_before, frozen_before = healing.delivered(self._ledger), self._ledger.frozen()
        self._ledger.close_request(request.number, answer)
        newly_frozen = frozen_before is None and self._ledger.frozen() is not None
        self._hello_due |= newly_frozen or healing.was_not_looked_at(answer, request.number)
        self._epoch_allowed = answer.epoch_allowed
        if answer.targets:
            self._looked_at_seq = 0  # what was right to hold may be too much now
        self._reporting.heed(answer, draft.report)
        if self._ledger.head().epoch != before.epoch:
            self._can_wait_through = self._adopted_through = self._looked_at_seq = 0  # numbers of another epoch
        elif before.seq in (self._ledger.acked()[0], self._adopted_through):
            if before.seq == self._ledger.acked()[0]:
                self._adopting_since_ms = self._clock.monotonic_ms()
            self._can_wait_through = self._adopted_through = self._ledger.head().seq
        if answer.outcome != "kept":  # a key that was taken away prolongs no lease
            self._note_time(answer.hq_time_ms, offset_ms)
        self._heard()
        self._spoke_at_ms = self._clock.monotonic_ms()  # any word is a sign of life
        return self._judge(answer, draft, request.number, moved=healing.delivered(self._ledger) != delivered_before)

    def _judge(self, answer: ControlAnswer, draft: Draft, number: int, *, moved: bool) -> bool:
        """What an answer means for the run. Raises Refusal when going on at once would be of no use."""
        if answer.outcome == "refused":
            raise Refusal(answer.refusal or "hq_refused")
        if answer.outcome != "ok":
            log.warning("lane_answer", outcome=answer.outcome, number=number, hq_head_seq=answer.hq_head_seq)
        served = answer.outcome == "ok" and answer.grant_request in (0, number)
        asked = draft.arguments
        wanted = Wanted(asked.members, asked.tokens, asked.sales)
        if draft.kind == "rights" and not served:
            self.wants.not_served(wanted)
        self.wants.heed(answer, wanted if served else Wanted())
        if not moved and healing.stands_still(answer, draft, frozen=self._ledger.frozen() is not None):
            if draft.arguments.epoch and answer.outcome == "fork":
                self._ledger.forget_owed_ack(draft.arguments.epoch)
            raise Unreachable("hq_stands_still")
        return served

    def _cut_smaller(self, draft: Draft) -> None:
        count = draft.last_seq - draft.first_seq + 1
        if draft.kind != "entries" or count <= 1:
            raise Unreachable("request_too_large")
        self._batch_entries = max(1, count // 2)

    # --- what is kept between runs ------------------------------------------------------------------------------

    def _take_wanted(self) -> Wanted:
        home_token = None
        if self.wants.home_token_due:
            self.wants.home_token_due = False
            home_token = self._ledger.home_token_wanted()
        wanted = self.wants.take(home_token)
        # Of whom HQ has not heard at all it has no rights to give: who was registered here a moment ago.
        unheard = self._ledger.registered_unheard(wanted.members)
        if unheard:
            self._tell_served(sorted(unheard))
        return replace(wanted, members=tuple(member for member in wanted.members if member not in unheard))

    def _note_time(self, hq_time_ms: int, offset_ms: int | None) -> None:
        """HQ's time into the ledger: a commit, so not with every answer but when it moved, and each minute."""
        now_ms = self._clock.monotonic_ms()
        noted_ms, noted_offset_ms = self._noted or (now_ms - NOTE_TIME_EVERY_MS, 0)
        moved = offset_ms is not None and abs(offset_ms - noted_offset_ms) >= OFFSET_MOVED_MS
        if not moved and now_ms - noted_ms < NOTE_TIME_EVERY_MS:
            return
        self._ledger.note_contact(hq_time_ms, offset_ms)
        if offset_ms is not None:
            self._noted = (now_ms, offset_ms)
            set_clock_back(self._ledger)

    def _heard(self) -> None:
        self._contact_at_ms = self._clock.monotonic_ms()

    def _heard_just_now(self) -> bool:
        return self._contact_at_ms is not None and self._clock.monotonic_ms() - self._contact_at_ms <= FRESH_CONTACT_MS

    def _failed(self, code: str, retry_after_seconds: float) -> float:
        self._contact_at_ms = None
        with contextlib.suppress(Refusal):  # a full disk has been said already: `code` is it
            self._ledger.note_error(code)
        # Whatever happened out there, the first word afterwards is who and where we are.
        self._hello_due = True
        self.wants.line_lost()
        self._look(online=False, error=code)
        return self._back_off.after_failure(retry_after_seconds)

    def _tell_served(self, members: Sequence[UUID]) -> None:
        for listener in self._served_listeners:
            listener(members)

    def _look(self, *, online: bool, error: str) -> None:
        if self._online != online:
            self._online, self._since_ms = online, self._clock.now_ms()
        self._error = error
        self._state = self._looked_at() if self._listeners else None
        for listener in self._listeners:
            listener(self.state)

    def _looked_at(self) -> LineState:
        waiting = self._ledger.sync_state()
        return LineState(
            online=self._online,
            since_ms=self._since_ms,
            last_contact_ms=waiting.last_contact_ms,
            error=self._error,
            frozen=waiting.frozen,
            waiting_entries=waiting.waiting_entries,
            waiting_fen=waiting.waiting_fen,
            oldest_waiting_ms=waiting.oldest_waiting_ms,
            hq_recovering=self._reporting.recovering,
        )
