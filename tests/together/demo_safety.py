"""What the demo shows of spending while cut off, by keystrokes in the real windows.

A coupon on paper that the till never heard of; a member who tries more than can be used here; and a restored backup
that is caught and healed.
"""

import csv
import json
from pathlib import Path

from tests.together.demo_chain import COMMUNITY, DOWNTOWN
from tests.together.demo_story import Story, stored_value_fen, yuan
from tests.together.seed_people import SeedMember
from tests.together.till_process import TillProcess

_ENOUGH_FEN = 6_000


def regular(story: Story) -> SeedMember:
    """Somebody who shops at the community till, and for whom HQ leaves a part of the balance there."""
    return story.stage.member(4, principal_fen=20_000, points=600, home_store=COMMUNITY)


def morning_before(story: Story) -> Path:
    """A regular pays while the line is up; then the community till's book is copied while it is open."""
    till, member = story.community, regular(story)
    sale = story.member_pays_stored_value(till, member.card, story.barcodes(60, 61))
    till.wait(seconds=60, waiting_entries=0)
    story.tell(
        f"{member.name} pays {yuan(stored_value_fen(sale))} at the community till; HQ leaves a part for next time"
    )
    copy = story.stage.folder / "community-till-backup.db"
    story.community.place.must("backup", copy)
    story.tell("the community till's book is copied while it is open")
    return copy


def paper_coupon(story: Story) -> None:
    """HQ prints a coupon while the downtown till is cut off; that till takes it all the same."""
    till, stage = story.downtown, story.stage
    document = next(one for one in stage.seed.coupon_templates if one["template_id"] == "50-10")
    template = stage.folder / "printed-template.json"
    template.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    sheet = stage.folder / "printed-coupons.csv"
    stage.hq.must("issue-coupons", template, "--printed", "1", "--store", DOWNTOWN, "--sheet", sheet)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        code = next(csv.DictReader(file))["code"]
    for barcode in story.barcodes(*range(20, 60)):
        if till.scan(barcode)["due_fen"] >= _ENOUGH_FEN:
            break
    before_fen = till.look()["due_fen"]
    till.scan(code)
    after_fen = till.wait(lines=till.look()["lines"])["due_fen"]
    assert after_fen < before_fen, f"the coupon took nothing off: {till.look()}"
    story.picture(till, "paper-coupon")
    sale = story.pay(till, "F2", "Return")
    assert sale.get("printed_coupons"), "the coupon is not in the entry"
    story.tell(
        f"offline: a coupon printed during the outage is scanned; the till never heard of it, believes HQ's signature, "
        f"and takes {yuan(before_fen - after_fen)} off"
    )


def more_than_is_here(story: Story) -> None:
    """A member can use here what lies here; one yuan more is refused, and the cashier reads where the rest is."""
    till = story.community
    member = regular(story)
    seen = till.scan(member.card)
    usable_fen = seen["stored_value_usable_fen"]
    assert 0 < usable_fen < seen["stored_value_fen"], seen
    for barcode in story.barcodes(*range(60, 140)):
        if till.scan(barcode)["due_fen"] >= usable_fen + 500:
            break
    wanted_fen = usable_fen + 100
    till.press("F9", "F1")
    till.type(f"{wanted_fen // 100}.{wanted_fen % 100:02d}")
    said = till.press("Return")["said"]
    assert yuan(usable_fen) in said, said
    story.picture(till, "more-than-is-here")
    story.tell(f"offline: {member.name} tries {yuan(wanted_fen)}; the till says: {said}")
    till.press("F1", "Return")
    till.wait(place="sell")
    entry_type, _, sale = till.place.last_receipt()
    assert entry_type == "sale"
    assert stored_value_fen(sale) == usable_fen, (stored_value_fen(sale), usable_fen)
    till.press("Return")
    story.tell(f"offline: {yuan(usable_fen)} from stored value and the rest in cash")


def restored_backup(story: Story, copy: Path) -> None:
    """The morning's copy is put back: noticed at once, cash goes on, a manager says yes, and nothing is lost."""
    till = story.community
    till.stop()
    till.place.must("restore", copy)
    till.start()
    till.wait(staff_known=True)
    till.scan(story.stage.seed.staff_of(COMMUNITY, "cashier").badge)
    till.wait(place="sell", frozen=True)
    story.picture(till, "restored-backup")
    till.scan(*story.barcodes(141))
    sale = story.pay(till, "F2", "Return")
    story.tell(f"the morning's copy is put back: rights are frozen at once, cash goes on ({yuan(sale['total_fen'])})")
    _say_yes(story, till)
    till.wait(seconds=60, online=True, frozen=False, waiting_entries=0)
    member = story.stage.member(3, principal_fen=20_000, points=600, home_store=COMMUNITY)
    sale = story.member_pays_stored_value(till, member.card, story.barcodes(142, 143))
    till.wait(seconds=60, waiting_entries=0)
    story.tell(
        f"a manager says yes, what the copy had lost comes back from HQ, and {member.name} pays "
        f"{yuan(stored_value_fen(sale))} in the new epoch"
    )


def _say_yes(story: Story, till: TillProcess) -> None:
    till.press("F10")
    till.menu("额度冻结:怎么办")
    till.wait(card="HealingCard")
    story.picture(till, "what-to-do")
    till.press("Return")
    till.scan(story.stage.seed.staff_of(COMMUNITY, "manager").badge)
