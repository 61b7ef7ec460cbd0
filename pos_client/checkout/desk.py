"""What the rooms of the checkout share: the ledger, the time, who works here, and the open basket."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from pos_client.checkout.approvals import Approvals
from pos_client.checkout.asking import NoLine, TokenLine
from pos_client.checkout.day_tally import TALLIED_TYPES, DayTally
from pos_client.checkout.drafts import Draft, DraftLine, Undoable, encode_draft
from pos_client.checkout.open_top_up import OpenTopUp
from pos_client.checkout.receipt import Letterhead, Translate
from pos_client.checkout.views import LineView
from pos_client.devices.wallets import NoWallets, WalletLine
from pos_client.ledger.answers import MemberFigure, ShiftState, TillIdentity
from pos_client.ledger.ledger import Ledger
from shared_models.bodies import Body
from shared_models.catalog import StaffRow, StoreRow
from shared_models.entries import Attachment, AttachmentKind, Entry, Head
from shared_models.ids import IdSource
from shared_models.moments import Clock, local_minute_of
from shared_models.refusals import Refusal
from shared_models.rule_engine import BasketLine
from shared_models.rules import StoreRules
from shared_models.sales import SaleLine


class CounterKeys(Protocol):
    """The secret a till keeps beside its ledger: the chain's key for phone hashes."""

    @property
    def phone_key(self) -> bytes:
        """The chain's key for the hash of phone numbers and missed terms."""
        ...


class Desk:
    """State of the counter, for the rooms of the checkout alone."""

    def __init__(
        self, ledger: Ledger, clock: Clock, ids: IdSource, keys: CounterKeys, translate: Translate,
        want_rights: Callable[[UUID], None], push_soon: Callable[[], None], line: TokenLine,
        wallets: WalletLine | None = None,
    ) -> None:  # fmt: skip
        self.line = line
        self.wallets: WalletLine = NoWallets() if wallets is None else wallets
        self.ledger = ledger
        self.clock = clock
        self.ids = ids
        self.keys = keys
        self.translate = translate
        self.logo = b""
        self.want_rights = want_rights
        self.push_soon = push_soon
        self.approvals = Approvals(clock, ids)
        self.cashier: StaffRow | None = None
        self.draft = Draft(basket_id=ids.new_id())
        self.draft_is_saved = False
        self.undoable: list[Undoable] = []
        self.top_up: OpenTopUp | None = None
        self.priced_lines: tuple[tuple[BasketLine, SaleLine], ...] = ()
        self.shown_lines: dict[int, tuple[DraftLine, SaleLine, LineView]] = {}
        self.shift: ShiftState | None = ledger.current_shift() if ledger.identity is not None else None
        self.held_count = ledger.held_count()
        self._tally: DayTally | None = None
        self._store: tuple[int, StoreRow] | None = None
        self._figure: tuple[int, UUID, MemberFigure | None] | None = None

    @property
    def identity(self) -> TillIdentity:
        """Who this till is. Refuses `not_enrolled`."""
        identity = self.ledger.identity
        if identity is None:
            raise Refusal("not_enrolled", who="hq")
        return identity

    def store(self) -> StoreRow:
        """This store, or what is known of it before HQ was first heard. Read anew after each entry."""
        seq = self.ledger.head().seq
        if self._store is None or self._store[0] != seq:
            known = self.ledger.store()
            nameless = StoreRow(store_id=self.identity.store_id, code="", name=self.identity.chain_name)
            self._store = seq, nameless if known is None else known
        return self._store[1]

    def figure(self, member_id: UUID, *, fresh: bool = False) -> MemberFigure | None:
        """A member's figures. Rights reach this till as entries only, so what was read since the last entry still
        holds; HQ's fresh word on balances is seen with `fresh`, which every refresh of a screen asks for."""
        seq = self.ledger.head().seq
        if fresh or self._figure is None or self._figure[:2] != (seq, member_id):
            self._figure = seq, member_id, self.ledger.member_figure(member_id, self.business_date())
        return self._figure[2]

    def rules(self) -> StoreRules:
        """The rules in force on the business date. Refuses `no_rules` where HQ never sent any."""
        rules = self.ledger.rules_for(self.business_date())
        if rules is None:
            raise Refusal("no_rules", who="hq")
        return rules

    def business_date(self) -> str:
        """The shift's; without one, that of the clock and the store's day cut."""
        return self.ledger.new_head().business_date if self.shift is None else self.shift.business_date

    def local_minute(self) -> int:
        """Minute of the store's day, for promotions."""
        return local_minute_of(self.clock.now_ms(), self.store().time_zone)

    def is_cut_off(self) -> bool:
        """Whether HQ did not answer when it was last asked, was never heard, or there is nobody who would ask."""
        state = self.ledger.sync_state()
        return isinstance(self.line, NoLine) or bool(state.last_error) or not state.last_contact_ms

    def need_cashier(self) -> StaffRow:
        """Who is logged in. Refuses `nobody_logged_in`."""
        if self.cashier is None:
            raise Refusal("nobody_logged_in", who="cashier")
        return self.cashier

    def need_shift(self) -> ShiftState:
        """The open shift. Refuses `no_shift`."""
        if self.shift is None:
            raise Refusal("no_shift", who="cashier")
        return self.shift

    def tally(self) -> DayTally:
        """What happened on the business date so far, read from the ledger once a day and after a start."""
        business_date = self.business_date()
        if self._tally is None or self._tally.business_date != business_date:
            tally = DayTally(business_date, self.ledger.rules_by_hash)
            for entry in self.ledger.entries(TALLIED_TYPES, business_date=business_date):
                body = self.ledger.body_of(entry)
                if body is not None:
                    tally.add(body)
            self._tally = tally
        return self._tally

    def save(self, draft: Draft) -> None:
        """The basket as it is from now on: on disk when this returns. An empty one leaves the disk."""
        if draft.lines or draft.member is not None or draft.tenders:
            member_id = None if draft.member is None else draft.member.member_id
            self.ledger.save_basket(
                draft.basket_id, "open", encode_draft(draft), member_id, order_id=draft.order_in_hand
            )
            self.draft_is_saved = True
        elif self.draft_is_saved:
            self.ledger.drop_basket(draft.basket_id)
            self.draft_is_saved = False
        self.draft = draft

    def new_draft(self) -> None:
        """An empty basket; the one before is done, held or dropped."""
        self.draft = Draft(basket_id=self.ids.new_id())
        self.draft_is_saved = False
        self.undoable = []

    def head(self, *, business_id: UUID | None = None, subjects: Iterable[UUID] = ()) -> Head:
        """The head of a new entry: who, when in the books, whom it concerns. The ledger adds time and digest."""
        return Head(
            business_id=business_id if business_id is not None else self.ids.new_id(),
            business_date=self.business_date(),
            shift_id=None if self.shift is None else self.shift.shift_id,
            cashier_id=self.need_cashier().staff_id,
            subjects=tuple(dict.fromkeys(subjects)),
        )

    def attachment(self, kind: AttachmentKind, text: str) -> Attachment:
        """Personal data or free text beside an entry."""
        return Attachment(kind=kind, salt=self.ids.new_salt(), content=text.encode())

    def receipt_number(self, place: int = 1) -> str:
        """A number no other receipt of this till has: the head of the chain only grows within an epoch. `place` among
        the facts that are written together."""
        head = self.ledger.head()
        return f"{self.identity.till_number:02d}{head.epoch}-{head.seq + place}"

    def write(self, body: Body, attachments: Sequence[Attachment] = (), *, basket_done: UUID | None = None) -> Entry:
        """Write a fact and let HQ know soon. Once this returns it is on disk."""
        return self.write_all(((body, attachments),), basket_done=basket_done)[-1]

    def write_all(
        self, facts: Sequence[tuple[Body, Sequence[Attachment]]], *, basket_done: UUID | None = None
    ) -> list[Entry]:
        """The same for facts that are true together or not at all."""
        tally = self.tally()
        entries = self.ledger.append_all(facts, basket_done=basket_done)
        for body, _attachments in facts:
            tally.add(body)
        self.push_soon()
        return entries

    def write_for_member(self, body: Body, attachments: Sequence[Attachment] = ()) -> Entry:
        """Write a fact about the basket's member. From a basket with nothing else in it the member then leaves, so that
        what this till holds of hers goes back and she can spend it at any other till at once."""
        nothing_else = not self.draft.lines and not self.draft.tenders
        entry = self.write(body, attachments, basket_done=self.draft.basket_id if nothing_else else None)
        if nothing_else:
            self.new_draft()
        return entry

    def letterhead(self) -> Letterhead:
        """What every receipt of this till begins and ends with."""
        store, rules, identity = self.store(), self.rules(), self.identity
        return Letterhead(
            chain_name=identity.chain_name,
            store_id=identity.store_id,
            store_name=store.name,
            till_number=identity.till_number,
            time_zone=store.time_zone,
            header=rules.receipt_header,
            footer=rules.receipt_footer,
            invoice_link=rules.invoice_link,
            translate=self.translate,
            logo=self.logo,
            staff_names={row.staff_id: row.name for row in self.ledger.staff_list()},
        )
