"""A scanner that types and a person who types, told apart by their pace."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as some

from pos_client.devices.wedge import Scan, Typed, WedgeDecoder, WedgeEvent, WedgeSettings


class Keys:
    """Keystrokes at a pace, with the filter's timer running out whenever it would."""

    def __init__(
        self, settings: WedgeSettings | None = None, is_whole: Callable[[str], bool] = lambda _burst: True
    ) -> None:
        self.decoder = WedgeDecoder(settings, is_whole)
        self.at_ms = 1_000
        self.events: list[WedgeEvent] = []

    def press(self, characters: str, gap_ms: int) -> "Keys":
        for character in characters:
            self.wait(gap_ms)
            self.events += self.decoder.feed(character, self.at_ms)
        return self

    def wait(self, milliseconds: int) -> "Keys":
        self.at_ms += milliseconds
        self.events += self.decoder.flush(self.at_ms)
        return self

    @property
    def typed(self) -> str:
        return "".join(event.characters for event in self.events if isinstance(event, Typed))

    @property
    def scans(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Scan)]


def test_a_burst_with_enter_is_a_scan_and_its_enter_presses_nothing() -> None:
    keys = Keys().press("6921168509256\r", gap_ms=8).wait(500)

    assert (keys.scans, keys.typed) == (["6921168509256"], "")


def test_a_burst_without_a_suffix_is_a_scan_once_it_has_ended() -> None:
    keys = Keys().press("6921168509256", gap_ms=8)
    assert keys.events == []

    assert keys.wait(40).events == []  # it may only have stalled
    assert keys.wait(160).scans == ["6921168509256"]


def test_a_person_types_at_a_person_s_pace() -> None:
    keys = Keys().press("12\r", gap_ms=120).wait(500)

    assert (keys.scans, keys.typed) == ([], "12\r")


def test_a_short_burst_is_typing() -> None:
    assert Keys().press("123\r", gap_ms=8).wait(500).typed == "123\r"


def test_a_key_held_down_is_no_scan() -> None:
    keys = Keys().press("0" * 20, gap_ms=30).wait(500)

    assert (keys.scans, keys.typed) == ([], "0" * 20)


def test_a_scan_right_after_a_typed_digit_leaves_the_digit_typed() -> None:
    keys = Keys().press("3", gap_ms=100).wait(60).press("M7K2Q9ABCDEFG\r", gap_ms=5).wait(500)

    assert (keys.scans, keys.typed) == (["M7K2Q9ABCDEFG"], "3")


def test_two_scans_in_a_row_are_two() -> None:
    keys = Keys().press("6921168509256\r6921168509263\r", gap_ms=4).wait(500)

    assert keys.scans == ["6921168509256", "6921168509263"]


def test_the_second_half_of_a_double_suffix_is_swallowed() -> None:
    keys = Keys().press("6921168509256\r\t", gap_ms=4).wait(500)

    assert (keys.scans, keys.typed) == (["6921168509256"], "")


def test_a_prefix_makes_even_a_short_code_a_scan() -> None:
    settings = WedgeSettings(prefix="~")

    assert Keys(settings).press("~42\r", gap_ms=8).scans == ["42"]


def test_a_key_confirms_only_when_nothing_was_typed_for_a_while() -> None:
    keys = Keys().press("6921168509256\r", gap_ms=8)
    ended = keys.at_ms

    assert not keys.decoder.is_quiet(ended + 149)
    assert keys.decoder.is_quiet(ended + 150)


@given(some.lists(some.tuples(some.sampled_from("0123456789AB"), some.integers(1, 200)), max_size=40))
def test_no_character_is_ever_lost_or_doubled(strokes: list[tuple[str, int]]) -> None:
    keys = Keys()
    for character, gap_ms in strokes:
        keys.press(character, gap_ms)
    keys.wait(1_000)

    told = "".join(event.text if isinstance(event, Scan) else event.characters for event in keys.events)
    assert told == "".join(character for character, _ in strokes)


def _is_whole(burst: str) -> bool:
    return len(burst) == 13


def test_a_machine_that_stalls_in_the_middle_of_a_scan_does_not_break_it() -> None:
    keys = Keys(is_whole=_is_whole).press("692", gap_ms=1).wait(120).press("1168", gap_ms=1).wait(500)
    keys.press("509256\r", gap_ms=1)

    assert (keys.wait(900).scans, keys.typed) == (["6921168509256"], "")


def test_what_a_stall_cut_off_the_beginning_is_named_with_the_scan() -> None:
    keys = Keys(is_whole=_is_whole).press("69", gap_ms=1).wait(300).press("21168509256\r", gap_ms=1)

    assert keys.typed == "69"
    assert [(one.text, one.before) for one in keys.events if isinstance(one, Scan)] == [("21168509256", "69")]


def test_what_was_typed_long_before_a_scan_is_not_named_with_it() -> None:
    keys = Keys().press("69", gap_ms=200).wait(900).press("6921168509256\r", gap_ms=1)

    assert [one.before for one in keys.events if isinstance(one, Scan)] == [""]


def test_a_person_who_stops_after_three_quick_letters_is_not_kept_waiting() -> None:
    keys = Keys().press("abc", gap_ms=20).wait(40)

    assert keys.typed == "abc"
