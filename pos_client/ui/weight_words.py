"""What a scale says, in words and by a tone: for the sell screen, the panel that asks for a weight, the devices."""

from pos_client.devices.scale_protocols import ScaleReading
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
