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


def tender_detail(tender: TenderView) -> str:
    """The small print of a payment."""
    if tender.kind == "stored_value":
        return _("principal {principal} · bonus {bonus}").format(
            principal=plain(tender.principal_fen), bonus=plain(tender.bonus_fen)
        )
    if tender.kind == "cash" and tender.handed_over_fen:
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
