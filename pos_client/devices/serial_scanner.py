"""A scanner at a serial line: its codes take the same way as those of a scanner that types."""

import re
import unicodedata
from collections.abc import Callable

from pos_client.devices.serial_line import RECONNECT_SECONDS, SerialListener

CODE_BYTES_MAX = 4_300
"""More than the largest QR code holds: whatever is longer is noise, or a scanner that never says where a code ends."""
_ENDS = re.compile(rb"[\r\n\t\x03\x04]+")
_FRAME = re.compile(r"[\x00-\x1c\x1e\x1f\x7f]")
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")


class CodeSplitter:
    """Bytes in, codes out. A code ends with CR, LF, Tab or ETX. Of a scanner that was never heard to end a code so, a
    quiet moment ends it; of others the rest is waited for, because half a code may be another one: the first digits of
    a barcode are some article's number."""

    def __init__(self) -> None:
        self._waiting = b""
        self._is_skipping = False
        self._says_ends = False

    def feed(self, said: bytes) -> list[str]:
        """What was heard, b"" for a quiet moment; the codes that are whole now."""
        if not said:
            ended, self._waiting = ([], self._waiting) if self._says_ends else ([self._waiting], b"")
        else:
            *ended, self._waiting = _ENDS.split(self._waiting + said)
            self._says_ends = self._says_ends or bool(ended)
        if self._is_skipping and (ended or not said):
            ended, self._is_skipping = ended[1:], False
        if len(self._waiting) > CODE_BYTES_MAX:
            self._waiting, self._is_skipping = b"", True
        return [code for code in (_code(each) for each in ended) if code]

    def forget(self) -> None:
        """The scanner is gone: half a code is none."""
        self._waiting, self._is_skipping = b"", False


def _code(raw: bytes) -> str:
    """What it says, without a frame or the scanner's mark of the symbology."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    return _SYMBOLOGY.sub("", unicodedata.normalize("NFKC", _FRAME.sub("", text)).strip())


class SerialScanner:
    """`scanned(code)` and `present(is_there)` are called from its own thread."""

    def __init__(
        self,
        device: str,
        baud: int,
        *,
        scanned: Callable[[str], object],
        present: Callable[[bool], object],
        reconnect_seconds: float = RECONNECT_SECONDS,
    ) -> None:
        self._splitter = CodeSplitter()
        self._scanned = scanned
        self._present = present
        self.is_present = False
        self._line = SerialListener(
            device, baud, heard=self._heard, present=self._changed, reconnect_seconds=reconnect_seconds
        )

    def stop(self, *, wait: bool = True) -> None:
        """No more scans."""
        self._line.stop(wait=wait)

    def _heard(self, said: bytes) -> bytes:
        for code in self._splitter.feed(said):
            self._scanned(code)
        return b""

    def _changed(self, is_there: bool) -> None:
        self.is_present = is_there
        self._splitter.forget()
        self._present(is_there)
