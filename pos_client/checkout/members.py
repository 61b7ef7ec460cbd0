"""Members at the counter: finding (each look-up recorded), attaching, registering, presence."""

import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout import registration
from pos_client.checkout.basket_changes import change, show, with_approval, without_member
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftMember, Undoable
from pos_client.checkout.member_panel import PROVING, member_panel
from pos_client.checkout.quoting import member_figure
from pos_client.checkout.undoing import remember
from pos_client.checkout.views import BasketView, FindView, MemberMatch, MemberPanel, Notice
from shared_models.bodies import Lookup, MemberTagged
from shared_models.codes import clean_scan, parse_scan
from shared_models.entries import Attachment
from shared_models.members import MemberRow, normalise_phone, phone_hash
from shared_models.refusals import Refusal
from shared_models.sales import Approval, IdentifiedBy, Presence

TAIL_DIGITS = 4
PHONE_DIGITS_MIN = 7


class Members:
    """The member of the open basket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: UUID | None = None  # by the last look-up, so that attaching is not recorded a second time

    def find(self, text: str) -> FindView:
        """By card code, whole phone, last four digits, or name and pinyin initials, told apart by their form. Every
        result and every miss is recorded. Refuses `search_too_short`, `phone_invalid`, `search_not_allowed`."""
        self._desk.need_cashier()
        term = text.strip()
        digits = "".join(character for character in term if character.isdecimal())
        rules = self._desk.rules().lookups
        if clean_scan(term)[:1] == "M":
            card = self._card_scan(term)
            if card:
                row = self._desk.ledger.member_by_card(card)
                return self._found("card", [] if row is None else [row], card)
        if len(digits) >= PHONE_DIGITS_MIN and len(digits) >= len(term) - 6:
            e164 = normalise_phone(term)
            row = self._desk.ledger.member_by_phone_hash(phone_hash(e164, self._desk.keys.phone_key))
            return self._found("phone", [] if row is None else [row], e164)
        if term == digits:
            if len(digits) != TAIL_DIGITS:
                raise Refusal("search_too_short", digits=TAIL_DIGITS, who="cashier")
            if not rules.phone_tail:
                raise Refusal("search_not_allowed", means="phone_tail", who="hq")
            limit = rules.results_maximum
            return self._found("phone_tail", self._desk.ledger.members_by_phone_tail(term, limit), term)
        if not term:
            raise Refusal("search_too_short", digits=TAIL_DIGITS, who="cashier")
        if not rules.by_name:
            raise Refusal("search_not_allowed", means="name", who="hq")
        return self._found("name", self._desk.ledger.members_by_name(term, rules.results_maximum), term)

    def attach(self, member_id: UUID, means: IdentifiedBy) -> BasketView:
        """Put a found member on the basket: prices, points and coupons follow; rights are fetched in the background.
        A member already there keeps what was proved. Refuses `member_unknown`, `member_forgotten`."""
        row = self._desk.ledger.member_row(member_id)
        if row is None:
            raise Refusal("member_unknown", who="hq")
        if self._shown != member_id:
            self._record(means, [row], "")
        return self._attach(row, means, "")

    def attach_code(self, code: str) -> BasketView:
        """A scanned card or QR: the member is there. Refuses `member_unknown` and, for a card reported lost,
        `card_stopped`; the miss is recorded."""
        row = self._desk.ledger.member_by_card(code)
        self._record("card", [] if row is None else [row], code)
        if row is None:
            raise Refusal("card_stopped" if self._desk.ledger.card_is_stopped(code) else "member_unknown", who="hq")
        return self._attach(row, "card", "card")

    def detach(self) -> BasketView:
        """Take the member off, and with it coupons and points; `basket.undo` brings them back."""
        before = self._desk.draft
        if before.member is None:
            return show(self._desk)
        view = change(self._desk, without_member(before), notices=(Notice(code="member_taken_off"),))
        remember(self._desk, Undoable(what="member_left", before=before))
        return view

    def panel(self) -> MemberPanel | None:
        """The member panel alone, with what is usable now: cheap enough for each arrival from HQ."""
        draft = self._desk.draft
        figure = member_figure(self._desk, draft, fresh=True)
        if draft.member is None or figure is None:
            return None
        return member_panel(self._desk, self._desk.rules(), draft.member, figure)

    def approve_presence(self, approval: Approval) -> BasketView:
        """A manager vouches (approval `presence`). A scanned card or QR proves presence by itself."""
        draft = self._desk.draft
        if draft.member is None:
            raise Refusal("no_member", who="member")
        allowed = self._desk.approvals.check("presence", approval, self._desk.need_cashier())
        self._desk.approvals.use(allowed)
        proved = replace(draft.member, presence="manager")
        return change(self._desk, with_approval(replace(draft, member=proved), allowed))

    def register(
        self, phone: str, *, name: str = "", birthday: str = "", card_code: str = "",
        consents: Sequence[str], consent_text_version: str = "",
    ) -> BasketView:  # fmt: skip
        """A new member, offline too, put on the basket at once. `birthday` is `YYYY-MM-DD` or `MM-DD`; the version of
        the consent text is the rules' unless named. Refuses `phone_invalid`, `phone_known(member_id)`,
        `consent_missing`, `birthday_invalid`, `card_known`, `code_check_character`."""
        wanted = registration.Registration(
            phone=phone,
            name=name,
            birthday=birthday,
            card_code=card_code,
            consents=tuple(consents),
            consent_text_version=consent_text_version or self._desk.rules().consent_text_version,
        )
        row = registration.register(self._desk, wanted)
        return self._attach(row, "registration", "")

    def tag(self, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Quick tags of the chain's list on the member of the basket. Refuses `no_member`, `tag_unknown`."""
        draft = self._desk.draft
        if draft.member is None:
            raise Refusal("no_member", who="member")
        known = self._desk.rules().member_tags
        for tag in added:
            if tag not in known:
                raise Refusal("tag_unknown", tag=tag, who="hq")
        member_id = draft.member.member_id
        head = self._desk.head(subjects=(member_id,))
        self._desk.write(MemberTagged(head=head, member_id=member_id, added=tuple(added), removed=tuple(removed)))

    def _attach(self, row: MemberRow, means: IdentifiedBy, presence: Presence) -> BasketView:
        if row.status == "forgotten":
            raise Refusal("member_forgotten", who="nobody")
        self._shown = None
        draft = self._desk.draft
        present = draft.member
        if present is not None and present.member_id == row.canonical_id:
            if present.presence in PROVING or not presence:
                return show(self._desk)
        elif present is not None:
            draft = without_member(draft)
        member = DraftMember(member_id=row.canonical_id, identified_by=means, presence=presence)
        view = change(self._desk, replace(draft, member=member))
        self._desk.want_rights(row.canonical_id)
        return view

    def _card_scan(self, term: str) -> str:
        """The card's code, or '' for what is none (a name may begin with M too). A misread one is a recorded miss."""
        try:
            scan = parse_scan(term)
        except Refusal:
            self._record("card", (), term)
            raise
        return scan.value if scan.kind == "member" else ""

    def _found(self, means: IdentifiedBy, rows: Sequence[MemberRow], term: str) -> FindView:
        self._record(means, rows, term)
        if not rows:
            return FindView(outcome="missed", means=means)
        matches = tuple(
            MemberMatch(
                member_id=row.member_id,
                name=row.name,
                phone_masked=row.phone_masked,
                tier_name=row.tier_name or row.tier,
                last_visit_date=row.last_visit_date,
                status=row.status,
            )
            for row in rows
        )
        return FindView(outcome="one" if len(rows) == 1 else "several", means=means, matches=matches)

    def _record(self, means: IdentifiedBy, rows: Sequence[MemberRow], term: str) -> None:
        """The look-up, kept for good: whom it showed, or a keyed hash of what was asked for in vain. Of several shown
        in one list each is named."""
        cashier_id = self._desk.need_cashier().staff_id
        now_ms = self._desk.clock.now_ms()
        self._shown = rows[0].member_id if len(rows) == 1 else None
        beside: list[Attachment] = []
        if len(rows) != 1:
            digest = hmac.new(self._desk.keys.phone_key, term.casefold().encode(), hashlib.sha256).hexdigest()
            beside = [self._desk.attachment("lookup_term", digest)]
        for row in rows or (None,):
            lookup = Lookup(
                at_ms=now_ms,
                cashier_id=cashier_id,
                means=means,
                member_id=None if row is None else row.member_id,
                term_attachment=beside[0].attachment_hash if beside else "",
                outcome="missed" if row is None else "shown" if len(rows) == 1 else "several",
            )
            self._desk.ledger.append_lookup(lookup, beside)
            beside = beside[:0] if row is None else beside
