"""The words of members' balances: lots, purses, what separating two would do. `words` hands them to the templates."""

from collections.abc import Mapping

from hq_sync_server.console.texts import N_, Texts, money
from hq_sync_server.office.members.separating import Share

REASONS: Mapping[str, str] = {"separated": N_("separated again")}

PURSES: Mapping[str, str] = {"principal": N_("Principal"), "bonus": N_("Bonus"), "points": N_("Points")}


def lot_said(texts: Texts, lot: str) -> str:
    """Which lot: points by the month they are good until, money by the day it came (the id is a UUID version 7)."""
    account, _, name = lot.partition(":")
    if account == "points":
        return texts.say(N_("until {month}"), month=name[:7]) if name else ""
    bits = name.replace("-", "")
    is_dated = len(bits) == 32 and bits[12] == "7"
    return texts.say(N_("of {day}"), day=texts.moment(int(bits[:12], 16))[:10]) if is_dated else name[:10]


def share_said(texts: Texts, share: Share) -> str:
    """What separating two members would give back of a kind."""
    said = [money(one) if share.kind != "points" else f"{one:,}" for one in (share.back, share.stays)]
    kind = texts.word(PURSES, share.kind)
    if share.stays:
        return texts.say(
            N_("{kind}: {back} would go back to it; {stays} stays here, because it was spent or is all at tills."),
            kind=kind,
            back=said[0],
            stays=said[1],
        )
    return texts.say(N_("{kind}: {back} would go back to it."), kind=kind, back=said[0])
