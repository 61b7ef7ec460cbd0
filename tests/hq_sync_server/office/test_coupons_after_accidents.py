"""Printed coupons after an accident: HQ came back from its backup, or a store's home till is lost."""

from pathlib import Path
from typing import TypeVar

import msgspec

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import write_off
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.rights import coupon_keys, home_tokens
from shared_models import bodies
from shared_models.bodies import TokenMove
from shared_models.catalog import StoreRow
from shared_models.moments import DAY_MS, ManualClock
from shared_models.printed_coupons import CouponKeyRow
from shared_models.sales import Cursor
from shared_models.tokens import HomeTokenRow, PrintedGone, home_token
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.office.test_printed_coupons import ask, become_home, issue, redeem
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import heal

Row = TypeVar("Row")


def rows_of(till: WireTill, kind: str, row_type: type[Row]) -> list[Row]:
    """What a mirror that is read anew holds of a kind."""
    till.hq.desk.sequence()
    page = till.changes(Cursor(till.hq.desk.hq_epoch(), 0))
    return [msgspec.msgpack.decode(row.payload, type=row_type) for row in page.rows if row.kind == kind]


def test_a_coupon_key_stays_revoked_and_a_newer_one_is_told_again(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], tmp_path: Path
) -> None:
    till_a.push()
    issue(hq, stores[0])
    backup = Backup(hq, tmp_path)
    hq.desk.run(coupon_keys.renew)
    hq.desk.run(lambda work: coupon_keys.revoke(work, 1))

    backup.restore()

    keys = {row.key_id: row.revoked for row in rows_of(till_a, "coupon_key", CouponKeyRow)}
    assert keys == {1: True, 2: False}
    assert hq.desk.run(coupon_keys.newest)[0] == 2


def test_a_home_token_that_moved_after_the_backup_is_good_again_when_everybody_was_heard(
    hq: Hq, till_a: WireTill, till_b: WireTill, stores: list[StoreRow], tmp_path: Path
) -> None:
    """B reports before A has said again what it redeemed while the home token was its own: B's mirror, read anew, does
    not know of it."""
    second = WireTill.enrolled(hq, stores[0].store_id)
    for till in (till_a, till_b, second):
        till.push()
    [coupon] = issue(hq, stores[0])
    become_home(till_a, stores[0])
    till_a.push()
    backup = Backup(hq, tmp_path)
    redeem(till_a, coupon)
    hq.desk.run(lambda work: home_tokens.set_home(work, stores[0].store_id, 2))
    till_a.append(
        bodies.TokenReleased(
            head=till_a.head(),
            tokens=(
                TokenMove(token=home_token(stores[0].store_id), kind="home", version=2, subject=stores[0].store_id),
            ),
        )
    )
    till_a.push()
    hq.desk.sequence()
    become_home(second, stores[0])
    second.push()

    backup.restore()
    heal(second)
    heal(till_b)
    in_between = rows_of(second, "home_token", HomeTokenRow)
    unknown = rows_of(second, "printed_coupon", PrintedGone)
    heal(till_a)

    assert unknown == []
    assert max(row.version for row in in_between) < 3, "its owner would redeem what was redeemed already"
    after = rows_of(second, "home_token", HomeTokenRow)
    assert [(row.owner_till_id, row.version) for row in after] == [(second.till_id, 3)]
    assert [row.how for row in rows_of(second, "printed_coupon", PrintedGone)] == ["used"]


def test_after_a_home_till_was_written_off_another_till_becomes_the_store_s(
    hq: Hq, till_a: WireTill, stores: list[StoreRow], clock: ManualClock
) -> None:
    second = WireTill.enrolled(hq, stores[0].store_id)
    issue(hq, stores[0])
    hq.desk.run(lambda work: home_tokens.set_home(work, stores[0].store_id, 1))
    till_a.push()
    become_home(till_a, stores[0])
    till_a.push()
    second.push()
    refused = ask(second, home_token(stores[0].store_id))
    hq.desk.run(lambda work: tills.revoke(work, till_a.till_id))
    clock.advance(23 * DAY_MS)

    hq.desk.run(lambda work: write_off.write_off(work, till_a.till_id, "boss"))
    hq.desk.sequence()

    assert refused.tokens == ()
    assert [move.kind for move in ask(second, home_token(stores[0].store_id)).tokens] == ["home"]
