"""A receipt printer's side of ESC/POS, as far as our receipts use it: reads bytes back into what would be on paper.

Written from the printer's manual and not from our painter; a command it does not know is an error.
"""

from dataclasses import dataclass, field

from PIL import Image

DLE, ESC, FS, GS, LF = 0x10, 0x1B, 0x1C, 0x1D, 0x0A


@dataclass
class Paper:
    """What came out of the printer."""

    lines: list[str] = field(default_factory=list)
    styles: list[tuple[str, bool, bool]] = field(default_factory=list)  # align, bold, large
    barcodes: list[str] = field(default_factory=list)
    qr_codes: list[str] = field(default_factory=list)
    qr_module_dots: list[int] = field(default_factory=list)
    cuts: int = 0
    drawer_pulses: int = 0
    pictures: list[Image.Image] = field(default_factory=list)
    questions: int = 0

    @property
    def picture(self) -> Image.Image:
        """All that was printed as dots, on one strip of paper."""
        strip = Image.new(
            "1", (max(each.width for each in self.pictures), sum(each.height for each in self.pictures)), 1
        )
        down = 0
        for each in self.pictures:
            strip.paste(each, (0, down))
            down += each.height
        return strip

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Reader:
    """Reads one job."""

    def __init__(self, job: bytes) -> None:
        self._job = job
        self._at = 0
        self._line = bytearray()
        self._align = "left"
        self._bold = False
        self._large = False
        self._chinese = False
        self._qr_stored = ""
        self.paper = Paper()

    def read(self) -> Paper:
        while self._at < len(self._job):
            byte = self._take(1)[0]
            if byte == ESC:
                self._escape()
            elif byte == DLE:
                assert self._take(1) == b"\x04"
                self._take(1)
                self.paper.questions += 1
            elif byte == FS:
                assert self._take(1) == b"&"
                self._chinese = True
            elif byte == GS:
                self._group()
            elif byte == LF:
                self._end_line()
            else:
                self._line.append(byte)
        assert not self._line, "text without an end of line"
        return self.paper

    def _take(self, count: int) -> bytes:
        taken = self._job[self._at : self._at + count]
        assert len(taken) == count, "the job ends inside a command"
        self._at += count
        return taken

    def _end_line(self) -> None:
        assert self._chinese, "text before the Chinese mode was chosen"
        self.paper.lines.append(self._line.decode("gb18030"))
        self.paper.styles.append((self._align, self._bold, self._large))
        self._line.clear()

    def _escape(self) -> None:
        match self._take(1):
            case b"@":
                self._align, self._bold, self._large, self._chinese = "left", False, False, False
            case b"a":
                self._align = ("left", "centre", "right")[self._take(1)[0] % 48]
            case b"E":
                self._bold = bool(self._take(1)[0] & 1)
            case b"!":
                mode = self._take(1)[0]
                self._large = mode & 0x30 == 0x30
            case b"-" | b"M" | b"{" | b"G":
                self._take(1)
            case b"d":
                self.paper.lines += [""] * self._take(1)[0]
                self.paper.styles += [(self._align, self._bold, self._large)] * (
                    len(self.paper.lines) - len(self.paper.styles)
                )
            case b"p":
                self._take(3)
                self.paper.drawer_pulses += 1
            case unknown:
                raise AssertionError(f"ESC {unknown!r}")

    def _group(self) -> None:
        match self._take(1):
            case b"!":
                size = self._take(1)[0]
                self._large = size & 0x11 == 0x11
            case b"V":
                if self._take(1)[0] in (65, 66):
                    self._take(1)
                self.paper.cuts += 1
            case b"v":
                self._picture()
            case b"r":
                self._take(1)
                self.paper.questions += 1
            case b"h" | b"w" | b"H" | b"B" | b"f" | b"b":
                self._take(1)
            case b"k":
                kind, length = self._take(2)
                assert kind == 73, "not Code 128"
                symbols = self._take(length)
                assert symbols[:2] == b"{B"
                self.paper.barcodes.append(symbols[2:].replace(b"{{", b"{").decode("ascii"))
            case b"(":
                self._two_dimensional()
            case unknown:
                raise AssertionError(f"GS {unknown!r}")

    def _picture(self) -> None:
        assert self._take(2) == b"0\x00"
        assert not self._line, "a picture within a line of text"
        assert self._align == "left"
        width_bytes, height = (int.from_bytes(self._take(2), "little") for _ in range(2))
        black = bytes(byte ^ 0xFF for byte in self._take(width_bytes * height))
        self.paper.pictures.append(Image.frombytes("1", (width_bytes * 8, height), black))

    def _two_dimensional(self) -> None:
        assert self._take(1) == b"k"
        low, high = self._take(2)
        block = self._take(low + 256 * high)
        assert block[0] == 49
        if block[1] == 80:
            self._qr_stored = block[3:].decode("utf-8")
        elif block[1] == 67:
            self.paper.qr_module_dots.append(block[2])
        elif block[1] == 81:
            self.paper.qr_codes.append(self._qr_stored)


def read_back(job: bytes) -> Paper:
    """What a printer would put on paper for this job."""
    return Reader(job).read()
