"""The two sounds: made here, played by whatever the system has, and never in the way of anything."""

import io
import threading
import wave
from pathlib import Path

import pytest

from pos_client.devices.sounds import SoundPlayer, wave_of


def test_the_two_sounds_are_short_different_and_real() -> None:
    assert wave_of("accepted") != wave_of("refused")
    for sound, seconds_max in (("accepted", 0.1), ("refused", 0.5)):
        with wave.open(io.BytesIO(wave_of("accepted" if sound == "accepted" else "refused"))) as read:
            assert 0.04 < read.getnframes() / read.getframerate() <= seconds_max
            samples = read.readframes(read.getnframes())
        assert (
            max(int.from_bytes(samples[at : at + 2], "little", signed=True) for at in range(0, len(samples), 2)) > 9000
        )


def test_the_system_s_player_gets_the_wave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = tmp_path / "played.wav"
    program = tmp_path / "aplay"
    program.write_text(f"#!/bin/sh\n/bin/cat > {played}.new && /bin/mv {played}.new {played}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    player = SoundPlayer(lambda: pytest.fail("there was a player"))
    player.play("refused")
    player.stop()

    assert played.read_bytes() == wave_of("refused")


def test_without_any_player_the_bell_rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    rung = threading.Event()

    player = SoundPlayer(rung.set)
    player.play("accepted")

    assert rung.wait(20)
    player.stop()


def test_whoever_scans_faster_than_sounds_last_does_not_wait_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ringing, go_on = threading.Event(), threading.Event()
    rung: list[str] = []

    def ring() -> None:
        rung.append("rung")
        ringing.set()
        assert go_on.wait(20)

    player = SoundPlayer(ring)
    player.play("accepted")
    assert ringing.wait(20)
    for _ in range(50):
        player.play("accepted")  # comes back at once, or this test hangs
    go_on.set()
    player.stop()

    assert len(rung) <= 3
