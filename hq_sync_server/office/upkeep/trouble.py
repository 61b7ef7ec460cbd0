"""Trouble with records and folders that is no mistake of the program, as a refusal that can be said to a person."""

from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, NoSuchModuleError, OperationalError

from hq_sync_server.office.desk import RecordsAwayError
from shared_models.refusals import Refusal

_LETTERS_MAX = 300


def refusal_of(error: BaseException) -> Refusal | None:
    """The refusal for a database or folder that cannot be reached, is full or is none; None for a fault of ours."""
    if isinstance(error, RecordsAwayError):
        return refusal_of(error.__cause__) if error.__cause__ else Refusal("database_unreachable", reason="")
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return Refusal("database_unreachable", reason="the URL is not one")
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        lines = str(error.orig).strip().splitlines()
        return Refusal("database_unreachable", reason=lines[0][:_LETTERS_MAX] if lines else "")
    if isinstance(error, OSError):
        return Refusal("place_unusable", path=str(error.filename or ""), reason=error.strerror or str(error))
    return None
