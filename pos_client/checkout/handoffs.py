"""Things that one store takes in and another hands over: to be mended there, or picked up there.

What happens to a thing is told where it is, as a fact of that till, also while it is cut off; the other store's tills
hear of it from HQ. A slip with a code goes with the thing: it is known by it even where nobody has heard of it yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.handoff_slips import for_handoff
from pos_client.checkout.receipt_numbers import receipt_named
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.service import ticket_text
from pos_client.checkout.views import DoneView
from shared_models.bodies import TicketMoved, TicketOpened
from shared_models.catalog import StoreRow
from shared_models.codes import parse_scan
from shared_models.entries import Entry
from shared_models.refusals import Refusal
from shared_models.service import HANDOFF_KINDS, HANDOFF_STEPS, HandoffStep, TicketKind, TicketRow, TicketStep, furthest

TEXT_LETTERS_MAX = 200
HANDOFFS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step that was told of, and where."""

    step: HandoffStep
    store_name: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffView:
    """A thing under way. `next_steps`: what may be told here. `category` is '' for one this till has not heard of:
    its slip was scanned. `text` is '' once it was deleted."""

    ticket_id: UUID
    category: str = ""
    receipt_number: str = ""
    from_store: str = ""
    to_store: str = ""
    text: str = ""
    opened_at_ms: int = 0
    steps: tuple[StepView, ...] = ()
    stands: HandoffStep | None = None
    next_steps: tuple[HandoffStep, ...] = ()


class Handoffs:
    """See the module."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def stores(self) -> tuple[StoreRow, ...]:
        """Where something may be handed to."""
        here = self._desk.identity.store_id
        return tuple(row for row in self._desk.ledger.stores() if row.store_id != here)

    def take_in(self, kind: TicketKind, to_store_id: UUID, text: str) -> DoneView:
        """Something is handed to another store, for the member on the basket where there is one. Two slips: the
        customer's, and the one that goes with the thing. Refuses `ticket_kind_unknown`, `store_unknown_here`,
        `text_missing`, `text_too_long`, `no_shift`."""
        self._desk.need_shift()
        if kind not in HANDOFF_KINDS:
            raise Refusal("ticket_kind_unknown", who="cashier")
        if to_store_id not in {row.store_id for row in self.stores()}:
            raise Refusal("store_unknown_here", text=to_store_id.hex[:8], who="hq")
        words = ticket_text(text, TEXT_LETTERS_MAX)
        member = self._desk.draft.member
        note = self._desk.attachment("note", words)
        ticket_id = self._desk.ids.new_id()
        body = TicketOpened(
            head=self._desk.head(business_id=ticket_id, subjects=() if member is None else (member.member_id,)),
            ticket_id=ticket_id,
            member_id=None if member is None else member.member_id,
            category=kind,
            note_attachment=note.attachment_hash,
            receipt_number=self._desk.receipt_number(),
            to_store_id=to_store_id,
        )
        entry = self._desk.write(body, (note,))
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, TicketOpened), "what was written is what was meant"
        named = None if member is None else receipt_member(self._desk, member.member_id)
        return DoneView(
            entry_type="ticket_opened",
            business_id=ticket_id,
            receipt_number=body.receipt_number,
            documents=for_handoff(self._desk.letterhead(), written, self._name(to_store_id), words, named),
        )

    def waiting(self) -> tuple[HandoffView, ...]:
        """What this store took in for another, or gets from one, and nobody handed over yet; the newest first."""
        found = {row.ticket_id: self._view(row) for row in self._desk.ledger.handoffs()}
        for entry in self._desk.ledger.entries(("ticket_opened",), newest_first=True, limit=HANDOFFS_SHOWN):
            view = self._of_entry(entry)
            if view is not None:
                found.setdefault(view.ticket_id, view)
        open_ones = (view for view in found.values() if view.stands != HANDOFF_STEPS[-1])
        return tuple(sorted(open_ones, key=lambda view: (-view.opened_at_ms, view.ticket_id)))

    def find(self, slip: str) -> HandoffView | None:
        """The thing of a scanned slip; None where it is no slip of that kind."""
        if slip[:1] != "H":
            named = receipt_named(self._desk, slip)
            entry = self._desk.ledger.entry_by_receipt(named.number) if named.store_id is None else None
            opened = None if entry is None else self._of_entry(entry)
            return None if opened is None else self._known(opened.ticket_id)
        ticket_id = parse_scan(slip).ticket_id
        return None if ticket_id is None else self._known(ticket_id)

    def tell(self, ticket_id: UUID, step: HandoffStep) -> HandoffView:
        """It happened, here and now. Refuses `handoff_step_told` where that, or a later step, was told already."""
        if step not in self._known(ticket_id).next_steps:
            raise Refusal("handoff_step_told", who="cashier")
        self._desk.write(TicketMoved(head=self._desk.head(), ticket_id=ticket_id, step=step))
        return self._known(ticket_id)

    # --- inner ---

    def _known(self, ticket_id: UUID) -> HandoffView:
        for row in self._desk.ledger.handoffs():
            if row.ticket_id == ticket_id:
                return self._view(row)
        entry = self._desk.ledger.entry_by_business_id(ticket_id)
        view = None if entry is None else self._of_entry(entry)
        if view is not None:
            return view
        nobody = TicketRow(ticket_id=ticket_id, store_id=UUID(int=0))  # it came with its slip, from a store unheard of
        return self._view(nobody)

    def _of_entry(self, entry: Entry) -> HandoffView | None:
        body = self._desk.ledger.body_of(entry)
        if not isinstance(body, TicketOpened) or body.to_store_id is None:
            return None
        text = self._desk.ledger.attachment(body.note_attachment)
        return self._view(
            TicketRow(
                ticket_id=body.ticket_id,
                store_id=self._desk.identity.store_id,
                to_store_id=body.to_store_id,
                category=body.category,
                receipt_number=body.receipt_number,
                text="" if text is None else text.decode(errors="replace"),
                opened_at_ms=body.head.till_time_ms,
            )
        )

    def _view(self, row: TicketRow) -> HandoffView:
        steps = self._steps(row)
        stands = furthest(steps)
        return HandoffView(
            ticket_id=row.ticket_id,
            category=row.category,
            receipt_number=row.receipt_number,
            from_store=self._name(row.store_id),
            to_store="" if row.to_store_id is None else self._name(row.to_store_id),
            text=row.text,
            opened_at_ms=row.opened_at_ms,
            steps=tuple(
                StepView(step=each.step, store_name=self._name(each.store_id), at_ms=each.at_ms) for each in steps
            ),
            stands=stands,
            next_steps=self._next(row, stands),
        )

    def _steps(self, row: TicketRow) -> tuple[TicketStep, ...]:
        """What HQ said, and what was told here since; each step once."""
        steps = {each.step: each for each in row.steps}
        for entry in self._desk.ledger.references_to(row.ticket_id, ("ticket_moved",)):
            body = self._desk.ledger.body_of(entry)
            if isinstance(body, TicketMoved) and body.step in HANDOFF_STEPS:
                step: HandoffStep = HANDOFF_STEPS[HANDOFF_STEPS.index(body.step)]
                here = self._desk.identity.store_id
                steps.setdefault(step, TicketStep(step=step, store_id=here, at_ms=body.head.till_time_ms))
        return tuple(sorted(steps.values(), key=lambda each: HANDOFF_STEPS.index(each.step)))

    def _next(self, row: TicketRow, stands: HandoffStep | None) -> tuple[HandoffStep, ...]:
        """It is sent from where it was taken in; all that follows happens where it is."""
        done = -1 if stands is None else HANDOFF_STEPS.index(stands)
        is_from_here = row.store_id == self._desk.identity.store_id
        mine: Iterable[HandoffStep] = HANDOFF_STEPS[:1] if is_from_here else HANDOFF_STEPS[1:]
        return tuple(step for step in mine if HANDOFF_STEPS.index(step) > done)

    def _name(self, store_id: UUID) -> str:
        row = self._desk.ledger.store_row(store_id)
        return "" if row is None else row.name
