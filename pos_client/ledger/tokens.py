"""Tokens at this till: coupons and other single-use things it owns, has spent or has given up.

What an entry does to tokens is `shared_models.tokens`; a token that is not owned here cannot be spent here.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, bindparam, insert, literal_column, select, update

from pos_client.ledger import refund_rights
from pos_client.ledger.answers import TillIdentity
from pos_client.ledger.database import Database, prepared
from pos_client.ledger.rights import Guard
from pos_client.ledger.tables import lane, tokens
from shared_models import printed_coupons
from shared_models.bodies import Body, Refund, Sale, TokenMove, TokenReleased
from shared_models.refund_rights import RefundRight, decode_right
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms
from shared_models.tokens import refund_right, token_effects

_terms_decoder = msgspec.msgpack.Decoder(CouponTerms)

_OWNED: ColumnElement[str] = literal_column("'owned'")  # written out, for SQLite's partial index
_SELECT = prepared(
    select(tokens.c.kind, tokens.c.version, tokens.c.state).where(tokens.c.token == bindparam("at_token"))
)
_MOVE_COLUMNS = (tokens.c.token, tokens.c.kind, tokens.c.version, tokens.c.subject, tokens.c.terms)
_OWNED_BY = prepared(select(*_MOVE_COLUMNS).where(tokens.c.subject == bindparam("subject"), tokens.c.state == _OWNED))
_OWNED_COUPONS = prepared(
    select(*_MOVE_COLUMNS).where(tokens.c.state == _OWNED, tokens.c.kind == "coupon", tokens.c.subject.is_not(None))
)
_OWNED_HERE = prepared(select(*_MOVE_COLUMNS).where(tokens.c.token == bindparam("at_token"), tokens.c.state == _OWNED))
_HOME_OWNED = prepared(select(*_MOVE_COLUMNS).where(tokens.c.kind == "home", tokens.c.state == _OWNED))
_RIGHTS_TAKEN_OVER = prepared(
    select(tokens.c.terms)
    .where(tokens.c.kind == "refund_right", tokens.c.state == _OWNED)
    .order_by(tokens.c.position.desc())
)
_HOME_STORE = prepared(select(tokens.c.subject).where(tokens.c.kind == "home", tokens.c.state == _OWNED))
_TERMS = prepared(select(tokens.c.terms).where(tokens.c.token == bindparam("at_token")))
_INSERT = prepared(insert(tokens))
_MOVE = prepared(
    update(tokens)
    .where(tokens.c.token == bindparam("at_token"))
    .values(
        version=bindparam("version"), subject=bindparam("subject"), terms=bindparam("terms"), state=bindparam("state"),
        position=bindparam("position"),
    )
)  # fmt: skip
_SET_STATE = prepared(
    update(tokens)
    .where(tokens.c.token == bindparam("at_token"))
    .values(version=bindparam("version"), state=bindparam("state"), position=bindparam("position"))
)
_RELEASE_REFUND_RIGHTS = prepared(
    update(lane).values(refund_rights_released_through=bindparam("through")).where(
        lane.c.refund_rights_released_through < bindparam("through")
    )
)  # fmt: skip


def apply(driver: sqlite3.Connection, identity: TillIdentity, position: int, body: Body, guard: Guard) -> None:
    """What an entry does to tokens. Refuses `token_not_here(token)` and what the guard forbids."""
    effects = token_effects(body)
    if effects.spent and isinstance(body, Sale):
        guard.allow_spending()
    for token in effects.spent:
        known = _read(driver, token)
        if known is None and (printed := printed_move(body, token, _home_store(driver))) is not None:
            _keep(driver, position, printed, "spent")
            continue
        _, version, state = known or ("", 0, "")
        if state != "owned":
            raise Refusal("token_not_here", token=token.hex, state=state)
        _set_state(driver, position, token, version, "spent")
    for move in effects.released:
        known = _read(driver, move.token)
        if known is None and _is_here_without_a_row(driver, identity, move):
            _keep(driver, position, move, "released")
            continue
        _, version, state = known or ("", 0, "")
        if state != "owned" or move.version <= version:
            raise Refusal("token_not_here", token=move.token.hex, state=state)
        _set_state(driver, position, move.token, move.version, "released")
    for move in effects.acquired:
        _own(driver, position, move)
    restored = body.coupons_restored if isinstance(body, Refund) else ()
    for place, move in enumerate(effects.created):
        _own(driver, position, _with_terms_of(driver, move, restored[place]) if restored else move)
    if isinstance(body, TokenReleased) and body.refund_rights_through_seq:
        driver.execute(_RELEASE_REFUND_RIGHTS, {"through": body.refund_rights_through_seq})


def printed_move(body: Body, token: UUID, home_store_id: UUID | None) -> TokenMove | None:
    """What a sale that redeems a printed coupon says of it, where it may do so as the home till of that store: the
    coupon never moved, and never had a row here."""
    if home_store_id is None or not isinstance(body, Sale):
        return None
    for content in body.printed_coupons:
        try:
            coupon = printed_coupons.read(content)
        except Refusal:
            continue
        if coupon.token == token and coupon.store_tag == printed_coupons.store_tag(home_store_id):
            terms = next((one for one in body.inputs.coupons if one.token == token), None)
            encoded = b"" if terms is None else msgspec.msgpack.encode(terms)
            return TokenMove(token=token, kind="coupon", version=0, terms=encoded)
    return None


def _home_store(driver: sqlite3.Connection) -> UUID | None:
    """The store whose home token is owned here."""
    row = driver.execute(_HOME_STORE).fetchone()
    return UUID(bytes=row[0]) if row else None


def _is_here_without_a_row(driver: sqlite3.Connection, identity: TillIdentity, move: TokenMove) -> bool:
    """Whether a token that is given up was here though no row says so: a printed coupon of the store whose home token
    is here, or the right to refund one of this till's own sales."""
    if move.version != 1:
        return False
    if move.kind == "coupon":
        return move.subject is None and _home_store(driver) is not None
    if move.kind == "refund_right" and move.subject is not None:
        own = move.token == refund_right(move.subject)
        return own and refund_rights.is_unmoved_here(driver, identity, move.subject)
    return False


def _keep(driver: sqlite3.Connection, position: int, move: TokenMove, state: str) -> None:
    row = _row(move, state, position)
    driver.execute(_INSERT, {**row, "token": move.token.bytes, "kind": move.kind})


def _row(move: TokenMove, state: str, position: int) -> dict[str, object]:
    return {
        "version": move.version,
        "subject": move.subject.bytes if move.subject else None,
        "terms": move.terms,
        "state": state,
        "position": position,
    }


def _own(driver: sqlite3.Connection, position: int, move: TokenMove) -> None:
    """Take a token over; a move that is not newer than what is known here changes nothing."""
    known = _read(driver, move.token)
    if known is None:
        _keep(driver, position, move, "owned")
    elif move.version > known[1] and known[2] != "spent":
        driver.execute(_MOVE, {**_row(move, "owned", position), "at_token": move.token.bytes})


def _with_terms_of(driver: sqlite3.Connection, move: TokenMove, old: UUID) -> TokenMove:
    row = driver.execute(_TERMS, {"at_token": old.bytes}).fetchone()
    return with_terms(move, row[0]) if row else move


def with_terms(move: TokenMove, old_terms: bytes) -> TokenMove:
    """A restored coupon has the terms of the old one, under its own token."""
    terms = terms_of(msgspec.structs.replace(move, terms=old_terms))
    if terms is None:
        return move
    renamed = msgspec.structs.replace(terms, token=move.token)
    return msgspec.structs.replace(move, terms=msgspec.msgpack.encode(renamed))


def _read(driver: sqlite3.Connection, token: UUID) -> tuple[str, int, str] | None:
    row: tuple[str, int, str] | None = driver.execute(_SELECT, {"at_token": token.bytes}).fetchone()
    return row


def _set_state(driver: sqlite3.Connection, position: int, token: UUID, version: int, state: str) -> None:
    driver.execute(_SET_STATE, {"at_token": token.bytes, "version": version, "state": state, "position": position})


def owned_by(database: Database, subjects: Iterable[UUID]) -> list[TokenMove]:
    """Tokens of these subjects that are owned here and not spent."""
    rows = [row for subject in subjects for row in database.rows(_OWNED_BY, {"subject": subject.bytes})]
    return sorted((_token_move(row) for row in rows), key=lambda move: move.token)


def coupons_owned(database: Database) -> list[TokenMove]:
    """All coupons with a member that are owned here and not spent, for giving them back."""
    return sorted((_token_move(row) for row in database.rows(_OWNED_COUPONS)), key=lambda move: move.token)


def home_owned(database: Database) -> TokenMove | None:
    """The home token, when it is here."""
    row = database.row(_HOME_OWNED)
    return _token_move(row) if row else None


def rights_taken_over(database: Database) -> list[bytes]:
    """The terms of all refund rights that came from HQ and are here, newest first."""
    return [row[0] for row in database.rows(_RIGHTS_TAKEN_OVER)]


def right_of(terms: bytes) -> RefundRight | None:
    """The refund right in a move's terms; None when it cannot be read."""
    try:
        return decode_right(terms)
    except msgspec.MsgspecError:
        return None


def owned_here(database: Database, token: UUID) -> TokenMove | None:
    """One token, when it is owned here and not spent."""
    row = database.row(_OWNED_HERE, {"at_token": token.bytes})
    return _token_move(row) if row else None


def state_of(database: Database, token: UUID) -> str:
    """'owned', 'spent' or 'released'; '' for a token that was never here."""
    row = database.row(_SELECT, {"at_token": token.bytes})
    return row[2] if row else ""


def _token_move(row: Sequence[Any]) -> TokenMove:
    token, kind, version, subject, terms = row
    return TokenMove(
        token=UUID(bytes=token),
        kind=kind,
        version=version,
        subject=UUID(bytes=subject) if subject else None,
        terms=terms,
    )


def terms_of(move: TokenMove) -> CouponTerms | None:
    """The terms a coupon's token brought along; None when it brought none that can be read."""
    try:
        return _terms_decoder.decode(move.terms) if move.terms else None
    except msgspec.MsgspecError:
        return None
