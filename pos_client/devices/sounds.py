"""Two short sounds that a cashier hears without looking: taken, and not taken. Made here, played on its own thread.

The till's Qt has no sound, so the system's own player is asked: Windows by its library, Linux by whichever of the usual
programs is there. Where there is none, `bell` is called instead.
"""

import io
import math
import queue
import shutil
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

Sound = Literal["accepted", "refused"]
_RATE = 22_050
_PLAYERS = (
    ("pw-play", "-"),
    ("paplay", "--raw", "--rate=22050", "--format=s16le", "--channels=1"),
    ("aplay", "-q", "-"),
)
_TONES: dict[Sound, Sequence[tuple[int, int]]] = {
    "accepted": ((1_760, 60),),
    "refused": ((330, 140), (0, 40), (330, 200)),
}
"""Hertz and milliseconds, one after the other: a bright short one, and two low ones."""


@cache
def wave_of(sound: Sound) -> bytes:
    """The sound as a WAV file."""
    samples = bytearray()
    for hertz, milliseconds in _TONES[sound]:
        count = _RATE * milliseconds // 1000
        for place in range(count):
            edge = min(1.0, place / 200, (count - place) / 200)  # no click at either end
            level = math.sin(2 * math.pi * hertz * place / _RATE) * edge * 12_000
            samples += int(level).to_bytes(2, "little", signed=True)
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(bytes(samples))
    return file.getvalue()


class SoundPlayer:
    """Plays the newest of what was asked; what waits longer than a sound lasts is not heard any more."""

    def __init__(self, bell: Callable[[], object] = lambda: None) -> None:
        self._bell = bell
        self._asked: queue.Queue[Sound | None] = queue.Queue(maxsize=2)
        self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
        self._thread.start()

    def play(self, sound: Sound) -> None:
        """Soon. Returns at once, whatever the system's sound does."""
        if not self._asked.full():
            self._asked.put(sound)

    def stop(self) -> None:
        """Silence."""
        self._asked.put(None)
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while (sound := self._asked.get()) is not None:
            if not _play(wave_of(sound)):
                self._bell()


def _play(sound: bytes) -> bool:
    """Whether somebody played it."""
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(sound, winsound.SND_MEMORY)
        except RuntimeError:
            return False
        return True
    for name, *arguments in _PLAYERS:
        program = shutil.which(name)
        if program is None:
            continue
        given = sound[44:] if name == "paplay" else sound
        try:
            outcome = subprocess.run([program, *arguments], input=given, capture_output=True, timeout=3, check=False)  # noqa: S603 - a program of the system with words of ours
        except (OSError, subprocess.TimeoutExpired):
            continue
        if outcome.returncode == 0:
            return True
    return False
