"""Commands about members: bringing them in, and forgetting one."""

from uuid import UUID

from hq_sync_server.commands.command import DONE, FOUND_WRONG, Command
from hq_sync_server.console.texts import N_
from hq_sync_server.office.desk import Work
from hq_sync_server.office.imports import member_import
from hq_sync_server.office.members import forgetting, member_search
from hq_sync_server.office.sheets import sheets
from shared_models.refusals import Refusal


def import_members(command: Command) -> int:
    """Members with their opening balances: all that can be read, or none when the balances miss the control total."""
    given, voice = command.arguments, command.voice
    if not given.control_total and not given.dry_run:
        raise Refusal("control_total_missing")
    file = member_import.read_members(command.desk, sheets.open_sheet(given.file))
    voice.problems(file.problems)
    total = file.total
    voice.say(
        N_("{count} members can be imported: principal {principal_fen}, bonus {bonus_fen}, points {points}."),
        count=len(file.members),
        principal_fen=total.principal_fen,
        bonus_fen=total.bonus_fen,
        points=total.points,
    )
    if given.control_total:
        member_import.check_total(total, member_import.read_control_total(given.control_total))
    if given.dry_run:
        voice.say(N_("This was a trial: nothing was changed."))
    else:
        control_total = member_import.read_control_total(given.control_total)
        count = command.desk.run(lambda work: member_import.take_members(work, file, control_total))
        voice.say(N_("{count} members imported. The control total is met."), count=count)
    return FOUND_WRONG if file.problems else DONE


def forget(command: Command) -> int:
    """Erase a person everywhere; the nameless account lives until its rights are home."""
    word = command.arguments.member
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")

    def erase(work: Work) -> UUID:
        member_id = member_search.member_named(work, word)
        if member_id is None:
            raise Refusal("member_unknown", member=word)
        forgetting.forget(work, member_id)
        return member_id

    member_id = command.desk.run(erase)
    command.voice.say(N_("Member {member} is forgotten. Tills forget at their next contact."), member=member_id.hex)
    return DONE
