"""What somebody at HQ may do to a till, and what each deed costs, worked out before the button is shown.

Each deed names its money effect in plain figures; doing it writes the audit log in the same transaction.
"""

from collections.abc import Callable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection

from hq_sync_server.office import audit, till_watch, tills
from hq_sync_server.office.desk import Work
from hq_sync_server.office.roles import Viewer
from hq_sync_server.office.till_watch import TillState
from shared_models.refusals import Refusal

_ACTIVE = frozenset({"sound", "silent"})


class Deed(Struct, frozen=True, kw_only=True):
    """Something that may be done now. The figures are what hangs on it: money said to wait at the till, and what it
    holds of members' balances."""

    name: str
    waiting_fen: int
    waiting_entries: int
    outside_fen: int
    outside_points: int
    members: int


def deeds(connection: Connection, till: TillState) -> tuple[Deed, ...]:
    """The deeds that this till's state allows, in the order of their weight."""
    outside = till_watch.outside(connection, till.till_id)

    def deed(name: str) -> Deed:
        return Deed(
            name=name,
            waiting_fen=till.waiting_fen,
            waiting_entries=till.waiting_entries,
            outside_fen=outside.stored_value_fen,
            outside_points=outside.points,
            members=outside.members,
        )

    return tuple(deed(name) for name in _DEEDS if _is_allowed(name, till.state))


def do(work: Work, viewer: Viewer, name: str, till_id: UUID, store_id: UUID) -> object:
    """Do it; a new enrolment code where the deed makes one. Refuses `deed_unknown`, and what the deed refuses."""
    viewer.require("tills.end")
    if name not in _DEEDS:
        raise Refusal("deed_unknown")
    made = _DEEDS[name](work, viewer, till_id)
    audit.note(work, viewer, f"till_{name}", f"till:{till_id.hex}", {}, {"deed": name}, store_id=store_id)
    return made


def _is_allowed(name: str, state: str) -> bool:
    if name == "revoke":
        return state not in ("revoked", "written_off")
    return state not in _ACTIVE


def _revoke(work: Work, _viewer: Viewer, till_id: UUID) -> None:
    tills.revoke(work, till_id)


_DEEDS: dict[str, Callable[[Work, Viewer, UUID], object]] = {"revoke": _revoke}
