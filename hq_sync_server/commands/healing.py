"""Commands around tills whose disk went back, that were copied or lost: each says what it costs before it does it."""

from hq_sync_server.commands.command import DONE, Command
from hq_sync_server.commands.voice import Voice
from hq_sync_server.console.texts import N_
from hq_sync_server.office.healing import enrolment, healing, write_off
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import sealing
from hq_sync_server.office.rights.sealing import Exposure
from shared_models.refusals import Refusal

BY_COMMAND = "command line"


def open_epoch(command: Command) -> int:
    """Allow a frozen till to open its new epoch at its next word."""
    till = _till(command)
    with command.desk.read() as connection:
        _say_outside(command.voice, sealing.rest_of(connection, till.till_id, till.epoch).exposure())
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    command.desk.run(lambda work: healing.open_epoch(work, till.till_id, BY_COMMAND))
    command.voice.say(
        N_("At its next contact the till goes on in a new epoch. Any other copy of it is shut out from then on.")
    )
    return DONE


def revoke_till(command: Command) -> int:
    """Take a till's key away."""
    till = _till(command)
    voice = command.voice
    with command.desk.read() as connection:
        told = write_off.effect(connection, till.till_id)
        _say_outside(voice, sealing.rest_of(connection, till.till_id, till.epoch).exposure(), _STAYS_OUT)
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    command.desk.run(lambda work: tills.revoke(work, till.till_id))
    voice.say(N_("The till's key is believed no longer. What it still sends is kept aside (accept-kept)."))
    voice.say(
        N_("What it holds comes home by enrolling it again (re-enrol), or by write-off from {possible_from_ms} on."),
        possible_from_ms=told.possible_from_ms,
    )
    return DONE


def re_enrol(command: Command) -> int:
    """A one-time code by which a till is enrolled again and keeps its id."""
    given, voice = command.arguments, command.voice
    till = _till(command)
    if given.disk_gone:
        with command.desk.read() as connection:
            _say_outside(voice, sealing.rest_of(connection, till.till_id, till.epoch).exposure())
        if not given.yes:
            raise Refusal("confirmation_missing")
    code = command.desk.run(
        lambda work: enrolment.new_code(
            work, till.till_id, BY_COMMAND, disk_gone=given.disk_gone, valid_minutes=given.valid_minutes
        )
    )
    if given.quiet:
        voice.value(code.code)
        return DONE
    until = voice.texts.moment(code.expires_at_ms)
    voice.say(N_("Code by which the till is enrolled again: {code}"), code=code.code)
    voice.say(N_("It works once, until {until}. HQ does not show it again."), until=until)
    voice.say(N_("Type it at the till: pos-client enrol CODE. The key it had before is believed no longer then."))
    return DONE


def write_off_till(command: Command) -> int:
    """Take home what a lost till holds."""
    till, voice = _till(command), command.voice
    with command.desk.read() as connection:
        told = write_off.effect(connection, till.till_id)
    _say_outside(voice, told.exposure)
    if told.waiting_entries:
        voice.say(
            N_("When it was heard last, {entries} entries of {waiting_fen} waited there: HQ may never see them."),
            entries=told.waiting_entries,
            waiting_fen=told.waiting_fen,
        )
    voice.say(N_("HQ heard it last at {last_seen_ms}."), last_seen_ms=told.last_seen_ms)
    write_off.check(told, command.desk.clock.now_ms())  # nobody is asked to confirm what cannot be done
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    command.desk.run(lambda work: write_off.write_off(work, till.till_id, BY_COMMAND))
    voice.say(N_("Written off. Should the till come back, its sales are taken all the same; then enrol it again."))
    return DONE


def accept_kept(command: Command) -> int:
    """Take what came under a revoked key into the books."""
    till, voice = _till(command), command.voice
    with command.desk.read() as connection:
        batches, entries = kept.waiting(connection, till.till_id)
    voice.say(N_("{entries} entries in {batches} batches are kept aside."), entries=entries, batches=batches)
    if not command.arguments.yes:
        raise Refusal("confirmation_missing")
    accepted = command.desk.run(lambda work: kept.accept(work, till.till_id, BY_COMMAND))
    voice.say(N_("{entries} entries taken, each with a remark."), entries=accepted.entries)
    if accepted.batches_left:
        voice.say(
            N_("{batches} batches hang on entries that HQ does not have and stay aside."), batches=accepted.batches_left
        )
    return DONE


def _till(command: Command) -> Till:
    with command.desk.read() as connection:
        return tills.named(connection, command.arguments.till)


_COMES_HOME = N_(
    "The till holds {amount_fen} of stored value, {points} points and {tokens} coupons of {members} members. "
    "They come home, and are listed as exposure: if its disk lives, it could spend them a second time."
)
_STAYS_OUT = N_(
    "The till holds {amount_fen} of stored value, {points} points and {tokens} coupons of {members} members. "
    "Nobody can use them anywhere else before it is enrolled again or written off."
)


def _say_outside(voice: Voice, exposure: Exposure, words: str = _COMES_HOME) -> None:
    if exposure.is_nothing:
        voice.say(N_("The till holds nothing of any member."))
        return
    voice.say(
        words,
        amount_fen=exposure.amount_fen,
        points=exposure.points,
        tokens=exposure.tokens,
        members=exposure.members,
    )
