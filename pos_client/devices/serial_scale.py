"""A scale at a serial line: what lies on it now, for the sell screen. It never adds anything to a basket by itself."""

import time
from collections.abc import Callable

from pos_client.devices.scale_protocols import ScaleProtocol, ScaleReading
from pos_client.devices.serial_line import RECONNECT_SECONDS, SerialListener

SILENT_SECONDS = 2.0


class SerialScale:
    """`weighed(reading)` is called from its own thread whenever the reading is another one."""

    def __init__(
        self,
        device: str,
        baud: int,
        protocol: ScaleProtocol,
        *,
        weighed: Callable[[ScaleReading], object],
        reconnect_seconds: float = RECONNECT_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self.reading = ScaleReading("unplugged")
        self._protocol = protocol
        self._weighed = weighed
        self._silent_seconds = silent_seconds
        self._heard_at = 0.0
        self._line = SerialListener(
            device, baud, heard=self._heard, present=self._present, reconnect_seconds=reconnect_seconds
        )

    def stop(self, *, wait: bool = True) -> None:
        """No more readings."""
        self._line.stop(wait=wait)

    def _heard(self, said: bytes) -> bytes:
        readings, answer = self._protocol.feed(said)
        if readings:
            self._heard_at = time.monotonic()
            self._tell(readings[-1])
        elif time.monotonic() - self._heard_at > self._silent_seconds:
            self._tell(ScaleReading("silent"))
        return answer

    def _present(self, is_there: bool) -> None:
        self._heard_at = time.monotonic()
        self._tell(ScaleReading("silent" if is_there else "unplugged"))

    def _tell(self, reading: ScaleReading) -> None:
        if reading != self.reading:
            self.reading = reading
            self._weighed(reading)
