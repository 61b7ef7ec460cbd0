"""Who at HQ may do what, and whose stores they see: the one table of roles, asked by the office itself.

A permission is `room.deed`. The console asks before it shows a page; the office asks again where it acts, and every
reading function is handed a `Scope`, so that a page that forgot to ask still shows nobody else's region.
"""

from collections.abc import Collection, Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.sql.elements import SQLColumnExpression

from hq_sync_server.office.access.accounts import AccountRole, Session
from hq_sync_server.records import tables
from shared_models.refusals import Refusal

Permission = Literal[
    "home.see",
    "alerts.close",
    "alerts.limit",
    "tills.see",
    "tills.enrol",
    "tills.end",  # revoke, new epoch, write-off: rights and money change hands
    "stores.edit",
    "members.see",
    "members.edit",
    "members.adjust",
    "members.agree",
    "members.unite",
    "members.reveal",
    "members.export",
    "members.forget",
    "exceptions.see",
    "exceptions.work",
    "rules.see",
    "rules.draft",
    "rules.publish",
    "tickets.see",
    "tickets.work",
    "knowledge.edit",
    "goods.see",
    "goods.edit",
    "prices.edit",
    "grids.edit",
    "imports.do",
    "accounts.manage",
    "audit.see",
]

ROLES: tuple[AccountRole, ...] = (
    *("hq_admin", "marketing", "region_manager"),
    *("store_manager", "service", "auditor"),
)

_EVERYBODY = frozenset(ROLES)
_WHO_MAY: Mapping[Permission, frozenset[str]] = {
    "home.see": _EVERYBODY,
    "alerts.close": frozenset({"hq_admin", "region_manager", "store_manager", "service"}),
    "alerts.limit": frozenset({"hq_admin"}),
    "tills.see": _EVERYBODY - {"marketing", "service"},
    "tills.enrol": frozenset({"hq_admin", "region_manager"}),
    "tills.end": frozenset({"hq_admin"}),
    "stores.edit": frozenset({"hq_admin"}),
    "members.see": _EVERYBODY,
    "members.edit": frozenset({"hq_admin", "region_manager", "store_manager", "service"}),
    "members.adjust": frozenset({"hq_admin", "region_manager", "service"}),
    "members.agree": frozenset({"hq_admin", "region_manager"}),
    "members.unite": frozenset({"hq_admin", "service"}),
    "members.reveal": frozenset({"hq_admin", "service"}),
    "members.export": frozenset({"hq_admin"}),
    "members.forget": frozenset({"hq_admin"}),
    "exceptions.see": _EVERYBODY - {"marketing"},
    "exceptions.work": frozenset({"hq_admin", "region_manager", "service"}),
    "rules.see": _EVERYBODY - {"service"},
    "rules.draft": frozenset({"hq_admin", "marketing", "region_manager", "store_manager"}),
    "rules.publish": frozenset({"hq_admin", "region_manager"}),
    "tickets.see": _EVERYBODY - {"marketing"},
    "tickets.work": frozenset({"hq_admin", "region_manager", "service"}),
    "knowledge.edit": frozenset({"hq_admin", "service"}),
    "goods.see": frozenset({"hq_admin", "marketing", "region_manager", "store_manager", "auditor"}),
    "goods.edit": frozenset({"hq_admin", "marketing"}),
    "prices.edit": frozenset({"hq_admin", "marketing", "region_manager"}),
    "grids.edit": frozenset({"hq_admin", "marketing", "region_manager", "store_manager"}),
    "imports.do": frozenset({"hq_admin"}),
    "accounts.manage": frozenset({"hq_admin"}),
    "audit.see": frozenset({"hq_admin", "region_manager", "auditor"}),
}
ROLES_OF_A_REGION = frozenset({"region_manager"})
ROLES_OF_A_STORE = frozenset({"store_manager"})


class Viewer(Struct, frozen=True, kw_only=True):
    """Who is asking. `region_id` of a region manager, `store_id` of a store manager; without one they see nothing."""

    login: str
    role: str
    region_id: UUID | None = None
    store_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role has this permission anywhere."""
        return self.role in _WHO_MAY[permission]

    def require(self, permission: Permission) -> None:
        """Refuses `not_allowed`."""
        if not self.may(permission):
            raise Refusal("not_allowed")


OFFICE = Viewer(login="hq", role="hq_admin")
"""Nobody at a page: whoever runs a program on HQ's own machine can read the records anyway."""


def viewer_of(session: Session) -> Viewer:
    """Whoever is in by this session."""
    return Viewer(login=session.login, role=session.role, region_id=session.region_id, store_id=session.store_id)


class Scope(Struct, frozen=True):
    """The stores somebody sees; None: all of them."""

    store_ids: frozenset[UUID] | None = None

    def holds(self, store_id: UUID | None) -> bool:
        """Whether a store is inside; what belongs to no store is HQ's own."""
        return self.store_ids is None or store_id in self.store_ids

    def require(self, store_id: UUID | None) -> None:
        """Refuses `not_found`: whoever guesses another region's address learns not even that it is there."""
        if not self.holds(store_id):
            raise Refusal("not_found")

    def condition(self, column: SQLColumnExpression[UUID | None]) -> list[ColumnElement[bool]]:
        """What to add to a WHERE: nothing, or the stores inside."""
        return [] if self.store_ids is None else [column.in_(self.store_ids)]


def scope_of(connection: Connection, viewer: Viewer) -> Scope:
    """Whose stores somebody sees."""
    if viewer.role in ROLES_OF_A_STORE:
        return Scope(frozenset({viewer.store_id} - {None}))  # type: ignore[arg-type]  # None was taken out
    if viewer.role in ROLES_OF_A_REGION:
        columns = tables.stores.c
        inside = connection.scalars(select(columns.store_id).where(columns.region_id == viewer.region_id))
        return Scope(frozenset(inside) if viewer.region_id is not None else frozenset())
    return Scope()


def tills_inside(connection: Connection, scope: Scope) -> Collection[UUID] | None:
    """The tills of a scope; None: all."""
    if scope.store_ids is None:
        return None
    columns = tables.tills.c
    return frozenset(connection.scalars(select(columns.till_id).where(columns.store_id.in_(scope.store_ids))))
