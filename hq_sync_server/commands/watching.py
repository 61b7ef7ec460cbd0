"""Commands that look: how the chain stands, and whether its books are whole."""

import msgspec

from hq_sync_server.commands import recovering
from hq_sync_server.commands.command import DONE, FOUND_WRONG, Command
from hq_sync_server.console import texts as words
from hq_sync_server.console.texts import N_
from hq_sync_server.office.healing import copies
from hq_sync_server.office.shops import status
from hq_sync_server.office.shops.status import Overview, TillStatus
from hq_sync_server.office.upkeep import till_checks, upkeep, verify
from shared_models.refusals import Refusal


def show_status(command: Command) -> int:
    """Stores, tills, what waits, and what HQ could not take as it came. 1 when something needs a look."""
    now_ms = command.desk.clock.now_ms()
    with command.desk.read() as connection:
        shown = status.overview(connection, now_ms)
    if command.arguments.json:
        command.voice.value(msgspec.json.encode(shown).decode())
    else:
        _say(command, shown)
    unsound = any(till.ledger_state != "sound" for store in shown.stores for till in store.tills) or shown.recovery
    return FOUND_WRONG if unsound or shown.exceptions_open or shown.parked_open else DONE


def keep_up(command: Command) -> int:
    """What `serve` does by itself once a day."""
    done = upkeep.run(command.desk)
    command.voice.say(
        N_(
            "{lots} expired lots written off ({points} points), {members} idle placements looked at,"
            " {risks} risks lost ({fen} fen)."
        ),
        lots=done.expired_lots,
        points=done.expired_points,
        members=done.members_renewed,
        risks=done.risks_lost,
        fen=done.lost_fen,
    )
    return DONE


def _say_copy(command: Command) -> None:
    """What a backup looked at needs before it is HQ."""
    with command.desk.read() as connection:
        is_copy = copies.are_a_copy(connection, command.desk.keys)
    if is_copy:
        command.voice.value(command.voice.texts.refusal(Refusal("records_are_a_copy")))


def _say(command: Command, shown: Overview) -> None:
    voice = command.voice
    voice.say(
        N_("{chain}: {members} members, {goods} articles, {entries} entries; feed at {epoch} · {position}."),
        chain=shown.chain_name,
        members=shown.members,
        goods=shown.goods,
        entries=shown.entries,
        epoch=shown.hq_epoch,
        position=shown.feed_position,
    )
    recovering.say_state(command)
    _say_copy(command)
    for store in shown.stores:
        voice.say(
            N_("{store} {name}, rules version {version}"),
            store=store.code,
            name=store.name,
            version=store.rules_version,
        )
        for till in store.tills:
            _say_till(command, till, shown.now_ms)
    voice.say(
        N_("{exceptions} exceptions open, {parked} entries parked."),
        exceptions=shown.exceptions_open,
        parked=shown.parked_open,
    )
    for line in shown.exceptions:
        meaning = voice.texts.word(words.EXCEPTIONS, line.code)
        if not line.till:  # HQ's own
            voice.value(f"  {meaning} ({line.code})")
            continue
        voice.say(
            N_("  {till}, entry {epoch}·{seq}: {meaning} ({code})"),
            till=line.till,
            epoch=line.epoch,
            seq=line.seq,
            meaning=meaning,
            code=line.code,
        )
    for parked in shown.parked:
        meaning = voice.texts.word(words.EXCEPTIONS, parked.reason)
        voice.say(
            N_("  {till}, entry {epoch}·{seq} parked: {meaning} ({code})"),
            till=parked.till,
            epoch=parked.epoch,
            seq=parked.seq,
            meaning=meaning,
            code=parked.reason,
        )


def _say_till(command: Command, till: TillStatus, now_ms: int) -> None:
    texts = command.voice.texts
    command.voice.say(
        N_(
            "  Till {number} {till}: seen {ago}; {waiting} entries and {waiting_fen} wait there, {here} are here; "
            "{behind} changes not taken; epoch {epoch}; ledger: {state}"
        ),
        number=till.number,
        till=till.name,
        ago=texts.ago(till.last_seen_ms, now_ms),
        waiting=till.waiting_entries,
        waiting_fen=till.waiting_fen,
        here=till.entries_here,
        behind=till.feed_behind,
        epoch=till.epoch,
        state=texts.word(words.LEDGER_STATES, till.ledger_state),
    )


def verify_books(command: Command) -> int:
    """Walk every chain and recompute every balance from the entries."""
    with command.desk.read() as connection:
        report = verify.verify(connection)
    command.desk.run(lambda work: till_checks.keep(work, report))
    if command.arguments.json:
        command.voice.value(msgspec.json.encode(report).decode())
        return FOUND_WRONG if report.faults else DONE
    command.voice.say(
        N_("{chains} chains, {entries} entries, {postings} postings, {balances} balances, {tokens} tokens."),
        chains=report.chains,
        entries=report.entries,
        postings=report.postings,
        balances=report.balances,
        tokens=report.tokens,
    )
    for fault in report.faults:
        command.voice.say(N_("Fault {code}: {where}"), code=fault.code, where=fault.where)
    command.voice.say(N_("The books are whole.") if not report.faults else N_("The books are not whole."))
    return FOUND_WRONG if report.faults else DONE
