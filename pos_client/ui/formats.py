"""How amounts, quantities and moments are written on the screen: one place, so that two screens never differ."""

from shared_models.moments import DEFAULT_TIME_ZONE, local_datetime
from shared_models.sales import PER_MILLI, Price, Unit

MINUS = "−"
NOTHING = "—"
CURRENCY_SIGNS = {"CNY": "¥", "GBP": "£", "USD": "$", "EUR": "€"}


def plain(fen: int) -> str:
    """`1,204.30`; a negative amount with a true minus sign."""
    sign = MINUS if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def yuan(fen: int, currency: str = "CNY") -> str:
    """`¥1,204.30`."""
    sign = MINUS if fen < 0 else ""
    return f"{sign}{CURRENCY_SIGNS.get(currency, '¥')}{plain(abs(fen))}"


def short_yuan(fen: int) -> str:
    """`¥50` for whole amounts, `¥49.50` for others: for keys and notes."""
    return yuan(fen).removesuffix(".00")


def reduction(fen: int) -> str:
    """What a line costs less: `−5.46`, or a dash where there is nothing to say."""
    return plain(-fen) if fen else NOTHING


def count(number: int) -> str:
    """`1,284`."""
    return f"{number:,}" if number >= 0 else f"{MINUS}{-number:,}"


def signed(number: int) -> str:
    """`+135`, `−12`, `0`."""
    return f"+{number:,}" if number > 0 else count(number)


def quantity(quantity_milli: int, weighed: bool) -> str:
    """`3` pieces or `0.764` kg."""
    if weighed:
        return f"{quantity_milli // 1000}.{quantity_milli % 1000:03d}"
    whole, rest = divmod(quantity_milli, 1000)
    return str(whole) if rest == 0 else f"{whole}.{rest:03d}".rstrip("0")


def spoken_price(price: Price) -> str:
    """The price as the store speaks it, without its unit: `12.80`."""
    return plain(price.amount_fen)


def is_weighed(unit: Unit | str) -> bool:
    """Whether quantities of this unit are weights."""
    return unit in PER_MILLI and unit != "piece"


def clock_time(moment_ms: int, time_zone: str = DEFAULT_TIME_ZONE) -> str:
    """`09:53` at the store."""
    return local_datetime(moment_ms, time_zone).strftime("%H:%M")


def day_and_time(moment_ms: int, time_zone: str = DEFAULT_TIME_ZONE) -> str:
    """`11-30 18:30` at the store."""
    return local_datetime(moment_ms, time_zone).strftime("%m-%d %H:%M")


def day(business_date: str) -> str:
    """`11-30` of `2026-11-30`, `2026-12` of a month: short enough for a card."""
    parts = business_date.split("-")
    return "-".join(parts[1:]) if len(parts) == 3 else business_date
