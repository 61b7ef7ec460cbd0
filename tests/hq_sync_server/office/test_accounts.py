"""Who may look into HQ: one-time passwords, locks that grow, sessions that end."""

import pytest
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.accounts import Session
from hq_sync_server.records import office_tables
from shared_models.moments import ManualClock
from shared_models.refusals import Refusal
from tests.passwords import OWN_HASHER

MINUTE_MS = 60_000


def _add(hq: Hq, login: str = "admin") -> str:
    return hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, login, "hq_admin"))


def _log_in(hq: Hq, password: str, login: str = "admin") -> Session | str:
    now_ms = hq.desk.clock.now_ms()
    account = hq.desk.run(lambda work: accounts.begin_login(work.connection, login, now_ms))
    if isinstance(account, Refusal):
        return account.code
    if not accounts.password_is_right(account, password) or account is None:
        return "wrong"
    return hq.desk.run(lambda work: accounts.finish_login(work.connection, account, now_ms))


def _session(hq: Hq, token: str) -> Session | None:
    with hq.desk.read() as connection:
        return accounts.session_of(connection, token, hq.desk.clock.now_ms())


def test_a_session_that_began_while_the_clock_was_years_ahead_is_none(hq: Hq, clock: ManualClock) -> None:
    right_ms = clock.now_ms()
    password = _add(hq)
    clock.set_wall(right_ms + 365 * 86_400_000)
    session = _log_in(hq, password)
    assert isinstance(session, Session)

    clock.set_wall(right_ms)

    assert _session(hq, session.token) is None


def test_the_right_password_opens_a_session_that_ends_by_itself(hq: Hq, clock: ManualClock) -> None:
    session = _log_in(hq, _add(hq))

    assert isinstance(session, Session)
    assert _session(hq, session.token) == session
    clock.advance(accounts.SESSION_MS)
    assert _session(hq, session.token) is None


def test_the_programs_own_passwords_are_costly_to_guess(hq: Hq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_hasher", OWN_HASHER)
    password = _add(hq)

    with hq.desk.read() as connection:
        kept = str(connection.scalar(select(office_tables.accounts.c.password_hash)))

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert _log_in(hq, password[:-1] + ("a" if password[-1] != "a" else "b")) == "wrong"
    assert isinstance(_log_in(hq, password), Session)


def test_a_stolen_database_holds_neither_password_nor_token(hq: Hq) -> None:
    password = _add(hq)
    session = _log_in(hq, password)
    assert isinstance(session, Session)

    with hq.desk.read() as connection:
        kept = repr(
            [
                *connection.execute(select(office_tables.accounts)),
                *connection.execute(select(office_tables.web_sessions)),
            ]
        )

    assert password not in kept
    assert session.token not in kept
    assert "$argon2id$" in kept


def test_wrong_passwords_lock_the_account_for_longer_each_time(hq: Hq, clock: ManualClock) -> None:
    password = _add(hq)

    tries = [_log_in(hq, "wrong") for _ in range(accounts.WRONG_PASSWORDS_FREE)]
    assert tries == ["wrong"] * accounts.WRONG_PASSWORDS_FREE
    assert _log_in(hq, password) == "login_locked"
    clock.advance(MINUTE_MS)
    assert _log_in(hq, "wrong") == "wrong"
    clock.advance(MINUTE_MS)
    assert _log_in(hq, password) == "login_locked"
    clock.advance(MINUTE_MS)
    assert isinstance(_log_in(hq, password), Session)


def test_guesses_made_at_once_count_before_any_is_tried(hq: Hq) -> None:
    _add(hq)
    now_ms = hq.desk.clock.now_ms()

    begun = [
        hq.desk.run(lambda work: accounts.begin_login(work.connection, "admin", now_ms))
        for _ in range(accounts.WRONG_PASSWORDS_FREE + 3)
    ]

    assert [isinstance(one, Refusal) for one in begun] == [False] * accounts.WRONG_PASSWORDS_FREE + [True] * 3


def test_nobody_is_let_in_by_an_unknown_login_or_an_endless_password(hq: Hq) -> None:
    password = _add(hq)
    assert _log_in(hq, password, "somebody") == "wrong"
    assert _log_in(hq, password * 1000) == "wrong"


def test_a_new_password_ends_the_old_one_its_sessions_and_its_lock(hq: Hq) -> None:
    old = _add(hq)
    session = _log_in(hq, old)
    assert isinstance(session, Session)
    for _ in range(accounts.WRONG_PASSWORDS_FREE):
        _log_in(hq, "wrong")

    new = hq.desk.run(lambda work: accounts.renew_password(work.connection, "admin"))

    assert _session(hq, session.token) is None
    assert _log_in(hq, old) == "wrong"
    assert isinstance(_log_in(hq, new), Session)
