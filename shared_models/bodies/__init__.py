"""The body of every type of entry.

One struct per (type, type_version); fields are only ever added, with a default. `BODY_TYPES` is the register: what is
not in it is parked by HQ. Those of `HQ_TYPES` are written by HQ alone.
"""

import msgspec

from shared_models.bodies.baskets import BasketReduced, TakenOut
from shared_models.bodies.body import Body, Channel
from shared_models.bodies.drawer import (
    CashMoved,
    DrawerOpened,
    ShiftClosed,
    ShiftOpened,
    TenderCorrected,
)
from shared_models.bodies.hq_facts import (
    BalanceAdjusted,
    CouponsIssued,
    DebtSettled,
    EpochSealed,
    ExceptionSettled,
    ExposureBooked,
    LossBooked,
    LotExpired,
    MemberForgotten,
    MembersUnited,
    OpeningBalance,
    OpeningLot,
    RiskLost,
    RiskReturned,
    RiskSettled,
)
from shared_models.bodies.people import (
    Lookup,
    MemberEdited,
    MemberLookup,
    MemberRegistered,
    MemberTagged,
    TicketMoved,
    TicketOpened,
)
from shared_models.bodies.stored_value import (
    PointsExchange,
    TopUp,
    TopUpCancelled,
    Withdrawal,
)
from shared_models.bodies.till_state import (
    ClockSet,
    EpochOpened,
    GrantAdopted,
    RightsAdopted,
    RightsReleased,
    TokenAcquired,
    TokenMove,
    TokenReleased,
)
from shared_models.bodies.trading import (
    OrderCancelled,
    OrderCollected,
    OrderTaken,
    Refund,
    RefundLine,
    RefundWithoutReceipt,
    Sale,
    SaleCredited,
    UnreceiptedLine,
)
from shared_models.bodies.wallets import SettledAs, WalletSettled

__all__ = [
    "BODY_TYPES",
    "HQ_TYPES",
    "BalanceAdjusted",
    "BasketReduced",
    "Body",
    "CashMoved",
    "Channel",
    "ClockSet",
    "CouponsIssued",
    "DebtSettled",
    "DrawerOpened",
    "EpochOpened",
    "EpochSealed",
    "ExceptionSettled",
    "ExposureBooked",
    "GrantAdopted",
    "Lookup",
    "LossBooked",
    "LotExpired",
    "MemberEdited",
    "MemberForgotten",
    "MemberLookup",
    "MemberRegistered",
    "MemberTagged",
    "MembersUnited",
    "OpeningBalance",
    "OpeningLot",
    "OrderCancelled",
    "OrderCollected",
    "OrderTaken",
    "PointsExchange",
    "Refund",
    "RefundLine",
    "RefundWithoutReceipt",
    "RightsAdopted",
    "RightsReleased",
    "RiskLost",
    "RiskReturned",
    "RiskSettled",
    "Sale",
    "SaleCredited",
    "SettledAs",
    "ShiftClosed",
    "ShiftOpened",
    "TakenOut",
    "TenderCorrected",
    "TicketMoved",
    "TicketOpened",
    "TokenAcquired",
    "TokenMove",
    "TokenReleased",
    "TopUp",
    "TopUpCancelled",
    "UnreceiptedLine",
    "WalletSettled",
    "Withdrawal",
    "decode_body",
    "encode_body",
    "type_of",
]

BODY_TYPES: dict[tuple[str, int], type[Body]] = {
    ("sale", 1): Sale,
    ("sale_credited", 1): SaleCredited,
    ("refund", 1): Refund,
    ("refund_without_receipt", 1): RefundWithoutReceipt,
    ("top_up", 1): TopUp,
    ("top_up_cancelled", 1): TopUpCancelled,
    ("withdrawal", 1): Withdrawal,
    ("points_exchange", 1): PointsExchange,
    ("member_registered", 1): MemberRegistered,
    ("member_edited", 1): MemberEdited,
    ("member_tagged", 1): MemberTagged,
    ("member_lookup", 1): MemberLookup,
    ("shift_opened", 1): ShiftOpened,
    ("cash_moved", 1): CashMoved,
    ("drawer_opened", 1): DrawerOpened,
    ("basket_reduced", 1): BasketReduced,
    ("tender_corrected", 1): TenderCorrected,
    ("shift_closed", 1): ShiftClosed,
    ("wallet_settled", 1): WalletSettled,
    ("order_taken", 1): OrderTaken,
    ("order_collected", 1): OrderCollected,
    ("order_cancelled", 1): OrderCancelled,
    ("rights_adopted", 1): RightsAdopted,
    ("rights_released", 1): RightsReleased,
    ("clock_set", 1): ClockSet,
    ("token_acquired", 1): TokenAcquired,
    ("token_released", 1): TokenReleased,
    ("opening_balance", 1): OpeningBalance,
    ("ticket_opened", 1): TicketOpened,
    ("ticket_moved", 1): TicketMoved,
    ("epoch_opened", 1): EpochOpened,
    ("epoch_sealed", 1): EpochSealed,
    ("members_united", 1): MembersUnited,
    ("balance_adjusted", 1): BalanceAdjusted,
    ("loss_booked", 1): LossBooked,
    ("exposure_booked", 1): ExposureBooked,
    ("exception_settled", 1): ExceptionSettled,
    ("debt_settled", 1): DebtSettled,
    ("lot_expired", 1): LotExpired,
    ("risk_settled", 1): RiskSettled,
    ("risk_returned", 1): RiskReturned,
    ("risk_lost", 1): RiskLost,
    ("coupons_issued", 1): CouponsIssued,
    ("member_forgotten", 1): MemberForgotten,
}

HQ_TYPES = frozenset(
    {
        "opening_balance",
        "epoch_sealed",
        "members_united",
        "balance_adjusted",
        "loss_booked",
        "exposure_booked",
        "exception_settled",
        "debt_settled",
        "risk_settled",
        "risk_returned",
        "risk_lost",
        "lot_expired",
        "coupons_issued",
        "member_forgotten",
    }
)

_TYPE_OF: dict[type[Body], tuple[str, int]] = {body_type: key for key, body_type in BODY_TYPES.items()}
_DECODERS = {key: msgspec.json.Decoder(body_type) for key, body_type in BODY_TYPES.items()}
_encoder = msgspec.json.Encoder()


def type_of(body: Body) -> tuple[str, int]:
    """(entry type, type version) under which a body is written."""
    return _TYPE_OF[type(body)]


def encode_body(body: Body) -> bytes:
    """The bytes to store, hash and send."""
    return _encoder.encode(body)


def decode_body(entry_type: str, type_version: int, body: bytes) -> Body | None:
    """The body, or None when the type or version is unknown here (park it).

    Raises msgspec.DecodeError or msgspec.ValidationError when a known type does not hold what it should.
    """
    decoder = _DECODERS.get((entry_type, type_version))
    return None if decoder is None else decoder.decode(body)
