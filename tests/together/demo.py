"""`make demo`: a bakery chain on this machine, two tills, one HQ, and a plug to pull.

With a display: both windows are open, and this terminal pulls the plugs. Without one, or with HEADLESS=1: a morning
is worked by keystrokes in the real windows, and at the end till and HQ are compared to the fen.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from pos_client.ledger import verify
from tests.together.busiest import together
from tests.together.demo_chain import Stage, set_stage
from tests.together.demo_counter import exchange, order_collected, order_taken, provider_agrees, wallets
from tests.together.demo_safety import more_than_is_here, morning_before, paper_coupon, restored_backup
from tests.together.demo_story import Story, online_morning, outage, plug_in, power_cut
from tests.together.reconciliation import Reconciliation, reconcile
from tests.together.seed_chain import MEMBERS_COUNT
from tests.together.till_process import TillPlace, TillProcess

FOLDER = Path("build/demo")
HELP = """
  1   pull the plug of till 1, or put it back        2   the same for till 2
  r   reconcile both tills with HQ                   q   quit
"""


def main() -> int:
    """The exit code: 0 when both ends agree."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--members", type=int, default=MEMBERS_COUNT, help="how many members the chain has")
    members_count: int = parser.parse_args().members
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"Building a bakery chain: 3 stores, 2,000 goods, {members_count:,} members ...", flush=True)
    with set_stage(FOLDER.absolute(), members_count=members_count) as stage:
        print(f"{time.monotonic() - began:6.1f} s  the chain is up, two tills are enrolled", flush=True)
        headless = bool(os.environ.get("HEADLESS")) or not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "win32"
        )
        code = watch(stage) if headless else play(stage)
    print(f"{time.monotonic() - began:6.1f} s  done", flush=True)
    return code


def watch(stage: Stage) -> int:
    """The story, by itself."""
    with ExitStack() as stack:
        downtown, community = (stack.enter_context(TillProcess(till.place)) for till in stage.tills)
        story = Story(stage, downtown, community, lambda line: print(line, flush=True))
        tell_all(story)
        windows = [*downtown.windows.values(), *community.windows.values()]
    print(f"longest that a window was busy with one thing: {together(windows).said()}")
    return conclude(stage)


def tell_all(story: Story) -> None:
    """The whole morning."""
    online_morning(story)
    wallets(story)
    exchange(story)
    order = order_taken(story)
    copy = morning_before(story)
    outage(story)
    order_collected(story, order)
    paper_coupon(story)
    more_than_is_here(story)
    power_cut(story)
    plug_in(story)
    restored_backup(story, copy)


def conclude(stage: Stage) -> int:
    """Compare both ends, verify every chain, and say so."""
    with ThreadPoolExecutor() as beside:
        verifying = beside.submit(stage.hq.run, "verify")  # a process of its own
        result = reconcile({till.store_code: till.place.ledger_file for till in stage.tills}, stage.folder / "hq.db")
        (stage.folder / "reconciliation.json").write_bytes(result.as_json())
        tills_sound = all(
            verify(till.place.ledger_folder, anchor_path=till.place.key_folder / "anchor").ok for till in stage.tills
        )
        hq_verified = verifying.result()
    say_result(result, tills_sound, hq_verified.returncode == 0)
    statement = stage.wallets.statement()
    disagreement = provider_agrees([str(till.place.ledger_file) for till in stage.tills], statement, result)
    print(disagreement or f"the wallets' provider holds what the books say: {statement['held_fen'] / 100:.2f}")
    if hq_verified.returncode:
        print(hq_verified.stdout + hq_verified.stderr)
    is_right = result.ok and tills_sound and hq_verified.returncode == 0 and not disagreement
    return 0 if is_right else 1


def say_result(result: Reconciliation, tills_sound: bool, hq_sound: bool) -> None:
    """The last lines."""
    told = ", ".join(f"{count} {name}" for name, count in sorted(result.entry_types.items()))
    print(f"entries at tills {result.entries_at_tills}, at HQ {result.entries_at_hq} ({told})")
    print(
        f"missing {result.missing_at_hq}, doubled {result.doubled_at_hq}, parked {result.parked}, "
        f"overdrawn {result.overdrawn}, accounts that differ {len(result.account_differences)}, "
        f"balances that differ {len(result.balance_differences)} of {result.members_compared} members"
    )
    print(f"exceptions named by HQ: {result.exceptions or 'none'}")
    print(f"chains: tills {'verified' if tills_sound else 'BROKEN'}, HQ {'verified' if hq_sound else 'BROKEN'}")
    print("till and HQ agree to the fen" if result.ok else "TILL AND HQ DIFFER: see reconciliation.json")


def play(stage: Stage) -> int:
    """Both windows open; the terminal pulls plugs until `q`."""
    windows = [_open_window(till.place) for till in stage.tills]
    for till in stage.tills:
        staff = [stage.seed.staff_of(till.store_code, role) for role in ("cashier", "manager")]
        told = ", ".join(f"{person.name} {person.staff_id} ({person.role}) PIN {person.pin}" for person in staff)
        member = stage.member(0, principal_fen=10_000, points=500, home_store=till.store_code)
        print(f"till of store {till.store_code}: {told}; a member's card: {member.card}, phone {member.phone}")
    codes = [row.barcodes[0] for row in stage.seed.goods if row.barcodes][:4]
    print(f"goods to scan or to type: {', '.join(codes)}")
    print(
        f"HQ's page: {stage.server.base_url}/  login admin, password {stage.settled.admin_password}{HELP}", flush=True
    )
    try:
        for line in sys.stdin:
            word = line.strip().lower()
            if word == "q":
                break
            if word in {"1", "2"}:
                _turn(stage, int(word) - 1)
            elif word == "r":
                conclude(stage)
            else:
                print(HELP, flush=True)
    finally:
        for window in windows:
            window.terminate()
            window.wait()
    return conclude(stage)


def _turn(stage: Stage, place: int) -> None:
    plug = stage.tills[place].plug
    if plug.plugged_in:
        plug.pull()
    else:
        plug.plug_in()
    print(f"till {place + 1}: {'plugged in' if plug.plugged_in else 'unplugged'}", flush=True)


def _open_window(place: TillPlace) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pos_client", "--ledger-folder", str(place.ledger_folder)),
            *("--key-folder", str(place.key_folder), "--hq-url", place.hq_url, "run"),
        ],
        env={**os.environ, "TILLBOOK_TILL_WALLET_URL": place.wallet_url},
    )


if __name__ == "__main__":
    sys.exit(main())
