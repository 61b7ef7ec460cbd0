"""A busy window reads keys late and all at once; a scan in between is a scan all the same."""

from itertools import pairwise

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from pos_client.devices.wedge import Scan, WedgeDecoder, WedgeEvent
from pos_client.ui.key_moments import KeyMoments
from shared_models.moments import ManualClock, SystemClock


def _press(character: str, stamp_ms: int) -> QKeyEvent:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key(ord(character.upper())), Qt.KeyboardModifier.NoModifier, character)
    event.setTimestamp(stamp_ms)
    return event


def test_a_scan_read_in_two_halves_by_a_busy_window_is_one_scan() -> None:
    clock = ManualClock(0)
    moments = KeyMoments()
    moments._clock = clock  # the system's clock, moved by hand
    decoder = WedgeDecoder()
    events: list[WedgeEvent] = []
    for place, character in enumerate("6921168509256\r"):
        clock.advance(80 if place == 7 else 0)  # the window was drawing
        events += decoder.feed(character, moments.of(_press(character, 5_000 + place)))

    assert events == [Scan("6921168509256")]


def test_a_person_stays_a_person_when_the_window_reads_everything_at_once() -> None:
    clock = ManualClock(0)
    moments = KeyMoments()
    moments._clock = clock
    moments.of(_press("1", 1_000))
    clock.advance(3_000)

    read_at = [moments.of(_press(digit, 1_500 + place * 180)) for place, digit in enumerate("138000")]

    assert [later - sooner for sooner, later in pairwise(read_at)] == [180] * 5


def test_stamps_that_begin_anew_do_not_go_back() -> None:
    moments = KeyMoments()
    before = moments.of(_press("1", 2**32 - 1))

    assert moments.of(_press("2", 5)) >= before
    assert abs(moments.of(_press("3", 6)) - SystemClock().monotonic_ms()) < 1_000
