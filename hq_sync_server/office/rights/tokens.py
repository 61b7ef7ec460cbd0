"""Tokens at HQ: single-use things with one owner (a till, or HQ itself) and a version that grows with every move.

A coupon is HQ's until a till asks for it by name or by its member; then only that till can redeem it, online or not.
Printed coupons not yet moved belong to whoever has their store's home token. What another till has is recalled.
"""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import structs

from hq_sync_server.office.books import home_feed
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note, TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import nudges, stores, tills
from hq_sync_server.office.rights import coupon_keys, home_tokens, orders, recalls
from shared_models import printed_coupons
from shared_models.bodies import Body, CouponsIssued, Refund, Sale, TokenMove
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms
from shared_models.sync import TokenHeld
from shared_models.tokens import TokenEffects, restored_token

_encoder = msgspec.msgpack.Encoder()
_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)
_KINDS: dict[str, Literal["coupon", "home", "refund_right", "order"]] = {
    "coupon": "coupon",
    "home": "home",
    "refund_right": "refund_right",
    "order": "order",
}
# By kind: spent though nobody issued it, spent twice, spent by a till that did not hold it.
_NAMES = {
    "coupon": ("coupon_unknown", "coupon_twice", "coupon_not_owned"),
    "order": ("order_unknown", "order_twice", "order_not_owned"),
}


def issue(work: Work, coupons: Sequence[tuple[CouponTerms, UUID | None]]) -> None:
    """Give out coupons of one template: (terms with the coupon's own token, the member or nobody yet)."""
    if not coupons:
        return
    books = Books(work)
    books.open({member_id for _terms, member_id in coupons if member_id is not None})
    for terms, member_id in coupons:
        books.token(
            TokenPage(terms.token, "coupon", member_id, template_id=terms.template_id, terms=_encoder.encode(terms))
        )
    named = [(terms.token, member_id) for terms, member_id in coupons if member_id is not None]
    books.record(
        CouponsIssued(
            head=books.head(),
            template_id=coupons[0][0].template_id,
            tokens=tuple(terms.token for terms, _member_id in coupons),
            members=tuple(member_id for _token, member_id in named),
        )
    )
    books.close()


def terms_of(page: TokenPage) -> CouponTerms | None:
    """A coupon's terms."""
    return None if page.terms is None else _terms_decoder.decode(page.terms)


def book_effects(books: Books, entry_id: int, seq: int, effects: TokenEffects, body: Body) -> list[str]:
    """Book what an entry did to tokens; the names of what did not fit. Facts stand whatever HQ thinks of them."""
    codes: list[str] = []
    for token in effects.spent:
        codes += _spend(books, entry_id, seq, token, body)
    for move in effects.acquired:
        page = books.tokens.get(move.token)
        if page is None or page.version < move.version:
            codes.append("adoption_without_grant")
    for move in effects.released:
        page = books.tokens.get(move.token)
        if page is None or not _is_owner(books, page) or move.version != page.version + 1:
            codes.append("token_release_refused")
            continue
        page.owner_till_id, page.owner_epoch, page.version = None, 0, move.version
        books.token(page)
        recalls.answered(books.work, move.token)
        if page.kind == "home" and page.subject is not None:
            next_till = home_feed.wanted_till(books.work.connection, page.subject)
            if next_till not in (None, books.till_id):
                nudges.nudge(books.work, next_till)
    if isinstance(body, Refund):
        for old in body.coupons_restored:
            _restore(books, body, old)
    else:
        for move in effects.created:
            _create(books, move)
    return codes


def _is_owner(books: Books, page: TokenPage) -> bool:
    return home_tokens.owner_of(books, page) == (books.till_id, books.epoch)


def _create(books: Books, move: TokenMove) -> None:
    """A token that an entry brought into the world is its till's, unless it is known already: then it moved on."""
    known = books.tokens.get(move.token)
    if known is None:
        known = TokenPage(move.token, move.kind, move.subject, owner_till_id=books.till_id, owner_epoch=books.epoch)
    known.subject = known.subject or move.subject
    books.token(known)  # an order whose token was heard of first is told to the tills now


def _spend(books: Books, entry_id: int, seq: int, token: UUID, body: Body) -> list[str]:
    page = books.tokens.get(token)
    if page is not None and page.kind not in _NAMES:  # parked: spent, nobody could have a store's home token any more
        raise ValueError(f"a token of the kind {page.kind} is not spent")
    if page is None and isinstance(body, Sale):
        page = _signed_by_us(books, token, body)
    if page is None:
        # Nobody issued it as far as HQ knows; it is kept as spent, so that a second one is seen.
        page = TokenPage(token, "coupon" if isinstance(body, Sale) else "order", None)
        code = _NAMES[page.kind][0]
    elif page.spent_entry_id is not None:
        code = _NAMES[page.kind][1]
    else:
        code = "" if _is_owner(books, page) else _NAMES[page.kind][2]
    if page.spent_entry_id is None:
        page.spent_entry_id = entry_id
        books.token(page)
        recalls.answered(books.work, token)
    if not code:
        return []
    amount = worth_fen(body, token) if isinstance(body, Sale) else orders.ended_fen(body)
    books.note(
        Note(
            code,
            till_id=books.till_id,
            epoch=books.epoch,
            seq=seq,
            entry_id=entry_id,
            subject=page.subject if page.kind == "coupon" else None,
            amount=amount,
            unit="fen" if amount else "",
            told={"token": token.hex},
        )
    )
    return [code]


def worth_fen(sale: Sale, token: UUID) -> int:
    """What a coupon took off a sale."""
    return sum(
        part.amount_fen
        for line in sale.lines
        for part in line.reductions
        if part.kind == "coupon" and part.source == token.hex
    )


def _signed_by_us(books: Books, token: UUID, sale: Sale) -> TokenPage | None:
    """A printed coupon that HQ does not know any more (it was restored from a backup): its signature says that it was
    issued, and for which store."""
    if books.store_id is None:
        return None
    for content in sale.printed_coupons:
        try:
            coupon = printed_coupons.read(content)
        except Refusal:
            continue
        if coupon.token != token or not coupon_keys.signed_by_us(books.work, content, coupon.key_id):
            continue
        if coupon.store_tag == printed_coupons.store_tag(books.store_id):
            terms = next((one for one in sale.inputs.coupons if one.token == token), None)
            encoded = None if terms is None else _encoder.encode(terms)
            return TokenPage(token, "coupon", None, coupon.template_id, encoded, home_store_id=books.store_id)
    return None


def _restore(books: Books, refund: Refund, old: UUID) -> None:
    """A coupon that a refund gives back is a new token, owned by the refunding till."""
    was = books.tokens.get(old)
    token = restored_token(refund.head.business_id, old)
    if token in books.tokens:
        return  # it has moved on since, as HQ heard from who has it now
    terms = None if was is None else terms_of(was)
    books.token(
        TokenPage(
            token,
            "coupon",
            refund.member_id if was is None or was.subject is None else was.subject,
            template_id="" if was is None else was.template_id,
            terms=None if terms is None else _encoder.encode(structs.replace(terms, token=token)),
            owner_till_id=books.till_id,
            owner_epoch=books.epoch,
        )
    )


def grant(books: Books, named: Iterable[UUID], coupons_of: Iterable[UUID], business_date: str) -> tuple[TokenMove, ...]:
    """Hand over tokens that HQ owns: those named, and all usable coupons of these members (and who they are united
    with). All must be open. None while HQ recovers from a backup: somebody may have them."""
    if books.work.recovering:
        return ()
    wanted = [books.tokens[token] for token in named if token in books.tokens]
    for member_id in coupons_of:
        if member_id in books.members:
            person = books.canonical(member_id)
            for purse in (person, *books.aliases_of(person.member_id)):
                wanted += [purse.coupons[token] for token in sorted(purse.coupons)]
    moves: dict[UUID, TokenMove] = {}
    for page in wanted:
        if page.token not in moves and _can_be_granted(books, page, business_date):
            terms = _terms_of_grant(books.work, page)
            if terms is None:
                continue
            page.owner_till_id, page.owner_epoch = books.till_id, books.epoch
            page.version += 1
            books.token(page)
            moves[page.token] = TokenMove(
                token=page.token,
                kind=_KINDS[page.kind],
                version=page.version,
                subject=page.subject,
                terms=terms,
            )
    return tuple(moves.values())


def _terms_of_grant(work: Work, page: TokenPage) -> bytes | None:
    """What goes with a token; None for an order of which HQ has the token alone."""
    if page.kind == "order":
        return orders.terms_of_grant(work, page)
    return home_tokens.terms_of_grant(work) if page.kind == "home" else page.terms or b""


def held(books: Books, named: Iterable[UUID], given: Iterable[TokenMove], business_date: str) -> list[TokenHeld]:
    """Why tokens asked for by name were not given; those that another till has are asked for there."""
    there = {move.token for move in given}
    found = []
    for token in named:
        page = books.tokens.get(token)
        if token in there or (page is not None and _is_owner(books, page) and page.spent_entry_id is None):
            continue
        if page is None:
            found.append(TokenHeld(code="unknown", token=token))
            continue
        owner_id, _epoch = home_tokens.owner_of(books, page)
        became = _became(books, page)
        if became is not None:
            found.append(TokenHeld(code="order", token=token, order_id=became))
        elif page.spent_entry_id is not None or page.withdrawn:
            found.append(TokenHeld(code="used" if page.spent_entry_id is not None else "withdrawn", token=token))
        elif page.kind == "coupon" and is_over(page, business_date):
            found.append(TokenHeld(code="expired", token=token))
        elif owner_id is None or books.work.recovering:
            found.append(TokenHeld(code="not_now", token=token))
        else:
            if page.kind != "home":  # a home token moves by HQ's word alone
                recalls.ask(books.work, page, owner_id, books.till_id)
            found.append(at_till(books, owner_id, TokenHeld(code="at_till", token=token)))
    return found


def _became(books: Books, page: TokenPage) -> UUID | None:
    """The order that a changed one has become."""
    if page.kind != "order" or page.spent_entry_id is None or page.subject is None:
        return None
    now = orders.as_it_is_now(books.work.connection, page.subject)
    return None if now == page.subject else now


def at_till(books: Books, owner_id: UUID, said: TokenHeld) -> TokenHeld:
    """The same with the name of the till that has it."""
    till = tills.find(books.work.connection, owner_id)
    if till is None:
        return said
    store_name = stores.store(books.work.connection, till.store_id).name if till.store_id != books.store_id else ""
    return structs.replace(said, till_id=owner_id, till_number=till.number, store_name=store_name)


def is_over(page: TokenPage, business_date: str) -> bool:
    """Whether a coupon has expired."""
    terms = terms_of(page)
    return terms is not None and bool(terms.valid_to) and terms.valid_to < business_date


def _can_be_granted(books: Books, page: TokenPage, business_date: str) -> bool:
    if page.spent_entry_id is not None or page.withdrawn or page.kind == "refund_right":
        return False
    if home_tokens.owner_of(books, page)[0] is not None:
        return False
    if page.kind == "home":
        return home_tokens.may_go_to(books, page)
    return page.kind != "coupon" or not is_over(page, business_date)
