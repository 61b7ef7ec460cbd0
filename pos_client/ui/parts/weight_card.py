"""The weight of goods, live from the scale: Enter takes what lies still; typing works all the same."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.parts.cards import FigureCard
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.weight_words import weight_tone, weight_words
from pos_client.ui.words import _


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
