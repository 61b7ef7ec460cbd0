"""What somebody at HQ may do to a till, and what each deed costs, worked out before the button is shown.

Each deed names its money effect in plain figures; doing it writes the audit log in the same transaction.
"""

from collections.abc import Callable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, enrolment, healing, write_off
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.rights import sealing
from hq_sync_server.office.rights.sealing import Exposure
from hq_sync_server.office.shops.till_watch import TillState
from shared_models.refusals import Refusal

_IN_ORDER = frozenset({"sound", "silent"})
_ENDED = frozenset({"revoked", "written_off"})


class Deed(Struct, frozen=True, kw_only=True):
    """Something that may be done now. The figures are what hangs on it: money said to wait at the till, what it holds
    of members' balances and coupons (what could be spent a second time), and entries kept aside."""

    name: str
    waiting_fen: int
    waiting_entries: int
    outside_fen: int
    outside_points: int
    coupons: int
    members: int
    kept_entries: int
    possible_from_ms: int = 0


def deeds(connection: Connection, till: TillState) -> tuple[Deed, ...]:
    """The deeds that this till's state allows, in the order of their weight."""
    effect = write_off.effect(connection, till.till_id)
    _batches, entries = kept.waiting(connection, till.till_id)
    # Until it is revoked, only the present holder's own rest is at stake: its earlier epochs are closed one by one.
    present = sealing.rest_of(connection, till.till_id, till.epoch).exposure()
    earlier = branches.unsealed(connection, till.till_id, till.epoch)

    def deed(name: str) -> Deed:
        held = {"write_off": effect.exposure, "new_code": Exposure(), "accept_kept": Exposure()}.get(name, present)
        if name == "revoke":
            held = _with_earlier(connection, till.till_id, present, earlier)
        return Deed(
            name=name,
            waiting_fen=till.waiting_fen,
            waiting_entries=till.waiting_entries,
            outside_fen=held.amount_fen,
            outside_points=held.points,
            coupons=held.tokens,
            members=held.members,
            kept_entries=entries,
            possible_from_ms=effect.possible_from_ms if name == "write_off" else 0,
        )

    return tuple(deed(name) for name in _DEEDS if _is_allowed(name, till, kept_entries=entries))


def _with_earlier(connection: Connection, till_id: UUID, present: Exposure, earlier: list[int]) -> Exposure:
    """All that cannot be spent elsewhere once the key is gone: a disk of an earlier epoch may hold some of it."""
    others = [sealing.rest_of(connection, till_id, epoch).exposure() for epoch in earlier]
    return write_off.together([present, *others])


def do(work: Work, viewer: Viewer, name: str, till_id: UUID, store_id: UUID) -> object:
    """Do it; a new enrolment code where the deed makes one. Refuses `deed_unknown`, and what the deed refuses."""
    viewer.require("tills.end")
    if name not in _DEEDS:
        raise Refusal("deed_unknown")
    made = _DEEDS[name](work, till_id, viewer.login)
    audit.note(work, viewer, f"till_{name}", f"till:{till_id.hex}", {}, {"deed": name}, store_id=store_id)
    return made


def _is_allowed(name: str, till: TillState, *, kept_entries: int) -> bool:
    match name:
        case "open_epoch":
            return till.state not in _IN_ORDER | _ENDED and not till.approved_by
        case "revoke":
            return till.state not in _ENDED
        case "write_off":
            return till.state == "revoked"
        case "accept_kept":
            return kept_entries > 0
        case _:
            return True


def _revoke(work: Work, till_id: UUID, _by: str) -> None:
    tills.revoke(work, till_id)


def _code_for_its_book(work: Work, till_id: UUID, by: str) -> object:
    return enrolment.new_code(work, till_id, by)


def _code_without_its_book(work: Work, till_id: UUID, by: str) -> object:
    return enrolment.new_code(work, till_id, by, disk_gone=True)


_DEEDS: dict[str, Callable[[Work, UUID, str], object]] = {
    "open_epoch": healing.open_epoch,
    "accept_kept": kept.accept,
    "new_code": _code_for_its_book,
    "new_code_disk_gone": _code_without_its_book,
    "revoke": _revoke,
    "write_off": write_off.write_off,
}
