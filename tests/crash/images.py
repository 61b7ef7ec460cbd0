"""The power goes: a till and its HQ are recorded at work, and the disks as they might have been left at random moments
of it are opened by the product.

At each moment the till's disk, HQ's or both lose what was not synced; the other machine keeps all it had. Then: the
till starts and does not think that its disk went back; its book verifies; everything that was on paper at that moment
is in it; HQ has whatever it had acknowledged; a sale can be made; and once they have talked, both have each entry
exactly once and agree to the fen.
"""

import random
import shutil
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import msgspec

from shared_models.refusals import Refusal
from tests.crash import lives
from tests.crash.disk import Disk, write_files
from tests.crash.judging import Verdict, acknowledged, compare, look_for_acknowledged, look_over, slips_in
from tests.crash.nursery import Child, Nursery, Say
from tests.crash.places import ChainPlace, Till, enrol_till, free_port, new_code, wait_for_port
from tests.crash.planted import Plant
from tests.crash.recording import Change, changes_in, recording
from tests.pos_client.checkout.bakery import BREAD
from tests.together.storm import StormyWire

CUSTOMERS_BEFORE, CUSTOMERS_RECORDED = 14, 14
RECORDED_SECONDS_MAX = 120.0
IMAGE_SECONDS_MAX = 60.0
SETTLE_RUNS_MAX = 50
FAILING_SYNC = (8, 40)
"""Which wait for the disk fails, counted in each thread: between these."""
SessionKind = Literal["ordinary", "first day", "failing disk"]


class Session:
    """A till and an HQ at work, with an account of what they did to their disks.

    ordinary      the till has sold before and was killed, so that its log is long and a basket is open
    first day     its folder is empty, and it enrols, with the `code`
    failing disk  its disk once does not answer; it is switched off at that, and started again
    """

    def __init__(
        self, nursery: Nursery, place: ChainPlace, seed: str, kind: SessionKind = "ordinary", *, code: str = "",
        planted: Plant | None = None,
    ) -> None:  # fmt: skip
        self._nursery = nursery
        self._place = place
        self._seed = seed
        self._chance = random.Random(seed)
        self._kind = kind
        self._code = code if kind == "first day" else ""
        self._planted = planted
        self._log = place.folder / "session.log"
        if kind == "ordinary":
            self._sell_before()
        self._till_disk, self._hq_disk = Disk(place.till(1).folder), Disk(place.hq_folder)
        self._changes = self._record()

    def _sell_before(self) -> None:
        """A life of both that nobody writes down."""
        place, port = self._place, free_port()
        hq = self._nursery.fork("hq", self._log, lambda _say: lives.serve(place, port))
        hq.go()
        seller = self._nursery.fork("till", self._log, lambda say: self._sell(say, port, "before", customers=1_000))
        seller.go()
        assert seller.hears_often("safe", CUSTOMERS_BEFORE, RECORDED_SECONDS_MAX), "the till does not sell"
        seller.kill()
        hq.kill()

    def _record(self) -> list[Change]:
        """The life that is recorded to its end, when the till closes in good order and HQ is told to stop. Where a disk
        fails there is a life of both before it, in which the till gives up and HQ is killed."""
        place, port = self._place, free_port()
        names, failing = ["last"], ""
        if self._kind == "failing disk":
            names, failing = ["first", "last"], f"fdatasync:error=EIO:when={self._chance.randint(*FAILING_SYNC)}"
        acts = [(self._fork_hq(port), self._fork_till(port, name)) for name in names]
        account = place.folder / "account"
        with recording(account, [child.process_id for act in acts for child in act], failing):
            for name, (hq, till) in zip(names, acts, strict=True):
                hq.go()
                wait_for_port(port)
                till.go()
                assert till.ended(RECORDED_SECONDS_MAX), "the recorded till does not end"
                hq.send(signal.SIGTERM if name == "last" else signal.SIGKILL)
                assert hq.ended(RECORDED_SECONDS_MAX), "the recorded HQ does not end"
        ended_well = [till.status == 0 for _, till in acts] + [acts[-1][0].status == 0]
        assert all(ended_well), self._log.read_text(encoding="utf-8")[-3000:]
        changes = changes_in(account, [place.till(1).folder, place.hq_folder])
        account.unlink()
        return changes

    def _fork_hq(self, port: int) -> Child:
        return self._nursery.fork("hq", self._log, lambda _say: lives.serve(self._place, port, self._planted))

    def _fork_till(self, port: int, life: str) -> Child:
        return self._nursery.fork("till", self._log, lambda say: self._sell(say, port, life, gives_up=life == "first"))

    def _sell(
        self, say: Say, port: int, life: str, *, customers: int = CUSTOMERS_RECORDED, gives_up: bool = False
    ) -> None:
        """A life of the till."""
        till, url, seed = self._place.till(1), f"http://127.0.0.1:{port}", f"{self._seed}/{life}"
        if self._kind == "first day":
            lives.begin(till, url, self._code, seed, say, customers)
        else:
            planted = None if life == "before" else self._planted
            lives.sell(till, url, seed, say, customers_wanted=customers, planted=planted, gives_up=gives_up)

    def judge(self, images: int, folder: Path, verdict: Verdict) -> None:
        """So many images at random moments, each opened in a process of its own."""
        moments = sorted(self._chance.randrange(len(self._changes) + 1) for _ in range(images))
        done = 0
        for number, moment in enumerate(moments):
            for change in self._changes[done:moment]:
                self._follow(change)
            done = moment
            at = folder / f"image-{number}"
            self._judge_one(at, verdict)
            if verdict.problems:
                return
            shutil.rmtree(at)
        for change in self._changes[done:]:
            self._follow(change)
        self._check_account(verdict)

    def _follow(self, change: Change) -> None:
        self._till_disk.follow(change)
        self._hq_disk.follow(change)

    def _judge_one(self, folder: Path, verdict: Verdict) -> None:
        """Make the image and have it opened."""
        victims = self._chance.choice(("till", "till", "hq", "both"))
        place = ChainPlace(folder, tills=1)
        for disk, at, name in ((self._till_disk, place.till(1).folder, "till"), (self._hq_disk, place.hq_folder, "hq")):
            lost = victims in {name, "both"}
            files = disk.after_power_loss(self._chance) if lost else disk.files()
            write_files(files, at, garbage=self._chance if lost and self._chance.random() < 0.5 else None)
        paper = self._till_disk.files().get("receipts.bin", b"")
        place.till(1).paper.write_bytes(paper)
        printed = {number for number, _ in slips_in(paper)}
        child = self._nursery.fork(
            "image", folder.with_suffix(".log"), lambda say: open_image(place, printed, self._code, say)
        )
        child.go()
        if not child.ended(IMAGE_SECONDS_MAX):
            child.kill()
        if not child.said:
            log = folder.with_suffix(".log").read_text(encoding="utf-8")
            verdict.find(folder, f"{victims} lost power: it ended with {child.status}: {log[-2000:]}")
            return
        told = msgspec.json.decode(child.said[-1], type=Verdict)
        verdict.receipts += told.receipts
        verdict.entries += told.entries
        verdict.lost += told.lost
        verdict.doubled += told.doubled
        verdict.problems += [f"{victims} lost power: {problem}" for problem in told.problems]

    def _check_account(self, verdict: Verdict) -> None:
        """An account without holes ends with the very files that are there."""
        for disk in (self._till_disk, self._hq_disk):
            if disk.files() != Disk(disk.root).files():
                verdict.find(disk.root, "the account of the writes does not end with the files that are there")


def open_image(place: ChainPlace, printed: set[str], code: str, say: Say) -> None:
    """What the product makes of these files; says a verdict. With a `code` the till may have to enrol first."""
    verdict = Verdict(receipts=len(printed))
    try:
        _open_image(place, printed, code, verdict)
    except Refusal as refusal:
        verdict.find(place.folder, f"refused {refusal.code} {refusal.fields}")
    say(msgspec.json.encode(asdict(verdict)).decode())


def _open_image(place: ChainPlace, printed: set[str], code: str, verdict: Verdict) -> None:
    at = place.till(1)
    hq = place.open_hq()
    try:
        wire = StormyWire(hq.api, random.Random(1))
        if code and not enrol_till(at, wire, code):
            enrol_till(at, wire, new_code(hq))
        till = Till(at, line=wire)
        look_over(at, printed, verdict)
        look_for_acknowledged(place, [acknowledged(at)], verdict)
        if code:  # it may not know yet who works here
            till.engine.run_once()
        till.open_shop()
        till.checkout.payment.cancel()
        till.checkout.basket.scan(BREAD)
        till.checkout.payment.pay_cash()
        till.printer.submit(till.checkout.payment.complete().documents)
        for _ in range(SETTLE_RUNS_MAX):
            report = till.engine.run_once()
            if report.error:
                verdict.find(at.folder, f"cannot be settled: {report.error}")
                break
            if report.adopted_unsaid:
                continue
            till.engine.push_soon()
            if not till.ledger.sync_state().waiting_entries and not report.entries_sent:
                break
        if till.ledger.frozen() is not None:
            verdict.find(at.folder, f"frozen after talking to HQ: {till.ledger.frozen()}")
        till.close()
    finally:
        hq.close()
    look_over(at, printed | {number for number, _ in slips_in(at.paper.read_bytes())}, verdict)
    compare(place, verdict)
