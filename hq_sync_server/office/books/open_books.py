"""The books, open for one transaction: everything an entry or a fact of HQ's does is booked here and written once.

`books.Books` is what the office opens: the same, with what is placed at tills kept up when they close. Only who works
for `books` itself (`placing`, `risks`) names this room.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from msgspec import structs

from hq_sync_server.office.books import fact_effects, home_feed, member_rows, order_feed, placement_shelves, shelves
from hq_sync_server.office.books.pages import HolderPage, LotKey, LotPage, MemberPage, Note, Risk, SoldPage, TokenPage
from hq_sync_server.office.books.placement import StoreTerms
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import bulk, statements, tables
from shared_models.bodies import Body, LossBooked, encode_body, type_of
from shared_models.entries import Head
from shared_models.ids import HQ_TILL_ID
from shared_models.moments import business_date_of
from shared_models.postings import Posting, derive_postings, postings_digest
from shared_models.tokens import home_token

_LOT_ACCOUNTS = frozenset({"principal", "bonus", "points"})
_ID_BLOCK = 64

ENTRY_COLUMNS = (
    *("entry_id", "till_id", "epoch", "seq", "prev_hash", "entry_hash", "entry_type", "type_version", "body"),
    *("business_id", "business_date", "member_id", "received_at_ms", "verdict", "verdict_codes", "counts"),
    "refers_to",
)


class OpenBooks:
    """Open books. `till_id`, `epoch` name the holder whose counters are booked (HQ's own facts: none)."""

    def __init__(self, work: Work, till_id: UUID = HQ_TILL_ID, epoch: int = 0, store_id: UUID | None = None) -> None:
        self.work = work
        self.till_id = till_id
        self.epoch = epoch
        self.store_id = store_id
        self.members: dict[UUID, MemberPage] = {}
        self.lots: dict[LotKey, LotPage] = {}
        self._lots_of: dict[UUID, set[str]] = defaultdict(set)
        self._aliases: dict[UUID, set[UUID]] = defaultdict(set)
        self.holders: dict[LotKey, HolderPage] = {}
        self.tokens: dict[UUID, TokenPage] = {}
        self.sold: dict[UUID, SoldPage] = {}
        self.rules_in_force: dict[str, str | None] = {}  # by business date, as `quotes` looked them up
        self.notes: list[Note] = []
        self._free_ids: deque[int] = deque()
        self._entry_rows: list[bulk.Row] = []
        self._posting_rows: list[bulk.Row] = []
        self._changed_lots: set[LotKey] = set()
        self._changed_holders: set[LotKey] = set()
        self._changed_tokens: set[UUID] = set()
        self._changed_balances: set[LotKey] = set()
        self._changed_marks: set[UUID] = set()
        self._new_holes: set[tuple[UUID, UUID, int, int, bytes]] = set()
        self._changed_spend: set[tuple[UUID, str]] = set()
        self._awaited: bool | None = None
        self.placed = placement_shelves.PlacementChanges()
        # For `placing`: whose placement was worked out anew in these books, and what it looked up for that.
        self.renewed: set[UUID] = set()
        self.store_terms: dict[UUID, StoreTerms | None] = {}
        self.holder_till_id: UUID | None = None

    # --- opening ------------------------------------------------------------------------------------------------

    def open(self, subjects: Collection[UUID], token_ids: Collection[UUID] = ()) -> None:
        """Lock these members, all united with them, and these tokens; read what is known of them. May be called again
        for more; what is open already stays as it is."""
        connection = self.work.connection
        wanted = set(subjects) - self.members.keys()
        if wanted:
            wanted = shelves.group_of(connection, wanted) - self.members.keys()
            pages = shelves.lock_members(connection, wanted, self.work.now_ms)
            with statements.together(connection):
                of_members, placed = shelves.ask_members(connection, wanted), placement_shelves.ask(connection, wanted)
                lots = shelves.ask_lots(connection, wanted)
                holders = shelves.ask_holders(connection, wanted, self.till_id, self.epoch)
                shelves.fill_members(pages, of_members)
                placement_shelves.fill(pages, placed)
                self._open_lots(shelves.lots_of(lots))
                self.holders.update(shelves.holders_of(holders))
            self.members.update(pages)
            for page in pages.values():
                if page.is_alias:
                    self._aliases[page.canonical_id].add(page.member_id)
            for page in pages.values():
                self.tokens.update(page.coupons)
        self._open_tokens(set(token_ids) - self.tokens.keys())

    def _open_tokens(self, missing: set[UUID]) -> None:
        """These tokens, and the home tokens that printed ones among them belong to."""
        if not missing:
            return
        if self.store_id is not None:
            missing = missing | {home_token(self.store_id)} - self.tokens.keys()
        found = shelves.tokens_where(self.work.connection, "token", missing)
        self.tokens.update({page.token: page for page in found})
        homes = {home_token(page.home_store_id) for page in found if page.home_store_id is not None}
        others = shelves.tokens_where(self.work.connection, "token", homes - self.tokens.keys())
        self.tokens.update({page.token: page for page in others})

    def open_campaigns(self, campaigns: Collection[UUID]) -> None:
        """Lock and read the lots of campaigns: subjects that are no members."""
        if campaigns:
            self._open_lots(shelves.lots_of(shelves.ask_lots(self.work.connection, campaigns, locked=True)))
            holders = shelves.ask_holders(self.work.connection, campaigns, self.till_id, self.epoch)
            self.holders.update(shelves.holders_of(holders))

    def _open_lots(self, lots: dict[LotKey, LotPage]) -> None:
        for key, page in lots.items():
            page.recovering = page.recovering or self.work.recovering
            self._lots_of[key[0]].add(key[1])
        self.lots.update(lots)

    def reserve_ids(self, count: int) -> None:
        """Draw entry ids for that many entries at once."""
        if len(self._free_ids) < count:
            self._free_ids = deque(bulk.next_entry_ids(self.work.connection, count + _ID_BLOCK))

    def next_id(self) -> int:
        """The id of the next entry."""
        if not self._free_ids:
            self._free_ids = deque(bulk.next_entry_ids(self.work.connection, _ID_BLOCK))
        return self._free_ids.popleft()

    @property
    def awaited(self) -> bool:
        """Whether HQ, restored from a backup, has yet to hear from this till what it was given: until then HQ believes
        the till's own entries about that (`belief`)."""
        if self._awaited is None:
            self._awaited = shelves.is_awaited(self.work.connection, self.work.hq_epoch, self.till_id)
        return self._awaited

    def canonical(self, member_id: UUID) -> MemberPage:
        """The page of the person behind an id."""
        return self.members[self.members[member_id].canonical_id]

    def aliases_of(self, member_id: UUID) -> list[MemberPage]:
        """Those united with this canonical member."""
        return [self.members[alias] for alias in sorted(self._aliases.get(member_id, ()))]

    def name_alias(self, alias_id: UUID, canonical_id: UUID) -> None:
        """One member is another's alias from now on."""
        self.members[alias_id].canonical_id = canonical_id
        self._aliases[canonical_id].add(alias_id)

    def free_lots(self, subject: UUID) -> list[tuple[LotKey, LotPage]]:
        """The subject's lots of which something is free, in spending order; not those being recovered."""
        keys = [(subject, lot) for lot in sorted(self._lots_of.get(subject, ()))]
        return [(key, page) for key in keys if (page := self.lots[key]).free > 0 and not page.recovering]

    # --- booking ------------------------------------------------------------------------------------------------

    def add_entry(self, row: bulk.Row) -> None:
        """An entry to keep, in the order of ENTRY_COLUMNS."""
        self._entry_rows.append(row)

    def post(self, entry_id: int, postings: Iterable[Posting]) -> None:
        """Keep postings, and book those that are a member's."""
        for ordinal, posting in enumerate(postings):
            subject = posting.subject
            self._posting_rows.append(
                (entry_id, ordinal, posting.account, posting.unit, posting.amount, subject, posting.lot)
            )
            if subject is None:
                continue
            page = self.members.get(subject)
            if page is None:
                continue
            page.touched = True
            if posting.account in _LOT_ACCOUNTS:
                page.balances[posting.lot] = page.balances.get(posting.lot, 0) - posting.amount
                self._changed_balances.add((subject, posting.lot))
            elif posting.account == "points_debt":
                page.points_debt += posting.amount
                page.changed = True
            elif posting.account == "bonus_debt":
                page.bonus_debt_fen += posting.amount
                page.changed = True
            elif posting.account == "risk":
                today = business_date_of(self.work.now_ms)
                page.risks.setdefault(posting.lot, Risk(self.till_id, 0, today)).open_fen += posting.amount
                self.placed.risks.add((subject, posting.lot))

    def lot(self, key: LotKey) -> LotPage:
        """HQ's side of a lot, to be changed."""
        self._changed_lots.add(key)
        self._lots_of[key[0]].add(key[1])
        return self.lots.setdefault(key, LotPage(recovering=self.work.recovering))

    def holder(self, key: LotKey) -> HolderPage:
        """The holder's counters of a lot, to be changed."""
        self._changed_holders.add(key)
        return self.holders.setdefault(key, HolderPage())

    def token(self, page: TokenPage) -> TokenPage:
        """A token, to be changed or made."""
        self.tokens[page.token] = page
        self._changed_tokens.add(page.token)
        if page.subject is not None and page.subject in self.members:
            member = self.members[page.subject]
            member.touched = True
            if page.kind == "coupon":
                member.coupons[page.token] = page
        return page

    def mark(self, member_id: UUID, seq: int) -> None:
        """The member's row includes this till's entries up to here."""
        page = self.members[member_id]
        if page.marks.get(self.till_id, (0, 0)) > (self.epoch, seq):
            page.touched = True  # what still comes of an earlier epoch, or of a copy that fell behind, moves no mark
            return
        page.marks[self.till_id] = (self.epoch, seq)
        page.touched = True
        self._changed_marks.add(member_id)

    def hole(self, member_id: UUID, seq: int, entry_hash: bytes) -> None:
        """...but not this parked one."""
        page = self.members[member_id]
        page.holes.add((self.till_id, self.epoch, seq, entry_hash))
        page.touched = True
        self._new_holes.add((member_id, self.till_id, self.epoch, seq, entry_hash))

    def add_spend(self, member_id: UUID, month: str, amount_fen: int) -> None:
        """What a person spent in a month, refunds taken off."""
        page = self.members[member_id]
        page.spend[month] = page.spend.get(month, 0) + amount_fen
        page.touched = True
        self._changed_spend.add((member_id, month))

    def note(self, note: Note) -> None:
        """Raise an exception."""
        self.notes.append(note)

    # --- HQ's own facts -----------------------------------------------------------------------------------------

    def head(self, *subjects: UUID) -> Head:
        """The head of a fact of HQ's own, now."""
        return Head(
            business_id=self.work.ids.new_id(),
            business_date=business_date_of(self.work.now_ms),
            subjects=subjects,
            till_time_ms=self.work.now_ms,
        )

    def record(self, body: Body) -> int:
        """Write a fact of HQ's own with all its effects; its subjects must be open. The sequencer links it."""
        postings = derive_postings(body)
        head = structs.replace(body.head, postings_digest=postings_digest(postings))
        body = structs.replace(body, head=head)
        self.work.has_news = True
        entry_type, type_version = type_of(body)
        entry_id = self.next_id()
        first = head.subjects[0] if head.subjects else None
        self.add_entry(
            (
                *(entry_id, HQ_TILL_ID, 1, None, None, None, entry_type, type_version, encode_body(body)),
                *(head.business_id, head.business_date, first, self.work.now_ms, "ok", "", True, None),
            )
        )
        self.post(entry_id, postings)
        fact_effects.book(self, body)
        return entry_id

    def book_loss(self, key: LotKey, amount: int, names_entry: str, reason: str) -> None:
        """The holder spent `amount` more than it had: L of that holder, never C, so that a loss cannot be granted."""
        self.record(
            LossBooked(
                head=self.head(key[0]),
                subject=key[0],
                lot=key[1],
                till_id=self.till_id,
                epoch=self.epoch,
                amount=amount,
                names_entry=names_entry,
                reason=reason,
            )
        )

    def value_changed(self) -> set[UUID]:
        """Whose value, rights or record changed in these books."""
        keys = self._changed_lots | self._changed_holders | self._changed_balances
        marked = {page.member_id for page in self.members.values() if page.changed}
        return {subject for subject, _ in keys} | {member_id for member_id, _ in self.placed.habits} | marked

    # --- closing ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Write everything that changed, and publish the members' rows. Whoever goes on in the same transaction may
        change more and close again."""
        connection = self.work.connection
        bulk.insert(connection, tables.entries, ENTRY_COLUMNS, self._entry_rows)
        columns = ("entry_id", "ordinal", "account", "unit", "amount", "subject", "lot")
        bulk.insert(connection, tables.postings, columns, self._posting_rows)
        for page in list(self.members.values()):
            if page.touched and page.is_alias:
                self.members[page.canonical_id].touched = True
        shelves.write_notes(connection, self.notes, self.work.ids, self.work.now_ms)
        changed = [self.tokens[token] for token in self._changed_tokens]
        of_tokens = [*home_feed.changes(self.work, changed), *order_feed.changes(self.work, changed)]
        with statements.together(connection):
            shelves.write_members(connection, [page for page in self.members.values() if page.changed])
            shelves.write_lots(connection, self.lots, self._changed_lots)
            shelves.write_holders(connection, self.holders, self._changed_holders, self.till_id, self.epoch)
            shelves.write_tokens(connection, [self.tokens[token] for token in self._changed_tokens])
            self._write_figures()
            placement_shelves.write(connection, self.members, self.placed)
            feed.publish_many(self.work, [*self._member_changes(), *of_tokens])
        self._all_is_written()

    def _all_is_written(self) -> None:
        for page in self.members.values():
            page.touched = page.changed = False
        for token in self._changed_tokens:
            self.tokens[token].was_covered = self.tokens[token].covered
        self.notes, self._entry_rows, self._posting_rows = [], [], []
        self.placed = placement_shelves.PlacementChanges()
        changes: tuple[set[Any], ...] = (
            *(self._changed_lots, self._changed_holders, self._changed_tokens, self._changed_balances),
            *(self._changed_marks, self._changed_spend, self._new_holes),
        )
        for some in changes:
            some.clear()

    def _member_changes(self) -> list[feed.FeedChange]:
        touched = [page for page in self.members.values() if page.touched]
        return [member_rows.change(page, self.aliases_of(page.member_id), self.work.now_ms) for page in touched]

    def _write_figures(self) -> None:
        connection, members = self.work.connection, self.members
        rows: list[bulk.Row] = [(one, lot, members[one].balances[lot]) for one, lot in sorted(self._changed_balances)]
        for some in bulk.chunks(rows):
            bulk.upsert(connection, tables.member_lots, ("member_id", "lot", "balance"), some)
        rows = [(one, self.till_id, *members[one].marks[self.till_id]) for one in sorted(self._changed_marks)]
        for some in bulk.chunks(rows):
            bulk.upsert(connection, tables.member_marks, ("member_id", "till_id", "epoch", "seq"), some)
        columns = ("member_id", "till_id", "epoch", "seq", "entry_hash")
        bulk.upsert(connection, tables.member_holes, columns, sorted(self._new_holes), changes="nothing")
        rows = [(one, month, members[one].spend[month]) for one, month in sorted(self._changed_spend)]
        for some in bulk.chunks(rows):
            bulk.upsert(connection, tables.member_spend, ("member_id", "month", "spend_fen"), some)
