"""A serial line of two ends without a cable: a real pseudo-terminal behind a name that stays, plugged in and out."""

import os
import pty
import tty
from pathlib import Path


class PseudoLine:
    """`device` is what the till opens; the test speaks and listens at the far end."""

    def __init__(self, folder: Path) -> None:
        self.device = folder / "ttyPlug"
        self._far = -1
        self._near = -1

    def plug_in(self) -> None:
        """There is a device of that name now."""
        self._far, self._near = pty.openpty()
        tty.setraw(self._far)
        tty.setraw(self._near)
        self.device.symlink_to(os.ttyname(self._near))

    def unplug(self) -> None:
        """Pulled out: the name is gone, and whoever has it open hears so."""
        self.device.unlink()
        os.close(self._near)
        os.close(self._far)
        self._far = -1

    def say(self, data: bytes) -> None:
        """As the device says it."""
        os.write(self._far, data)

    def hear(self) -> bytes:
        """What the till said; waits for it."""
        return os.read(self._far, 4096)

    def close(self) -> None:
        """At the end of a test."""
        if self._far >= 0:
            self.unplug()
