"""Back-off: full jitter under a ceiling that doubles, and what the server asks for on top."""

import random

from pos_client.sync.back_off import BackOff


def test_each_wait_lies_under_a_ceiling_that_doubles_up_to_the_most() -> None:
    back_off = BackOff(random.Random(1), first_seconds=1.0, most_seconds=60.0)

    waits = [back_off.after_failure() for _ in range(200)]

    assert all(0.0 <= wait <= min(60.0, 2.0**n) for n, wait in enumerate(waits))
    assert max(waits) > 50.0
    assert min(waits[20:]) < 10.0  # full jitter: from zero, not from the half


def test_what_the_server_asks_for_is_waited_out() -> None:
    assert all(BackOff(random.Random(seed)).after_failure(30.0) >= 30.0 for seed in range(50))


def test_a_success_starts_anew() -> None:
    back_off = BackOff(random.Random(1))
    for _ in range(10):
        back_off.after_failure()

    back_off.after_success()

    assert back_off.after_failure() <= 1.0
