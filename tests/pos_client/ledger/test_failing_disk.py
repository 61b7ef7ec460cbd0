"""A disk that fails when it is waited for: unknown, not failed. A real process, whose system calls really fail."""

import errno
from pathlib import Path

from pos_client.ledger import verify
from tests.crash.test_ledger_crashes import cashier, go, reopened, said
from tests.crash.tracer import Call, watch

FAILS_FROM, FAILS_TO = 2, 7


def test_as_long_as_it_fails_nothing_is_sold_printed_or_anchored_and_then_the_same_sale_is_there_once(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "till"
    anchor = folder.with_name("till.anchor")
    told: list[tuple[list[str], bytes]] = []
    waits = 0

    def before(call: Call) -> int | None:
        nonlocal waits
        if call.waits_for_disk and call.path.endswith("ledger.db-wal"):
            waits += 1
            return errno.EIO if FAILS_FROM <= waits <= FAILS_TO else None
        return None

    with cashier(folder, "bad_disk", 2) as process:

        def after(call: Call) -> None:
            if call.path.startswith("pipe:"):
                told.append((said(process).split(), anchor.read_bytes()))

        watch(process.pid, lambda: go(process), before, after)

    first, *others = [each for each in told if each[0][0] in ("receipt", "refused")]
    refused = [each for each in others if each[0][0] == "refused"]
    assert first[0][0] == "receipt"
    assert [words[1] for words, _ in refused] == ["ledger_unknown"] * (FAILS_TO - FAILS_FROM + 1)
    assert {at for _, at in refused} == {first[1]}, "no anchor for what nobody knows"
    assert [words[0] for words, _ in others[len(refused) :]] == ["receipt"], "nothing was sold in between"
    with reopened(folder) as ledger:
        assert len(ledger.entries(["sale"])) == 2
        assert ledger.frozen() is None
    assert verify(folder).findings == []
