"""The chain that the console is measured with holds together."""

from pathlib import Path

from hq_sync_server.office.upkeep import verify
from tests.benchmarks import console_records


def test_a_chain_written_by_the_bulk_is_one_that_verify_finds_sound(tmp_path: Path) -> None:
    hq, told = console_records.build(f"sqlite:///{tmp_path / 'hq.db'}", tmp_path / "keys", members=200, sales=400)
    try:
        with hq.desk.read() as connection:
            report = verify.verify(connection)
    finally:
        hq.close()

    assert report.faults == ()
    assert (report.sound, report.entries > 400, told["sales"]) == (True, True, 400)
