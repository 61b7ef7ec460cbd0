"""A scanner is learned from three scans; a person, a mixture of codes and a scanner set up wrongly are told by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pos_client.devices.wedge import Scan, WedgeDecoder, WedgeEvent
from pos_client.devices.wedge_learning import SHOWN_CODE, Keystroke, learn, split_scans
from shared_models.refusals import Refusal

BREAD = "6901234567892"


def strokes(*texts: str, pause_ms: int = 8, between_ms: int = 1500) -> list[Keystroke]:
    """What the keyboard said."""
    heard, at_ms = [], 1_000
    for text in texts:
        at_ms += between_ms
        for character in text:
            at_ms += pause_ms
            heard.append(Keystroke(character, at_ms))
    return heard


def test_the_shown_code_tells_pace_prefix_and_suffix() -> None:
    learned = learn(split_scans(strokes(*[f"~{SHOWN_CODE}\r"] * 3, pause_ms=20)))

    assert (learned.prefix, learned.suffix, learned.pause_ms) == ("~", "\r", 20)
    assert learned.settings.prefix == "~"
    assert learned.settings.gap_ms == 50
    assert learned.settings.suffixes == "\r\t"


def test_any_code_of_goods_tells_the_pace() -> None:
    learned = learn(split_scans(strokes(*[BREAD + "\t"] * 3)))

    assert (learned.prefix, learned.suffix, learned.settings.gap_ms) == ("", "\t", 35)


def test_caps_lock_and_no_suffix_are_no_hindrance() -> None:
    learned = learn(split_scans(strokes(*[SHOWN_CODE.lower()] * 3)))

    assert (learned.prefix, learned.suffix) == ("", "")


@pytest.mark.parametrize(
    ("texts", "pause_ms", "code"),
    [
        ([f"{BREAD}\r"] * 3, 130, "scanner_typed"),
        (["123\r"] * 3, 8, "scanner_typed"),
        ([f"{BREAD}\r", "6901234567908\r", f"{BREAD}\r"], 8, "scanner_differs"),
        ([f"{BREAD}\r", BREAD, f"{BREAD}\r"], 8, "scanner_differs"),
        (["TILLBOOK/7431\r"] * 3, 8, "scanner_changes_letters"),
        ([f"]C1{SHOWN_CODE}\r"] * 3, 8, "scanner_names_symbology"),
        ([f"{SHOWN_CODE}#\r"] * 3, 8, "scanner_adds_characters"),
    ],
)
def test_what_cannot_be_learned_has_a_name(texts: list[str], pause_ms: int, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        learn(split_scans(strokes(*texts, pause_ms=pause_ms)))


@given(
    some.integers(1, 40),
    some.sampled_from(["", "~", "$", "##"]),
    some.sampled_from(["", "\r", "\t", "\r\t"]),
    some.lists(some.integers(0, 10), min_size=0, max_size=12),
)
def test_whatever_was_learned_understands_that_scanner(
    pause_ms: int, prefix: str, suffix: str, jitter: list[int]
) -> None:
    """The decoder with the learned settings takes the same scanner's codes whole, and lets a person type."""
    learned = learn(split_scans(strokes(*[f"{prefix}{SHOWN_CODE}{suffix}"] * 3, pause_ms=pause_ms)))
    decoder = WedgeDecoder(learned.settings)
    events: list[WedgeEvent] = []
    at_ms = 1_000
    for place, character in enumerate(f"{prefix}{BREAD}{suffix}"):
        at_ms += pause_ms + (jitter[place % len(jitter)] if jitter and pause_ms > 5 else 0)
        events += decoder.feed(character, at_ms)
    events += decoder.flush(at_ms + 2_000)

    assert [event.text for event in events if isinstance(event, Scan)] == [BREAD]

    typed: list[WedgeEvent] = []
    at_ms += 5_000
    for character in "12345678":
        at_ms += 230
        typed += decoder.flush(at_ms)
        typed += decoder.feed(character, at_ms)
    assert not any(isinstance(event, Scan) for event in typed)
