"""Faults after which people have a say: disks that went back, copies of a till, a till lost.

What may have been spent twice is excused by lot, as long as HQ names it as a loss; that rights freeze is demanded where
HQ or the anchor had seen what the disk lost.
"""

from contextlib import suppress
from random import Random
from uuid import UUID

import msgspec

from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import enrolment, write_off
from hq_sync_server.office.intake import kept
from hq_sync_server.office.organisation import tills
from pos_client.ledger.copies import backup, restore
from pos_client.ledger.epochs import ENROL_AGAIN
from pos_client.sync.enrol import enrol
from pos_client.sync.keys import KEY_FILE_NAME, load_keys, save_keys
from shared_models.moments import DAY_MS
from shared_models.postings import derive_postings
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from tests.simulation import disk, greedy, steps
from tests.simulation.disk import Image
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.steps import Act, talk
from tests.simulation.till import SimTill

_RIGHTS_TO_REFUND = "SELECT subject FROM tokens WHERE kind = 'refund_right' AND subject IS NOT NULL"
_IS_HOME = "SELECT 1 FROM tokens WHERE kind = 'home' AND state = 'owned'"
ALL = 1 << 30
_HELD = "SELECT subject, lot FROM rights WHERE granted + credited + risk - spent - released > 0"


def save_image(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody makes a picture of the whole disk, as one does before an update."""
    till.saved = till.image()


def _excuse(stage: Stage, till: SimTill) -> None:
    """What this till may spend now, another copy of it may have spent; an alarm would be no surprise."""
    till.faulted.append("disk")
    till.alarm_excused = True
    excuse_what_it_holds(stage, till)


def excuse_what_it_holds(stage: Stage, till: SimTill) -> None:
    """What this till may spend, redeem or refund now, somebody else may too."""
    driver = till.ledger._database.driver
    stage.watch.excuse_lots(driver.execute(_HELD))
    owned = driver.execute("SELECT token FROM tokens WHERE state = 'owned'")
    stage.watch.excused_tokens.update(token for (token,) in owned)
    stage.excused_sales.update(sale_id for name, sale_id in stage.cashier.people.sales if name == till.name)
    stage.excused_sales.update(UUID(bytes=sale_id) for (sale_id,) in driver.execute(_RIGHTS_TO_REFUND))
    if driver.execute(_IS_HOME).fetchone():  # and what is printed for its store
        papers = (paper for paper in stage.template.papers if paper.store_id == till.store_id)
        stage.watch.excused_tokens.update(paper.token.bytes for paper in papers)


def excuse_what_hq_lost(stage: Stage, till: SimTill) -> None:
    """What the till booked since the backup: until it has said so again, HQ has these lots as they were before."""
    epoch = till.ledger.head().epoch
    known = stage.watch.heads().get((till.till_id, epoch), 0)
    for entry in till.ledger.entries_after(known, ALL, ALL):
        with suppress(msgspec.MsgspecError):  # what was planted to be unreadable moves nothing
            body = till.ledger.body_of(entry)
            legs = () if body is None else derive_postings(body)
            stage.watch.excuse_lots((leg.subject.bytes, leg.lot) for leg in legs if leg.subject is not None)


def _go_back(stage: Stage, till: SimTill, image: Image, *, anchored: bool) -> None:
    """The disk is as it was in the image. With the anchor in place the till must notice by itself at once; without it,
    at the first answer, if HQ had seen what is gone."""
    stage.watch.remember(till)
    stage.watch.look_at_hq()
    gone = till.chain[image.promised :]
    if gone and image.promised:
        last = till.chain[image.promised - 1]
        till.forget_after(last.epoch, last.seq)
    till.restart(image, machine=True)
    _excuse(stage, till)
    stage.watch.excuse_forgotten(link.business_id for link in gone)
    seen = stage.watch.has_any(till, gone)
    till.must_alarm = bool(gone) and (anchored or seen) and not till.frozen
    till.answers_at_fault, till.gone = -1 if anchored else till.answers, gone


def _a_day(stage: Stage, till: SimTill, step: Step, chance: Random, count: int) -> None:
    """Some trade at this till."""
    for _ in range(count):
        act: Act = chance.choice((steps.sale, steps.member_sale, steps.top_up, steps.refund))
        act(stage, till, step, chance)


def database_rollback(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody puts an old ledger.db back; the anchor, apart from it, knows better."""
    image = till.saved or till.image()
    if till.saved is None:
        _a_day(stage, till, step, chance, 2)
    if len(till.chain) == image.promised:
        return
    stage.met["database_rollback"] += 1
    anchor = till.image().anchor
    _go_back(stage, till, Image(image.files, anchor, image.promised), anchored=True)
    _a_day(stage, till, step, chance, 2)


def disk_rollback(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The whole disk goes back, anchor and all."""
    image = till.saved or till.image()
    if till.saved is None:
        _a_day(stage, till, step, chance, 2)
        talk(stage, till)
    if len(till.chain) == image.promised:
        return
    stage.met["disk_rollback"] += 1
    _go_back(stage, till, image, anchored=False)
    _a_day(stage, till, step, chance, 2)


def restored_copy(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The till's own backup is put back by its own command: it knows that it is a copy, even if nothing was lost."""
    copy = till.folder.with_name("backup.db")
    backup(till.folder, copy, till.clock)
    promised = len(till.chain)
    _a_day(stage, till, step, chance, chance.randint(0, 2))
    stage.met["restored_copy"] += 1
    now = till.image()
    disk.close_quietly(till.ledger)
    restore(copy, till.folder, till.clock)
    image = disk.take(till.folder, till.anchor_path, promised)
    kept_mirror = {name: content for name, content in now.files.items() if name.startswith("mirror")}
    image = Image({"ledger.db": image.files["ledger.db"], **kept_mirror}, now.anchor, promised)
    _go_back(stage, till, image, anchored=True)
    if not till.frozen:
        till.unexpected.append(f"{till.name}: a restored copy does not know that it is one")


def clone(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A copy of the disk is started on a second machine, and both sell."""
    if stage.ghosts or till.frozen in ENROL_AGAIN:  # nobody enrols a second copy of what was written off
        return
    stage.met["clone"] += 1
    _excuse(stage, till)
    nothing_open = till.ledger.open_request() is None  # else both say the same once more, and hear the same
    ghost = till.copied(stage.plan.seed)
    stage.ghosts.append(ghost)
    ghost.faulted, ghost.alarm_excused = ["disk"], True
    for each in (ghost, till):
        _a_day(stage, each, step, chance, chance.randint(1, 3))
    one, other = chance.sample((ghost, till), 2)
    heard = one.answers
    talk(stage, one)
    if nothing_open and one.answers > heard:
        other.must_alarm, other.answers_at_fault = True, other.answers
    talk(stage, other)


def long_silence(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A till is cut off for longer than its lease: what it holds can be spent no more, everything else goes on."""
    stage.met["long_silence"] += 1
    stage.cut(till)
    stage.clock.advance(16 * DAY_MS)
    greedy.while_it_is_forbidden(stage, till, chance)
    _a_day(stage, till, step, chance, 2)
    greedy.while_it_is_forbidden(stage, till, chance)


def manager_heals(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A manager says that no other disk of this till goes on; the till then does what is to be done."""
    allow(stage, till)
    talk(stage, till, pull=True)
    talk(stage, till, pull=True)


def allow(stage: Stage, till: SimTill) -> bool:
    """The manager's step, where it is wanted: whatever another copy of this till holds is exposure from now on."""
    if not till.frozen or till.frozen in ENROL_AGAIN or till.ledger.new_epoch_approvals():
        return False
    yes = Approval(approval_id="1", action="new_epoch", approver_id="2", at_ms=till.clock.now_ms())
    till.ledger.allow_new_epoch((yes,))
    _only_one_goes_on(stage, till)
    stage.watch.excuse_everything(till)
    return True


def _only_one_goes_on(stage: Stage, till: SimTill) -> None:
    """Somebody answers for it that no other copy of this till is at work. Where one is, what it holds is exposure."""
    for copy in stage.machines:
        if copy.till_id == till.till_id and copy is not till:
            stage.watch.excuse_everything(copy)


def key_revoked(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ takes the till's key away; the shop goes on selling."""
    if till.faulted or not _revoke(stage, till):
        return
    stage.met["key_revoked"] += 1
    stage.watch.excused_tills.add(till.till_id)
    _excuse(stage, till)
    _a_day(stage, till, step, chance, 2)
    talk(stage, till)


def _revoke(stage: Stage, till: SimTill) -> bool:
    def revoke(work: Work) -> bool:
        found = tills.find(work.connection, till.till_id)
        if found is None or found.revoked:
            return False
        tills.revoke(work, till.till_id)
        return True

    return stage.hq.desk.run(revoke)


def late_after_write_off(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A till that nobody can find is written off when it can spend nothing more; then it turns up with its sales."""
    if till.faulted or not _revoke(stage, till):
        return
    stage.cut(till)
    _excuse(stage, till)
    _a_day(stage, till, step, chance, 3)
    stage.met["late_after_write_off"] += 1
    _written_off(stage, till)
    till.wire.line = "up"
    talk(stage, till)


def release_lost_with_till(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """What a till gave back is written and never arrives; the till is written off with it, and then turns up."""
    member_id = stage.cashier.member_at(till, steps.known_person(stage, chance))
    if till.faulted or till.is_cut_off or till.frozen or member_id is None:
        return
    till.wire.armed.clear()
    basket_id = stage.cashier.attach(till, member_id)
    talk(stage, till)
    till.ledger.drop_basket(basket_id)
    till.is_cut_at_release = True
    talk(stage, till)
    till.is_cut_at_release = False
    if not till.gives_back_unheard() or not _revoke(stage, till):
        return
    stage.cut(till)
    _excuse(stage, till)
    stage.met["release_lost_with_till"] += 1
    _written_off(stage, till)
    till.wire.line = "up"
    talk(stage, till)


def _written_off(stage: Stage, till: SimTill) -> None:
    """Nobody can find it, and it can spend nothing more."""
    stage.watch.excuse_everything(till)
    stage.clock.advance(40 * DAY_MS)
    stage.watch.excused_tills.add(till.till_id)  # what it lends after that day it lends on the chain's account
    stage.hq.desk.run(lambda work: write_off.write_off(work, till.till_id, "hq"))


def accept_kept(stage: Stage, till: SimTill) -> None:
    """Somebody at HQ accepts what came under a key that was taken away."""

    def accept(work: Work) -> None:
        if kept.waiting(work.connection, till.till_id) != (0, 0):
            kept.accept(work, till.till_id, "hq")

    stage.hq.desk.run(accept)


def enrol_again(stage: Stage, till: SimTill) -> None:
    """Somebody at HQ accepts what was kept aside and gives out a code, by which the till is enrolled again."""
    accept_kept(stage, till)
    _only_one_goes_on(stage, till)
    code = stage.hq.desk.run(lambda work: enrolment.new_code(work, till.till_id, "hq")).code
    if not (till.key_folder / KEY_FILE_NAME).exists():
        save_keys(till.key_folder, till.keys)
    try:
        enrol(till.wire, code, till.ledger, till.key_folder)
    except Refusal as refusal:
        till.unexpected.append(f"{till.name}: could not be enrolled again: {refusal}")
        return
    till.heard_at_ms = stage.clock.now_ms()  # HQ's time came with it
    till.keys = load_keys(till.key_folder)
    till.new_engine()
    till.scan()


def enrolled_anew(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody puts a till right that only a new enrolment brings back."""
    if till.frozen in ENROL_AGAIN and till.wire.line == "up":
        till.wire.armed.clear()
        enrol_again(stage, till)


BIG: dict[str, Act] = {
    "save_image": save_image,
    "database_rollback": database_rollback,
    "disk_rollback": disk_rollback,
    "restored_copy": restored_copy,
    "clone": clone,
    "long_silence": long_silence,
    "manager_heals": manager_heals,
    "key_revoked": key_revoked,
    "late_after_write_off": late_after_write_off,
    "release_lost_with_till": release_lost_with_till,
    "enrolled_anew": enrolled_anew,
}
