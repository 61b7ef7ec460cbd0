"""Learns how a scanner types from a few scans of it: its pace, and what it sets before and after a code. Pure.

The wizard on the devices screen shows a code, or takes any code of goods, and hands over what the keyboard said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from pos_client.devices.wedge import WedgeSettings
from shared_models.refusals import Refusal

SCANS_NEEDED = 3
SHOWN_CODE = "TILLBOOK-731"
"""What the wizard shows: letters, digits and a sign, so that a scanner with the wrong keyboard layout is noticed; no
more than fit as bars on the narrowest paper."""
_SUFFIXES = "\r\t"
_PAUSE_MS_MAX = 90
"""A person may reach it for a key or two; a scanner slower than that cannot be told from one."""
_LENGTH_MIN = 6
_GAP_MS_MIN, _GAP_MS_MAX = 35, 200
_MACHINE_GAP_MS_MIN, _MACHINE_GAP_MS_MAX = 12, 40


@dataclass(frozen=True, slots=True)
class Keystroke:
    """A character as the keyboard said it, and when (monotonic)."""

    character: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: the settings, and the figures to be said aloud."""

    settings: WedgeSettings
    pause_ms: int
    prefix: str
    suffix: str


def split_scans(keystrokes: Sequence[Keystroke]) -> tuple[tuple[Keystroke, ...], ...]:
    """The scans in what was heard: a long pause, or a suffix, ends one."""
    scans: list[list[Keystroke]] = []
    before: Keystroke | None = None
    for stroke in keystrokes:
        has_ended = before is not None and before.character in _SUFFIXES and stroke.character not in _SUFFIXES
        if before is None or has_ended or stroke.at_ms - before.at_ms > 4 * _PAUSE_MS_MAX:
            scans.append([])
        scans[-1].append(stroke)
        before = stroke
    return tuple(tuple(scan) for scan in scans)


def learn(scans: Sequence[Sequence[Keystroke]], shown: str = SHOWN_CODE) -> Learned:
    """The settings for this scanner, from scans of one and the same code. Refuses `scanner_typed` (a person, or nothing
    much), `scanner_differs` (each scan said something else), `scanner_changes_letters` (another keyboard layout),
    `scanner_names_symbology` (it sets `]E0` and the like before each code, which no prefix can take off)."""
    texts = ["".join(stroke.character for stroke in scan) for scan in scans]
    bodies = [text.rstrip(_SUFFIXES) for text in texts]
    if not bodies or any(len(body) < _LENGTH_MIN for body in bodies):
        raise Refusal("scanner_typed", who="cashier")
    pauses = sorted(after.at_ms - before.at_ms for scan in scans for before, after in pairwise(scan))
    if pauses[len(pauses) // 2] > _PAUSE_MS_MAX // 2 or pauses[-1] > 4 * _PAUSE_MS_MAX:
        raise Refusal("scanner_typed", who="cashier")
    suffixes = {text[len(body) :] for text, body in zip(texts, bodies, strict=True)}
    if len(set(bodies)) > 1 or len(suffixes) > 1:
        raise Refusal("scanner_differs", who="cashier")
    prefix, suffix = _prefix_of(bodies[0], shown), suffixes.pop()
    common_ms = pauses[len(pauses) * 9 // 10]
    settings = WedgeSettings(
        gap_ms=max(_GAP_MS_MIN, min(_GAP_MS_MAX, 2 * pauses[-1] + 10)),
        machine_gap_ms=max(_MACHINE_GAP_MS_MIN, min(_MACHINE_GAP_MS_MAX, ceil(common_ms * 1.5))),
        prefix=prefix,
        suffixes=suffix[:1] if suffix and suffix[:1] not in _SUFFIXES else _SUFFIXES,
    )
    return Learned(settings, pauses[len(pauses) // 2], prefix, suffix)


def _prefix_of(body: str, shown: str) -> str:
    """What stands before the shown code; '' for a code of goods, which says nothing of it."""
    if body[:1] == "]" and body[1:2].isalpha() and body[2:3].isalnum():
        raise Refusal("scanner_names_symbology", prefix=body[:3], who="cashier")
    place = body.casefold().find(shown.casefold())
    if place >= 0:
        if body[place + len(shown) :]:
            raise Refusal("scanner_adds_characters", characters=body[place + len(shown) :], who="cashier")
        return body[:place]
    if len(body) >= len(shown) and not body.isdecimal():
        raise Refusal("scanner_changes_letters", heard=body[:40], who="cashier")
    return ""
