"""What payments are called on the screen, and the small print beside them."""

from pos_client.checkout.views import TenderView
from pos_client.ui.formats import plain
from pos_client.ui.words import _


def tender_words(kind: str) -> str:
    """The name of a payment."""
    return {
        "cash": _("Cash"),
        "stored_value": _("Stored value"),
        "wechat": _("WeChat"),
        "alipay": _("Alipay"),
        "card": _("Bank card"),
        "voucher": _("Voucher"),
        "other": _("Other"),
        "deposit": _("Deposit"),
    }[kind]


def value_parts(principal_fen: int, bonus_fen: int) -> str:
    """What an amount of stored value consists of; where all of it is principal, that."""
    if not bonus_fen:
        return _("all principal") if principal_fen else ""
    return _("principal {principal} · bonus {bonus}").format(principal=plain(principal_fen), bonus=plain(bonus_fen))


def tender_detail(tender: TenderView) -> str:
    """The small print of a payment."""
    if tender.kind == "stored_value":
        return value_parts(tender.principal_fen, tender.bonus_fen)
    if tender.kind == "cash" and tender.change_fen:
        return _("received {received} · change {change}").format(
            received=plain(tender.handed_over_fen), change=plain(tender.change_fen)
        )
    if tender.kind == "cash":
        return ""
    if tender.state == "confirmed":
        return _("paid, confirmed")
    if tender.state == "unknown":
        return _("unknown, to be settled")
    return _("recorded, unconfirmed")
