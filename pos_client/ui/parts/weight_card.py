"""The weight of goods, live from the scale: Enter takes what lies still; typing works all the same."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.parts.cards import FigureCard
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.words import _


def weight_words(reading: ScaleReading) -> str:
    """What the scale says, in a few words."""
    match reading.state:
        case "stable" if reading.weight_grams == 0:
            return _("The scale is empty")
        case "stable":
            return _("{weight} kg, still").format(weight=kilograms(reading.weight_grams))
        case "unstable":
            return _("{weight} kg, moving …").format(weight=kilograms(reading.weight_grams))
        case "overload":
            return _("Too heavy for the scale")
        case "negative":
            return _("Below zero: set the scale to zero")
        case "silent":
            return _("The scale says nothing")
        case _:
            return _("The scale is unplugged")


def weight_tone(reading: ScaleReading) -> str:
    """Which colour goes with it, beside the words."""
    if reading.can_be_sold:
        return "good"
    return "plain" if reading.state in ("stable", "unstable") else "warning"


def kilograms(grams: int) -> str:
    """`0.235`."""
    return f"{grams // 1000}.{grams % 1000:03d}"


class WeightCard(FigureCard):
    """A `FigureCard` with the scale above it. With nothing typed, Enter takes the weight that lies still."""

    def __init__(self, title: str, entered: Callable[[int], object], reading: ScaleReading) -> None:
        super().__init__(title, _("Weight"), entered, unit="kg", decimals=3)
        self._weighed = entered
        self.live = label("", "weight", wrap=True)
        self.live.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.live.setMinimumHeight(48)
        self.hint = label("", "muted", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.insertWidget(0, self.live)
        self.body.insertWidget(1, self.hint)
        self._reading = reading
        self.show_reading(reading)

    def show_reading(self, reading: ScaleReading) -> None:
        """The scale says something else."""
        self._reading = reading
        self.live.setText(weight_words(reading))
        set_kind(self.live, weight_tone(reading), "tone")
        ready = _("Enter takes this weight. Or type one.")
        self.hint.setText(ready if reading.can_be_sold else _("Put the goods on the scale, or type the weight."))

    def confirm(self) -> None:
        """What was typed counts; else what lies still on the scale."""
        if self.box.text:
            super().confirm()
        elif self._reading.can_be_sold:
            self._weighed(self._reading.weight_grams)
