"""Tokens at HQ: single-use things with one owner (a till, or HQ itself) and a version that grows with every move.

A coupon is HQ's until a till asks for it by name or by its member; then only that till can redeem it, online or not.
"""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import structs

from hq_sync_server.office.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.pages import Note, TokenPage
from shared_models.bodies import CouponsIssued, Refund, TokenMove
from shared_models.sales import CouponTerms
from shared_models.tokens import TokenEffects, restored_token

_encoder = msgspec.msgpack.Encoder()
_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)
_KINDS: dict[str, Literal["coupon", "home", "refund_right", "order"]] = {
    "coupon": "coupon",
    "home": "home",
    "refund_right": "refund_right",
    "order": "order",
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


def book_effects(books: Books, entry_id: int, seq: int, effects: TokenEffects, refund: Refund | None) -> list[str]:
    """Book what an entry did to tokens; the names of what did not fit. Facts stand whatever HQ thinks of them."""
    codes: list[str] = []
    for token in effects.spent:
        codes += _spend(books, entry_id, seq, token)
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
    if refund is not None:
        for old in refund.coupons_restored:
            _restore(books, refund, old)
    return codes


def _is_owner(books: Books, page: TokenPage) -> bool:
    return page.owner_till_id == books.till_id and page.owner_epoch == books.epoch


def _spend(books: Books, entry_id: int, seq: int, token: UUID) -> list[str]:
    page = books.tokens.get(token)
    if page is None:
        # Nobody issued it as far as HQ knows; it is kept as spent, so that a second one is seen.
        books.token(TokenPage(token, "coupon", None, spent_entry_id=entry_id))
        code = "coupon_unknown"
    elif page.spent_entry_id is not None:
        code = "coupon_twice"
    else:
        code = "" if _is_owner(books, page) else "coupon_not_owned"
        page.spent_entry_id = entry_id
        books.token(page)
    if not code:
        return []
    subject = page.subject if page is not None else None
    books.note(
        Note(
            code,
            till_id=books.till_id,
            epoch=books.epoch,
            seq=seq,
            entry_id=entry_id,
            subject=subject,
            told={"token": token.hex},
        )
    )
    return [code]


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
            for page in (person, *books.aliases_of(person.member_id)):
                wanted += [page.coupons[token] for token in sorted(page.coupons)]
    moves: dict[UUID, TokenMove] = {}
    for token_page in wanted:
        if token_page.token not in moves and _can_be_granted(token_page, business_date):
            token_page.owner_till_id, token_page.owner_epoch = books.till_id, books.epoch
            token_page.version += 1
            books.token(token_page)
            moves[token_page.token] = TokenMove(
                token=token_page.token,
                kind=_KINDS[token_page.kind],
                version=token_page.version,
                subject=token_page.subject,
                terms=token_page.terms or b"",
            )
    return tuple(moves.values())


def _can_be_granted(page: TokenPage, business_date: str) -> bool:
    if page.owner_till_id is not None or page.spent_entry_id is not None or page.withdrawn:
        return False
    terms = terms_of(page)
    return terms is None or not terms.valid_to or terms.valid_to >= business_date
