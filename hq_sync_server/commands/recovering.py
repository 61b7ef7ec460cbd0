"""Commands around a backup: making one, saying that one was restored, and going on without a till that is gone."""

import msgspec

from hq_sync_server.commands.command import DONE, FOUND_WRONG, Command
from hq_sync_server.console.texts import N_
from hq_sync_server.office.healing import copies, recovery
from hq_sync_server.office.healing.recovery import RecoveryState
from hq_sync_server.office.organisation import tills
from shared_models.refusals import Refusal


def back_up(command: Command) -> int:
    """A copy of the records while HQ goes on."""
    to = command.arguments.file.absolute()
    copies.back_up(command.desk, to)
    command.voice.say(N_("The records are in {path}, {mebibytes} MiB."), path=to, mebibytes=to.stat().st_size // 2**20)
    command.voice.say(N_("The keys are not in it. Copy {path} to another place too."), path=command.settings.key_folder)
    return DONE


def mark_dump(command: Command) -> int:
    """The line that ends a pg_dump."""
    command.voice.value(copies.mark_for_dump(command.desk))
    return DONE


def restored(command: Command) -> int:
    """These records came from a backup that does not know it."""
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    command.desk.run(recovery.begin)
    copies.renew_mark(command.desk)
    say_state(command)
    return DONE


def excuse_till(command: Command) -> int:
    """Go on without a till: first what it may cost, with --yes then for good."""
    given, voice = command.arguments, command.voice
    with command.desk.read() as connection:
        till = tills.named(connection, given.till)
        effect = recovery.excuse_effect(connection, till.till_id)
    voice.say(
        N_(
            "When the backup was made this till held {held_fen} of stored value, {points} points and {tokens} coupons; "
            "of what it was given since HQ knows nothing. Lent to others, it is the chain's loss if the till spent it."
        ),
        held_fen=effect.held_fen,
        points=effect.held_points,
        tokens=effect.held_tokens,
    )
    if effect.is_last:
        voice.say(
            N_("It is the last one HQ waits for: {made_good_fen} and {points} points are made good at once."),
            made_good_fen=effect.made_good_fen,
            points=effect.made_good_points,
        )
    if not given.yes:
        raise Refusal("confirmation_missing")
    command.desk.run(lambda work: recovery.excuse(work, till.till_id, given.by))
    voice.say(N_("The till is excused. What it still brings when it comes back pays the chain first."))
    return DONE


def show_recovery(command: Command) -> int:
    """How the recovery stands. 1 while it is open."""
    with command.desk.read() as connection:
        state = recovery.state(connection)
    if command.arguments.json:
        command.voice.value(msgspec.json.encode(state).decode())
    elif state is None:
        command.voice.say(N_("No recovery is under way: every till has been heard, and HQ lends as ever."))
    else:
        _say(command, state)
    return FOUND_WRONG if state is not None and state.is_open else DONE


def say_state(command: Command) -> None:
    """Whom HQ still waits for, where it recovers from a backup."""
    with command.desk.read() as connection:
        state = recovery.state(connection)
    if state is not None:
        _say(command, state)


def _say(command: Command, state: RecoveryState) -> None:
    voice = command.voice
    if state.is_open:
        voice.say(
            N_(
                "HQ was restored from a backup and lends nothing until every till has reported: {awaited} of {tills} "
                "are awaited. Negative so far: {negative_fen} and {negative_points} points in {lots} lots."
            ),
            awaited=len(state.awaited),
            tills=len(state.tills),
            negative_fen=state.negative_fen,
            negative_points=state.negative_points,
            lots=state.negative_lots,
        )
    now_ms = command.desk.clock.now_ms()
    for till in state.tills:
        if till.reported_at_ms is not None:
            sentence = N_("  {till}: has reported")
        elif till.excused_by:
            sentence = N_("  {till}: excused by {by}, has not come back")
        else:
            sentence = N_("  {till}: awaited; last seen {ago}")
        ago = voice.texts.ago(till.last_seen_ms, now_ms)
        voice.say(sentence, till=till.label, by=till.excused_by, ago=ago)
