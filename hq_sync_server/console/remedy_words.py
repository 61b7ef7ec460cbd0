"""The words of remedies: what each is called, and what it does to whose money, before it is pressed."""

from collections.abc import Mapping

from hq_sync_server.console.texts import N_, Texts, money
from hq_sync_server.office.inbox.remedies import Offer

NAMES: Mapping[str, str] = {
    "chain_bears": N_("The chain bears it"),
    "store_pays": N_("Claim it from the store"),
    "member_pays": N_("Claim it from the member"),
    "member_gets": N_("Give it to the member"),
    "give_back": N_("Give it back to the member"),
    "pay_out": N_("Pay the excess out"),
    "unite": N_("Unite the two members"),
    "accept_kept": N_("Take what was kept aside"),
    "open_epoch": N_("Let it open a new epoch"),
    "reversal": N_("Taking it back"),
}

ACCOUNTS: Mapping[str, str] = {
    "loss": N_("the chain's losses"),
    "store_claims": N_("claims on stores"),
    "remedied": N_("costs of exceptions"),
}

_BOOKED = N_("{amount_fen} moves from {credit} to {debit}, at once.")
_EFFECTS: Mapping[str, str] = {
    "chain_bears": N_("{amount_fen} stays where it is, among the chain's losses. Nothing more is booked."),
    "member_pays": N_(
        "Asks for {amount_fen} to be taken from the member's balance. Somebody else must agree; nothing is booked "
        "before."
    ),
    "member_gets": N_(
        "Asks for {amount_fen} of bonus for the member. Somebody else must agree; nothing is booked before."
    ),
    "give_back": N_(
        "Asks for {amount_fen} to be given back to the member's balance. Somebody else must agree; nothing is booked "
        "before."
    ),
    "pay_out": N_(
        "Asks for {amount_fen} to be taken from the member's principal, to be paid out. Somebody else must agree; "
        "nothing is booked before."
    ),
    "unite": N_("Both balances become one; nothing is lost."),
    "accept_kept": N_("Sales that came under its old key are booked now, each checked like any other."),
    "open_epoch": N_("The value it held comes home, and what was spent twice is booked as a loss, by name."),
}


def effect(texts: Texts, offer: Offer) -> str:
    """What a remedy does, with its figures."""
    if offer.debit:
        return texts.say(
            _BOOKED,
            amount_fen=offer.amount_fen,
            credit=texts.word(ACCOUNTS, offer.credit),
            debit=texts.word(ACCOUNTS, offer.debit),
        )
    return texts.say(_EFFECTS[offer.name], amount_fen=offer.amount_fen)


def figure(amount_fen: int) -> str:
    """What was moved, or a dash."""
    return money(amount_fen) if amount_fen else "–"
