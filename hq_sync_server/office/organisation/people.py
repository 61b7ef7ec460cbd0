"""People at HQ: their accounts as an administrator sees and changes them."""

from typing import Any, get_args
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, delete, select, update

from hq_sync_server.office.access import accounts, audit
from hq_sync_server.office.access.accounts import AccountRole
from hq_sync_server.office.access.roles import ROLES, ROLES_OF_A_REGION, ROLES_OF_A_STORE, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation.stores import CODE_WORD
from hq_sync_server.records import office_tables, tables
from shared_models.refusals import Refusal

_accounts = office_tables.accounts


class Person(Struct, frozen=True, kw_only=True):
    """An account. `place` is the name of the region or store its holder sees; '' where that is the whole chain."""

    account_id: UUID
    login: str
    full_name: str
    role: str
    active: bool
    place: str
    last_login_ms: int
    locked_until_ms: int
    password_is_told: bool


def everybody(connection: Connection) -> list[Person]:
    """Every account, by login."""
    stores, regions = tables.stores, tables.regions
    rows = connection.execute(
        select(_accounts, stores.c.name.label("store_name"), regions.c.name.label("region_name"))
        .outerjoin(stores, stores.c.store_id == _accounts.c.store_id)
        .outerjoin(regions, regions.c.region_id == _accounts.c.region_id)
        .order_by(_accounts.c.login)
    )
    return [
        Person(
            account_id=row.account_id,
            login=row.login,
            full_name=row.full_name,
            role=row.role,
            active=bool(row.active),
            place=row.store_name or row.region_name or "",
            last_login_ms=row.last_login_ms,
            locked_until_ms=row.locked_until_ms,
            password_is_told=bool(row.password_is_told),
        )
        for row in rows
    ]


def logins(connection: Connection) -> list[str]:
    """Everybody to whom something can be assigned."""
    return list(connection.scalars(select(_accounts.c.login).where(_accounts.c.active).order_by(_accounts.c.login)))


def add(
    work: Work, viewer: Viewer, login: str, full_name: str, role: str, region_id: UUID | None, store_id: UUID | None
) -> str:
    """A new account; its one-time password. Refuses `code_invalid`, `account_exists`, `role_unknown`,
    `region_missing`, `store_wanted`."""
    viewer.require("accounts.manage")
    known = _role(role, region_id, store_id)
    if not CODE_WORD.fullmatch(login):
        raise Refusal("code_invalid", word=login)
    password = accounts.add_account(
        work.connection,
        work.ids,
        login,
        known,
        full_name=full_name,
        region_id=region_id if role in ROLES_OF_A_REGION else None,
        store_id=store_id if role in ROLES_OF_A_STORE else None,
        one_time=True,
    )
    audit.note(work, viewer, "account_added", f"account:{login}", {}, {"role": role, "full_name": full_name})
    return password


def renew_password(work: Work, viewer: Viewer, login: str) -> str:
    """Another one-time password. Refuses `account_unknown`."""
    viewer.require("accounts.manage")
    password = accounts.renew_password(work.connection, login)
    audit.note(work, viewer, "password_renewed", f"account:{login}")
    return password


def set_active(work: Work, viewer: Viewer, login: str, *, active: bool) -> None:
    """Shut somebody out at once, or let them in again. Refuses `account_unknown`, `own_account`."""
    viewer.require("accounts.manage")
    if login == viewer.login:
        raise Refusal("own_account")
    row: Any = work.connection.execute(select(_accounts).where(_accounts.c.login == login)).one_or_none()
    if row is None:
        raise Refusal("account_unknown", login=login)
    work.connection.execute(update(_accounts).where(_accounts.c.login == login).values(active=active))
    sessions = office_tables.web_sessions
    work.connection.execute(delete(sessions).where(sessions.c.account_id == row.account_id))
    audit.note(work, viewer, "account_changed", f"account:{login}", {"active": bool(row.active)}, {"active": active})


def _role(role: str, region_id: UUID | None, store_id: UUID | None) -> AccountRole:
    if role not in ROLES:
        raise Refusal("role_unknown", role=role)
    if role in ROLES_OF_A_REGION and region_id is None:
        raise Refusal("region_missing")
    if role in ROLES_OF_A_STORE and store_id is None:
        raise Refusal("store_wanted")
    return next(one for one in get_args(AccountRole) if one == role)
