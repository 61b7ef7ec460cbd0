"""People who may look into HQ: their accounts, passwords and sessions.

Passwords are argon2id; a session is a row named by the hash of its token, so a stolen database opens no door. Wrong
passwords lock an account for a while, twice as long each time. For the console and the commands.
"""

import hashlib
import secrets
import threading
from functools import cache
from typing import Literal
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from hq_sync_server.records import office_tables as t
from shared_models.ids import IdSource
from shared_models.refusals import Refusal

AccountRole = Literal["hq_admin", "marketing", "region_manager", "store_manager", "service", "auditor"]

SESSION_MS = 8 * 3_600_000
WRONG_PASSWORDS_FREE = 5
LOCK_MS_FIRST = 60_000
LOCK_MS_MAX = 3_600_000
PASSWORD_BYTES_MAX = 1024
PASSWORD_LETTERS_MIN = 10
_CLEAR_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_OF_THE_ACCOUNT = ("login", "role", "full_name", "region_id", "store_id", "password_is_told")
_hasher = PasswordHasher()
_hashing_at_once = threading.BoundedSemaphore(2)  # argon2 takes 64 MiB each time; a crowd at the door must not take all


class Session(Struct, frozen=True, kw_only=True):
    """Somebody who is in. `token` goes into the cookie and is kept nowhere; `csrf_token` into every form."""

    token: str
    csrf_token: str
    account_id: UUID
    login: str
    role: str
    expires_at_ms: int
    full_name: str = ""
    region_id: UUID | None = None
    store_id: UUID | None = None
    password_is_told: bool = False


def new_password() -> str:
    """A password to be told once: four groups of four letters, some 79 bits."""
    return "-".join("".join(secrets.choice(_CLEAR_LETTERS) for _ in range(4)) for _ in range(4))


def add_account(
    connection: Connection,
    ids: IdSource,
    login: str,
    role: AccountRole,
    *,
    full_name: str = "",
    region_id: UUID | None = None,
    store_id: UUID | None = None,
    one_time: bool = False,
) -> str:
    """A new account; its password is returned, this once, and when it is `one_time` must be changed at the first login.
    Refuses `account_exists`."""
    if connection.scalar(select(t.accounts.c.account_id).where(t.accounts.c.login == login)):
        raise Refusal("account_exists", login=login)
    password = new_password()
    connection.execute(
        insert(t.accounts).values(
            account_id=ids.new_id(),
            login=login,
            password_hash=_hasher.hash(password),
            role=role,
            full_name=full_name,
            region_id=region_id,
            store_id=store_id,
            password_is_told=one_time,
        )
    )
    return password


def renew_password(connection: Connection, login: str) -> str:
    """Another password, to be changed at the first login; the old one and all sessions end, a lock too. Refuses
    `account_unknown`."""
    password = new_password()
    account_id = connection.scalar(
        update(t.accounts)
        .where(t.accounts.c.login == login)
        .values(password_hash=_hasher.hash(password), failed_logins=0, locked_until_ms=0, password_is_told=True)
        .returning(t.accounts.c.account_id)
    )
    if account_id is None:
        raise Refusal("account_unknown", login=login)
    connection.execute(delete(t.web_sessions).where(t.web_sessions.c.account_id == account_id))
    return password


def choose_password(connection: Connection, account_id: UUID, password: str) -> None:
    """Somebody's own password in place of one they were told. Refuses `password_short`, `password_long`."""
    if len(password) < PASSWORD_LETTERS_MIN:
        raise Refusal("password_short", letters_min=PASSWORD_LETTERS_MIN)
    if len(password.encode()) > PASSWORD_BYTES_MAX:
        raise Refusal("password_long")
    with _hashing_at_once:
        hashed = _hasher.hash(password)
    connection.execute(
        update(t.accounts)
        .where(t.accounts.c.account_id == account_id)
        .values(password_hash=hashed, password_is_told=False)
    )


class Account(Struct, frozen=True, kw_only=True):
    """An account whose password is about to be tried."""

    account_id: UUID
    login: str
    role: str
    password_hash: str


def begin_login(connection: Connection, login: str, now_ms: int) -> Account | Refusal | None:
    """The account to try a password on, None if there is no such login, or the refusal `login_locked(minutes)`.

    The attempt is counted as a wrong one before it is tried (`finish_login` takes that back), so that many guesses at
    once get no further than one after the other. The refusal is returned, not raised: the count must be kept.
    """
    columns = t.accounts.c
    row = connection.execute(
        select(t.accounts).where(columns.login == login, columns.active).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    if row.locked_until_ms > now_ms:
        return Refusal("login_locked", minutes=-(-(row.locked_until_ms - now_ms) // 60_000))
    wrong = row.failed_logins + 1
    locks = wrong - WRONG_PASSWORDS_FREE
    lock_ms = min(LOCK_MS_MAX, LOCK_MS_FIRST << min(locks, 10)) if locks >= 0 else 0
    connection.execute(
        update(t.accounts)
        .where(columns.account_id == row.account_id)
        .values(failed_logins=wrong, locked_until_ms=now_ms + lock_ms if lock_ms else 0)
    )
    return Account(account_id=row.account_id, login=row.login, role=row.role, password_hash=row.password_hash)


def password_is_right(account: Account | None, password: str) -> bool:
    """Whether it is; outside any transaction, as it takes its time, the same time for an unknown login."""
    if len(password.encode()) > PASSWORD_BYTES_MAX:
        return False
    with _hashing_at_once:
        try:
            _hasher.verify(account.password_hash if account is not None else _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return account is not None


def finish_login(connection: Connection, account: Account, now_ms: int) -> Session:
    """A new session for who gave the right password; what is over is swept out."""
    connection.execute(
        update(t.accounts)
        .where(t.accounts.c.account_id == account.account_id)
        .values(failed_logins=0, locked_until_ms=0, last_login_ms=now_ms)
    )
    connection.execute(delete(t.web_sessions).where(t.web_sessions.c.expires_at_ms <= now_ms))
    session = Session(
        token=secrets.token_urlsafe(32),
        csrf_token=secrets.token_urlsafe(32),
        account_id=account.account_id,
        login=account.login,
        role=account.role,
        expires_at_ms=now_ms + SESSION_MS,
    )
    connection.execute(
        insert(t.web_sessions).values(
            token_hash=_token_hash(session.token),
            account_id=account.account_id,
            csrf_token=session.csrf_token,
            created_at_ms=now_ms,
            expires_at_ms=session.expires_at_ms,
        )
    )
    return session


def session_of(connection: Connection, token: str, now_ms: int) -> Session | None:
    """Whose session this token names, while it lasts."""
    row = connection.execute(
        select(t.web_sessions, *(t.accounts.c[name] for name in _OF_THE_ACCOUNT))
        .join(t.accounts, t.accounts.c.account_id == t.web_sessions.c.account_id)
        .where(
            t.web_sessions.c.token_hash == _token_hash(token),
            t.web_sessions.c.expires_at_ms > now_ms,
            t.web_sessions.c.expires_at_ms <= now_ms + 2 * SESSION_MS,  # else HQ's clock was far ahead when it began
            t.accounts.c.active,
        )
    ).one_or_none()
    if row is None:
        return None
    return Session(
        token=token,
        csrf_token=row.csrf_token,
        account_id=row.account_id,
        login=row.login,
        role=row.role,
        expires_at_ms=row.expires_at_ms,
        full_name=row.full_name,
        region_id=row.region_id,
        store_id=row.store_id,
        password_is_told=bool(row.password_is_told),
    )


def close_session(connection: Connection, token: str) -> None:
    """Nobody comes in by this token again."""
    connection.execute(delete(t.web_sessions).where(t.web_sessions.c.token_hash == _token_hash(token)))


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
