"""Reading a posted form field by field: what is wrong is said beside its field, and nothing typed is lost."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hq_sync_server.console.texts import N_, Texts
from hq_sync_server.console.visits import Sent
from hq_sync_server.office.sheets import sheets
from shared_models.refusals import Refusal

Read = TypeVar("Read")

_BESIDE: Mapping[str, str] = {
    "amount_invalid": N_("{value} is not an amount. Like this: 12.50"),
    "number_invalid": N_("{value} is not a whole number."),
    "date_invalid": N_("{value} is not a date. Like this: 2027-01-31"),
    "month_invalid": N_("{value} is not a month. Like this: 2027-01"),
}
"""Said beside a field, where nobody needs to be told which column it is."""


@dataclass(slots=True)
class Form:
    """The fields as typed (`values`), and what is wrong with them (`errors`, sentences by field)."""

    sent: Sent
    texts: Texts
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """What was typed, as it was typed."""
        return dict(self.sent.fields)

    def text(self, name: str, *, letters_max: int = 200, required: bool = False) -> str:
        """A line of text."""
        value = self.sent.get(name)
        if required and not value:
            self.refuse(name, Refusal("text_missing"))
        elif len(value) > letters_max:
            self.refuse(name, Refusal("text_too_long", letters_max=letters_max))
        elif "\0" in value:
            self.refuse(name, Refusal("text_unreadable"))
        return value

    def choice(self, name: str, options: Iterable[str]) -> str:
        """One of several words."""
        value = self.sent.get(name)
        if value not in set(options):
            self.refuse(name, Refusal("choice_unknown"))
        return value

    def whole_number(self, name: str, minimum: int = 0, maximum: int = 10**9) -> int:
        """A whole number within a range."""
        found = self._read(name, lambda: sheets.read_whole_number(self.sent.get(name), name), 0)
        if name not in self.errors and not minimum <= found <= maximum:
            self.refuse(name, Refusal("number_out_of_range", minimum=minimum, maximum=maximum))
        return found

    def amount_fen(self, name: str) -> int:
        """Money written in yuan, perhaps with a minus."""
        typed = self.sent.get(name)
        sign = -1 if typed[:1] in ("-", "−", "－") else 1
        return sign * self._read(name, lambda: sheets.read_amount_fen(typed.lstrip("-−－+"), name), 0)

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.sent.get(name) != ""

    def read(self, name: str, how: Callable[[str], Read], otherwise: Read) -> Read:
        """Whatever a function of the office makes of a field; its refusal stands beside the field."""
        return self._read(name, lambda: how(self.sent.get(name)), otherwise)

    def refuse(self, name: str, refusal: Refusal) -> None:
        """Something is wrong with a field; the first thing counts."""
        said = _BESIDE.get(refusal.code)
        sentence = self.texts.say(said, **refusal.fields) if said else self.texts.refusal(refusal)
        self.errors.setdefault(name, sentence)

    def _read(self, name: str, how: Callable[[], Read], otherwise: Read) -> Read:
        try:
            return how()
        except Refusal as refusal:
            self.refuse(name, refusal)
            return otherwise
