"""Caring for the member of the basket: the file with everything known, tags, an edited profile, a lost card.

All of it is an entry of this till, so it works without the network; HQ settles what two tills changed without knowing
of each other (docs/overlaps.md).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs
from nacl.public import PublicKey, SealedBox

from pos_client.checkout.approvals import ApprovalAction
from pos_client.checkout.basket_changes import show
from pos_client.checkout.care_views import MemberFile, PurchaseView
from pos_client.checkout.desk import Desk
from pos_client.checkout.member_panel import PROVING, member_panel
from pos_client.checkout.payment_code import new_code
from pos_client.checkout.quoting import is_birthday_month, member_figure
from pos_client.checkout.registration import NAME_LENGTH_MAX, birthday_month, new_card
from pos_client.checkout.views import BasketView, DoneView
from pos_client.ledger.answers import MemberFigure
from shared_models.bodies import MemberEdited, MemberTagged, Sale, SaleCredited
from shared_models.entries import Attachment, AttachmentKind
from shared_models.members import PURCHASES_KEPT, mask_phone, normalise_phone, phone_hash, purchase_of
from shared_models.refusals import Refusal
from shared_models.rule_engine import eligible_paid_fen, points_earned, points_lot_for
from shared_models.sales import Approval, LotAmount, MemberOnSale

FIELD_LENGTH_MAX = 100
OFTEN_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEdit:
    """What is to be changed; None leaves it as it is. `own_fields` are the chain's own."""

    phone: str | None = None
    name: str | None = None
    birthday: str | None = None
    payment_code: str | None = None
    own_fields: Mapping[str, str] | None = None


class MemberCare:
    """For the member on the basket. Every operation refuses `no_member` without one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def file(self) -> MemberFile:
        """Everything the counter may know."""
        figure = self._figure()
        draft, rules = self._desk.draft, self._desk.rules()
        assert draft.member is not None, "there is a figure"
        person = figure.canonical
        names = dict.fromkeys((*rules.member_fields, *person.own_fields))
        purchases = self._purchases(figure)
        named = Counter(name for each in purchases for name in each.goods)
        return MemberFile(
            panel=member_panel(self._desk, rules, draft.member, figure),
            tags_known=tuple(dict.fromkeys((*rules.member_tags, *person.tags))),
            fields={name: person.own_fields.get(name, "") for name in names},
            cards=person.card_codes,
            cards_stopped=len(person.cards_stopped),
            purchases=purchases,
            often=tuple(name for name, _times in named.most_common(OFTEN_NAMED)),
        )

    def tag(self, tags: Sequence[str]) -> BasketView:
        """These tags and no others. Refuses `tag_unknown` for one that is not on the chain's list."""
        person = self._figure().canonical
        added = tuple(tag for tag in tags if tag not in person.tags)
        removed = tuple(tag for tag in person.tags if tag not in tags)
        known = self._desk.rules().member_tags
        for tag in added:
            if tag not in known:
                raise Refusal("tag_unknown", tag=tag, who="hq")
        if added or removed:
            head = self._desk.head(subjects=(person.member_id,))
            body = MemberTagged(head=head, member_id=person.member_id, added=added, removed=removed)
            self._desk.write(body)
        return show(self._desk)

    def edit(self, wanted: ProfileEdit, *, approval: Approval | None = None) -> BasketView:
        """Change the profile. Another number or payment code needs the member's presence or a manager (approval
        `new_phone`, or `new_code` where it is the code alone). Refuses `phone_invalid`, `phone_known`,
        `payment_code_shape`, `birthday_invalid`, `name_too_long`, `text_too_long`, `nothing_changed`."""
        figure = self._figure()
        person, draft = figure.canonical, self._desk.draft
        assert draft.member is not None, "there is a figure"
        beside: dict[str, Attachment] = {}
        coded: dict[str, str] = {}
        approvals: tuple[Approval, ...] = ()
        if wanted.name is not None and wanted.name.strip() != person.name:
            if len(wanted.name.strip()) > NAME_LENGTH_MAX:
                raise Refusal("name_too_long", length_max=NAME_LENGTH_MAX, who="cashier")
            beside["name"] = self._desk.attachment("name", wanted.name.strip())
        if wanted.birthday is not None and wanted.birthday.strip() != person.birthday:
            coded["birthday_month"] = str(birthday_month(wanted.birthday.strip()))
            beside["birthday"] = self._desk.attachment("birthday", wanted.birthday.strip())
        for name, value in (wanted.own_fields or {}).items():
            if value.strip() != person.own_fields.get(name, ""):
                if len(value) > FIELD_LENGTH_MAX:
                    raise Refusal("text_too_long", length_max=FIELD_LENGTH_MAX, who="cashier")
                beside[name] = self._desk.attachment("note", value.strip())
        guarded: dict[str, Attachment] = {}
        if wanted.payment_code:
            guarded["payment_code"] = new_code(self._desk, person.member_id, wanted.payment_code)
        if wanted.phone:
            guarded |= self._new_number(wanted.phone, figure)
        if guarded and draft.member.presence not in PROVING:
            action: ApprovalAction = "new_code" if guarded.keys() == {"payment_code"} else "new_phone"
            approvals = (self._desk.approvals.check(action, approval, self._desk.need_cashier()),)
        beside |= guarded
        if not beside:
            raise Refusal("nothing_changed", who="cashier")
        body = MemberEdited(
            head=self._desk.head(subjects=(person.member_id,)),
            member_id=person.member_id,
            attachments={name: attachment.attachment_hash for name, attachment in beside.items()},
            coded=coded,
            approvals=approvals,
        )
        self._desk.write(body, tuple(beside.values()))
        self._desk.approvals.use(*approvals)
        return show(self._desk)

    def lost_card(self, new_code: str = "", *, approval: Approval | None = None) -> BasketView:
        """All cards of the member stop, here at once and everywhere as HQ is heard; a new one may be bound in their
        place, which a manager has to see (approval `new_card`): it opens the balance. Refuses `no_card_to_stop`,
        `card_known`, `card_stopped`, `not_a_member_card`."""
        figure = self._figure()
        person = figure.canonical
        rows = (self._desk.ledger.member_row(purse) for purse in figure.purses)
        held = {row.member_id: row.card_codes for row in rows if row is not None and row.card_codes}
        if not held and not new_code:
            raise Refusal("no_card_to_stop", who="cashier")
        added: tuple[str, ...] = ()
        approvals: tuple[Approval, ...] = ()
        if new_code:
            added = (new_card(self._desk, new_code),)
            approvals = (self._desk.approvals.check("new_card", approval, self._desk.need_cashier()),)
        for member_id in dict.fromkeys((*held, person.member_id)):
            is_person = member_id == person.member_id
            stopped = held.get(member_id, ())
            if stopped or (is_person and added):
                body = MemberEdited(
                    head=self._desk.head(subjects=(member_id,)),
                    member_id=member_id,
                    cards_stopped=stopped,
                    cards_added=added if is_person else (),
                    approvals=approvals if is_person else (),
                )
                self._desk.write(body)
        self._desk.approvals.use(*approvals)
        return show(self._desk)

    def credit_last_sale(self) -> DoneView:
        """The last sale of this shift had no member: its points go to the one on the basket, once, at the price it was
        sold at. Refuses `nothing_to_credit`, `sale_credited_already(receipt_number)`, `no_points_to_credit`."""
        figure, shift = self._figure(), self._desk.need_shift()
        member = self._desk.draft.member
        assert member is not None, "there is a figure"
        last = self._desk.ledger.entries(("sale",), shift_id=shift.shift_id, newest_first=True, limit=1)
        sale = self._desk.ledger.body_of(last[0]) if last else None
        if not isinstance(sale, Sale):
            raise Refusal("nothing_to_credit", who="cashier")
        known = self._desk.ledger.refundable(sale.head.business_id)
        if known is None or known.sale.member is not None or known.refunds:
            raise Refusal("sale_credited_already", receipt_number=sale.receipt_number, who="cashier")
        rules = self._desk.ledger.rules_by_hash(sale.inputs.rule_hash) or self._desk.rules()
        business_date = sale.inputs.business_date
        inputs = structs.replace(
            sale.inputs,
            member_id=member.member_id,
            tier=figure.canonical.tier,
            birthday_month=is_birthday_month(figure.canonical.birthday, business_date),
        )
        points = points_earned(rules, sale.lines, inputs, eligible_paid_fen(rules, sale.tenders))
        if not points:
            raise Refusal("no_points_to_credit", who="cashier")
        body = SaleCredited(
            head=self._desk.head(subjects=(member.member_id,)),
            sale_id=sale.head.business_id,
            member=MemberOnSale(
                member_id=member.member_id, identified_by=member.identified_by, presence=member.presence
            ),
            inputs=inputs,
            points_earned=(LotAmount(member.member_id, points_lot_for(rules, business_date), points),),
        )
        self._desk.write(body)
        return DoneView(
            entry_type="sale_credited",
            business_id=body.head.business_id,
            receipt_number=sale.receipt_number,
            total_fen=sale.total_fen,
            points_earned=points,
        )

    # --- inner ---

    def _figure(self) -> MemberFigure:
        figure = member_figure(self._desk, self._desk.draft, fresh=True)
        if figure is None:
            raise Refusal("no_member", who="member")
        return figure

    def _new_number(self, typed: str, figure: MemberFigure) -> dict[str, Attachment]:
        """The attachments of another number; none where it is the one that is known."""
        e164 = normalise_phone(typed)
        hashed = phone_hash(e164, self._desk.keys.phone_key)
        if hashed == figure.canonical.phone_hash:
            return {}
        known = self._desk.ledger.member_by_phone_hash(hashed)
        if known is not None and known.member_id not in figure.purses:
            raise Refusal("phone_known", member_id=known.member_id.hex, who="cashier")
        sealed = SealedBox(PublicKey(self._desk.identity.hq_seal_key)).encrypt(e164.encode())
        told: dict[AttachmentKind, str] = {"phone_masked": mask_phone(e164), "phone_hash": hashed}
        beside: dict[str, Attachment] = {kind: self._desk.attachment(kind, text) for kind, text in told.items()}
        beside["phone_sealed"] = Attachment(kind="phone_sealed", salt=self._desk.ids.new_salt(), content=sealed)
        return beside

    def _purchases(self, figure: MemberFigure) -> tuple[PurchaseView, ...]:
        """The last ones: those made here that HQ has not told back, then HQ's."""
        ledger, own_store = self._desk.ledger, self._desk.identity.store_id
        till_id = self._desk.identity.till_id
        marks = (mark for mark in figure.canonical.marks if mark.till_id == till_id)
        heard = max(((mark.epoch, mark.seq) for mark in marks), default=(0, 0))
        found = []
        for entry in ledger.entries_about(figure.purses, ("sale",), limit=PURCHASES_KEPT):
            sale = ledger.body_of(entry)
            if (entry.epoch, entry.seq) > heard and isinstance(sale, Sale):
                found.append(purchase_of(sale, own_store))
        views = []
        for each in (*found, *figure.canonical.purchases)[:PURCHASES_KEPT]:
            store = None if each.store_id is None else ledger.store_row(each.store_id)
            views.append(
                PurchaseView(
                    business_date=each.business_date,
                    store_name="" if store is None else store.name,
                    total_fen=each.total_fen,
                    goods=each.goods,
                    lines=each.lines,
                )
            )
        return tuple(views)
