"""How scales speak: bytes in, readings out. Pure; `serial_scale` carries the bytes.

`continuous`: the scale says its weight all the time, a line of ASCII each (`ST,GS,+  0.235kg`): as A&D and
most scales made in China do it. `enquiry`: the till asks with ENQ and DC1 and the scale answers one framed block, as
CAS price scales do it.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, Protocol

ScaleState = Literal["stable", "unstable", "overload", "negative", "silent", "unplugged"]
_LINE_BYTES_MAX = 256
_GRAMS = {
    name: Decimal(grams)
    for name, grams in {"kg": "1000", "g": "1", "jin": "500", "lb": "453.59237", "t": "1000000"}.items()
}
_CONTINUOUS = re.compile(
    r"^\s*(?P<header>ST|US|OL)\s*,\s*(?:(?:GS|NT|TR|G|N)\s*,)?\s*(?P<sign>[+-]?)\s*(?P<figure>\d{1,7}(?:\.\d{1,4})?)?"
    r"\s*(?P<unit>kg|g|jin|lb|t)?\s*$",
    re.IGNORECASE,
)
_ENQ, _ACK, _DC1, _SOH, _STX, _ETX, _EOT = b"\x05", b"\x06", b"\x11", 0x01, 0x02, 0x03, 0x04
_BLOCK_BYTES = 15


@dataclass(frozen=True, slots=True)
class ScaleReading:
    """What lies on the scale. `weight_grams` counts only where it is stable; 0 where nothing is known."""

    state: ScaleState
    weight_grams: int = 0

    @property
    def can_be_sold(self) -> bool:
        """Whether something lies there and lies still."""
        return self.state == "stable" and self.weight_grams > 0


class ScaleProtocol(Protocol):
    """One scale's way of speaking."""

    def feed(self, said: bytes) -> tuple[list[ScaleReading], bytes]:
        """What was heard (b"" for a quiet moment): the readings in it, and what to say back."""
        ...


def grams_of(figure: str, unit: str) -> int:
    """A weight in whole grams, half a gram up."""
    return int((Decimal(figure) * _GRAMS[unit]).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _reading(state: ScaleState, sign: str, figure: str, unit: str) -> ScaleReading:
    grams = grams_of(figure, unit)
    if sign == "-" and grams:
        return ScaleReading("negative")
    return ScaleReading(state, grams)


class ContinuousProtocol:
    """Lines that come by themselves. What is no line of a scale is passed over."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, said: bytes) -> tuple[list[ScaleReading], bytes]:
        *lines, self._waiting = re.split(rb"[\r\n]+", self._waiting + said)
        self._waiting = self._waiting[-_LINE_BYTES_MAX:]
        found = (self._line(line.decode("ascii", errors="replace")) for line in lines)
        return [reading for reading in found if reading is not None], b""

    @staticmethod
    def _line(text: str) -> ScaleReading | None:
        read = _CONTINUOUS.match(text)
        if read is None:
            return None
        header = read["header"].upper()
        if header == "OL":
            return ScaleReading("overload")
        if read["figure"] is None or read["unit"] is None:
            return None
        return _reading("stable" if header == "ST" else "unstable", read["sign"], read["figure"], read["unit"].lower())


class EnquiryProtocol:
    """ENQ, ACK, DC1, and then SOH STX state sign weight[6] unit[2] check ETX EOT; the check is the XOR of what stands
    between STX and it. A block with another check is not believed."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, said: bytes) -> tuple[list[ScaleReading], bytes]:
        if not said:
            self._waiting = b""
            return [], _ENQ
        self._waiting = (self._waiting + said)[-_LINE_BYTES_MAX:]
        if self._waiting == _ACK:
            self._waiting = b""
            return [], _DC1
        start = self._waiting.find(bytes((_SOH, _STX)))
        if start < 0 or len(self._waiting) - start < _BLOCK_BYTES:
            return [], b""
        block, self._waiting = self._waiting[start : start + _BLOCK_BYTES], b""
        reading = self._block(block)
        return [] if reading is None else [reading], b""

    @staticmethod
    def _block(block: bytes) -> ScaleReading | None:
        said, check = block[2:12], block[12]
        parity = 0
        for byte in said:
            parity ^= byte
        text = said.decode("ascii", errors="replace")
        figure, unit = text[2:8].strip(), text[8:10].strip().lower()
        is_sound = parity == check and block[13:] == bytes((_ETX, _EOT))
        if is_sound and text[1] == "F":
            return ScaleReading("overload")
        if not is_sound or not re.fullmatch(r"\d+(\.\d+)?", figure) or unit not in _GRAMS:
            return None
        return _reading("stable" if text[0] == "S" else "unstable", text[1], figure, unit)


def protocol_named(name: str) -> ScaleProtocol:
    """A fresh one; `continuous` for every name that is not `enquiry`."""
    return EnquiryProtocol() if name == "enquiry" else ContinuousProtocol()
