"""From codes to sentences: every refusal and notice of the rooms below, with its fields, in the reader's language.

The tables are in `refusal_texts`; an unknown code is shown as it is, with a word of apology, so that nothing is silent.
"""

from collections.abc import Mapping

from pos_client.ui.formats import clock_time, quantity, yuan
from pos_client.ui.refusal_texts import COUPON_REASONS, ELSEWHERE, SENTENCES, WHO, WHO_MATTERS
from pos_client.ui.words import _
from shared_models.refusals import Refusal

FieldValue = str | int | bool | None


class _Fields(dict[str, str]):
    """A sentence may name a field that this refusal came without."""

    def __missing__(self, key: str) -> str:
        return "…"


def _spoken(name: str, value: FieldValue) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_fen"):
            return yuan(value)
        if name.endswith("_milli"):
            return quantity(value, weighed=value % 1000 != 0)
        if name.endswith("_ms"):
            return clock_time(value)
    return "" if value is None else str(value)


def _filled(sentence: str, fields: Mapping[str, FieldValue]) -> str:
    spoken = _Fields({name: _spoken(name, value) for name, value in fields.items()})
    # The ledger speaks of a lot's amounts without a unit: points and uses are counted, the others are money.
    is_counted = str(fields.get("lot", "")).startswith(("points", "uses"))
    for name in ("wanted", "available"):
        value = fields.get(name)
        if isinstance(value, int) and not is_counted and "points" not in sentence:
            spoken[name] = yuan(value)
    return _(sentence).format_map(spoken)


def sentence_of(code: str, fields: Mapping[str, FieldValue]) -> str:
    """The sentence of a refusal or notice, and who could do it where it says so."""
    known = SENTENCES.get(code)
    told = _filled(known, fields) if known else _("This cannot be done now ({code}).").format(code=code)
    who = WHO.get(str(fields.get("who", ""))) if code in WHO_MATTERS else None
    return f"{told} {_filled(who, fields)}" if who else told


def refusal_words(refusal: Refusal) -> str:
    """A refusal as the cashier reads it."""
    return sentence_of(refusal.code, refusal.fields)


def why_not_coupon(code: str, fields: Mapping[str, FieldValue]) -> str:
    """Why a coupon cannot be used now, short enough for its line."""
    known = COUPON_REASONS.get(code)
    return _filled(known, fields) if known else sentence_of(code, fields)


def why_not_more(code: str, free_today_fen: int = 0, fields: Mapping[str, FieldValue] | None = None) -> str:
    """Why less than the balance can be used here now; '' where nothing is to be said."""
    if not code:
        return ""
    if code == "presence_needed":
        return _("Without card or code: up to {amount} today. Scan the card to use all.").format(
            amount=yuan(free_today_fen)
        )
    if code in ELSEWHERE:
        return _filled(ELSEWHERE[code], fields or {})
    return {
        "at_hq": _("The rest is with HQ and comes when the line is back."),
        "online_only": _("This store spends member value online only."),
        "frozen": _("Rights of this till are frozen; cash goes on."),
        "rights_frozen": _("Rights of this till are frozen; cash goes on."),
        "lease_over": _("Not heard from HQ for too long; cash goes on."),
        "no_member": _("No member on this basket."),
    }.get(code, sentence_of(code, {}))
