"""Scanners and scales at a serial line, over a real pair of pseudo-terminals: speaking, silent, pulled out."""

import itertools
import queue
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pos_client.devices.scale_protocols import ContinuousProtocol, EnquiryProtocol, ScaleReading, protocol_named
from pos_client.devices.serial_line import SerialListener, serial_ports
from pos_client.devices.serial_scale import SerialScale
from pos_client.devices.serial_scanner import CODE_BYTES_MAX, CodeSplitter, SerialScanner
from tests.pos_client.devices.pseudo_line import PseudoLine

SOON = 0.02
BREAD = "6901234567892"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PseudoLine]:
    made = PseudoLine(tmp_path)
    yield made
    made.close()


class Heard:
    """What a device's thread says, one thing after the other."""

    def __init__(self) -> None:
        self._said: queue.SimpleQueue[object] = queue.SimpleQueue()

    def __call__(self, said: object) -> None:
        self._said.put(said)

    def next(self) -> object:
        return self._said.get(timeout=20)

    def until(self, wanted: object) -> None:
        while self.next() != wanted:
            pass


# --- scanners ---------------------------------------------------------------------------------------------------------


def test_a_serial_scanner_is_heard_pulled_out_and_heard_again(line: PseudoLine) -> None:
    scanned, present = Heard(), Heard()
    scanner = SerialScanner(str(line.device), 9600, scanned=scanned, present=present, reconnect_seconds=SOON)
    try:
        line.plug_in()  # after the till: it is met when it comes
        assert present.next() is True
        line.say(f"{BREAD}\r\n".encode())
        assert scanned.next() == BREAD

        line.say(b"690123")  # half a scan, and the plug is out
        line.unplug()
        assert present.next() is False
        assert not scanner.is_present

        line.plug_in()
        assert present.next() is True
        line.say(b"6901234567908\r6901234567915\r")
        assert [scanned.next(), scanned.next()] == ["6901234567908", "6901234567915"]
    finally:
        scanner.stop()


def test_a_scanner_without_a_suffix_is_understood_after_a_breath(line: PseudoLine) -> None:
    line.plug_in()
    scanned = Heard()
    present = Heard()
    scanner = SerialScanner(str(line.device), 9600, scanned=scanned, present=present)
    try:
        assert present.next() is True
        line.say(BREAD.encode())
        assert scanned.next() == BREAD
    finally:
        scanner.stop()


def test_half_a_code_of_a_scanner_that_says_where_codes_end_is_none() -> None:
    splitter = CodeSplitter()
    assert splitter.feed(BREAD.encode() + b"\r") == [BREAD]

    assert splitter.feed(BREAD[:5].encode()) == []
    assert splitter.feed(b"") == []
    assert splitter.feed(BREAD[5:].encode() + b"\r") == [BREAD]

    assert splitter.feed(BREAD[:5].encode()) == []
    splitter.forget()  # the plug is out
    assert splitter.feed(BREAD.encode() + b"\r") == [BREAD]


def test_frames_symbologies_and_chinese_are_taken_off_or_kept() -> None:
    splitter = CodeSplitter()

    assert splitter.feed(b"\x02" + BREAD.encode() + b"\x03") == [BREAD]
    assert splitter.feed(b"]E0" + BREAD.encode() + b"\r") == [BREAD]
    assert splitter.feed("\uff16\uff19\uff10\r".encode()) == ["690"]
    assert splitter.feed("蛋挞\t".encode("gb18030")) == ["蛋挞"]
    assert splitter.feed(b"(01)\x1d10AB\r") == ["(01)\x1d10AB"]


def test_a_code_larger_than_any_is_dropped_and_the_next_one_is_whole() -> None:
    splitter = CodeSplitter()

    assert splitter.feed(b"9" * (CODE_BYTES_MAX + 1)) == []
    assert splitter.feed(b"999\r" + BREAD.encode() + b"\r") == [BREAD]


@given(some.lists(some.integers(0, 40), max_size=20))
def test_however_the_bytes_arrive_the_codes_are_the_same(cuts: list[int]) -> None:
    said = f"{BREAD}\r\n6901234567908\r\n".encode()
    splitter = CodeSplitter()
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(said)), len(said)]

    found = [
        code for begin, end in itertools.pairwise(places) if begin < end for code in splitter.feed(said[begin:end])
    ]

    assert found == [BREAD, "6901234567908"]


# --- scales -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reading"),
    [
        ("ST,GS,+  0.235kg", ScaleReading("stable", 235)),
        ("ST,NT,+00.2350 kg", ScaleReading("stable", 235)),
        ("US,GS,+  0.240kg", ScaleReading("unstable", 240)),
        ("ST,GS,-  0.010kg", ScaleReading("negative")),
        ("ST,GS,-  0.000kg", ScaleReading("stable", 0)),
        ("OL,GS,+ ------kg", None),
        ("OL,GS,+  0.000kg", ScaleReading("overload")),
        ("OL,GS,+", ScaleReading("overload")),
        ("ST,GS,+   1500 g", ScaleReading("stable", 1500)),
        ("ST,GS,+   1.5jin", ScaleReading("stable", 750)),
        ("st,gs,+ 0.2355kg", ScaleReading("stable", 236)),
        ("ST,GS,+  0.235", None),
        ("hello", None),
        ("", None),
    ],
)
def test_a_line_of_a_scale_that_always_speaks(said: str, reading: ScaleReading | None) -> None:
    readings, answer = ContinuousProtocol().feed(said.encode() + b"\r\n")

    assert readings == ([] if reading is None else [reading])
    assert answer == b""


def block(state: str, sign: str, weight: str, unit: str = "kg") -> bytes:
    """An answer of a CAS scale, put together here and not by the till."""
    said = f"{state}{sign}{weight:>6}{unit:>2}".encode()
    check = 0
    for byte in said:
        check ^= byte
    return b"\x01\x02" + said + bytes((check,)) + b"\x03\x04"


def test_a_scale_that_is_asked_answers_in_turns() -> None:
    scale = EnquiryProtocol()

    assert scale.feed(b"") == ([], b"\x05")
    assert scale.feed(b"\x06") == ([], b"\x11")
    answer = block("S", " ", "00.235")
    assert scale.feed(answer[:6]) == ([], b"")
    assert scale.feed(answer[6:]) == ([ScaleReading("stable", 235)], b"")
    assert scale.feed(block("U", " ", "1.200")) == ([ScaleReading("unstable", 1200)], b"")
    assert scale.feed(block("S", "-", "0.010")) == ([ScaleReading("negative")], b"")
    assert scale.feed(block("S", "F", "0.000")) == ([ScaleReading("overload")], b"")


@given(some.integers(0, 14), some.integers(0, 7))
def test_a_block_with_one_bit_wrong_is_never_another_weight(place: int, bit: int) -> None:
    said = bytearray(block("S", " ", "00.235"))
    said[place] ^= 1 << bit

    assert EnquiryProtocol().feed(bytes(said))[0] == []


@given(some.binary(max_size=200))
def test_noise_is_no_weight_and_stops_nothing(noise: bytes) -> None:
    for scale in (ContinuousProtocol(), EnquiryProtocol()):
        scale.feed(noise)
        scale.feed(b"")
    continuous = ContinuousProtocol()
    continuous.feed(noise)
    continuous.feed(b"\r\n")
    assert continuous.feed(b"ST,GS,+  0.235kg\r\n")[0] == [ScaleReading("stable", 235)]


def test_a_scale_is_read_live_pulled_out_and_read_again(line: PseudoLine) -> None:
    weighed = Heard()
    scale = SerialScale(
        str(line.device), 9600, protocol_named("continuous"), weighed=weighed, reconnect_seconds=SOON,
        silent_seconds=0.2,
    )  # fmt: skip
    try:
        assert scale.reading == ScaleReading("unplugged")
        line.plug_in()
        assert weighed.next() == ScaleReading("silent")
        line.say(b"US,GS,+  0.100kg\r\nST,GS,+  0.2")
        assert weighed.next() == ScaleReading("unstable", 100)
        line.say(b"35kg\r\n")
        assert weighed.next() == ScaleReading("stable", 235)
        assert weighed.next() == ScaleReading("silent")  # it says nothing any more: the weight is not believed
        line.unplug()
        assert weighed.next() == ScaleReading("unplugged")
        line.plug_in()
        assert weighed.next() == ScaleReading("silent")
        line.say(b"OL,GS,+\r\n")
        assert weighed.next() == ScaleReading("overload")
    finally:
        scale.stop()
    assert not scale.reading.can_be_sold


def test_a_scale_that_wants_to_be_asked_is_asked(line: PseudoLine) -> None:
    line.plug_in()
    weighed = Heard()

    def answer() -> None:
        told = b""
        while not told.endswith(b"\x05"):
            told += line.hear()
        line.say(b"\x06")
        while not told.endswith(b"\x11"):
            told += line.hear()
        line.say(block("S", " ", "1.250"))

    far = threading.Thread(target=answer)
    far.start()
    scale = SerialScale(str(line.device), 9600, protocol_named("enquiry"), weighed=weighed)
    try:
        weighed.until(ScaleReading("stable", 1250))
        far.join(20)
    finally:
        scale.stop()


def test_a_baud_that_no_line_has_is_a_device_that_is_not_there(line: PseudoLine) -> None:
    line.plug_in()
    present = Heard()
    scanner = SerialScanner(str(line.device), -5, scanned=Heard(), present=present, reconnect_seconds=SOON)
    scanner.stop()
    assert not scanner.is_present


def test_an_error_of_the_system_s_own_ends_no_thread(line: PseudoLine) -> None:
    """A line that hangs up while it is opened: `termios.error` is no OSError."""
    heard = Heard()
    errors = [termios.error(5, "Input/output error")]

    def says(said: bytes) -> bytes:
        if errors:
            raise errors.pop()
        if said:
            heard(said)
        return b""

    line.plug_in()
    listener = SerialListener(str(line.device), 9600, heard=says, present=heard, reconnect_seconds=SOON)
    try:
        heard.until(False)
        heard.until(True)  # met again
        line.say(b"690")
        heard.until(b"690")
    finally:
        listener.stop()


def test_the_machine_s_own_serial_lines_can_be_listed() -> None:
    assert all(isinstance(port, str) for port in serial_ports())
