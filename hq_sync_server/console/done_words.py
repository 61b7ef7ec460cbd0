"""What is said on the page one comes to after something was done. The address carries the code, never the sentence."""

from collections.abc import Mapping

from hq_sync_server.console.texts import N_, Texts

_DONE: Mapping[str, str] = {
    "saved": N_("Saved."),
    "sent": N_("Saved, and on its way to the tills."),
    "draft_saved": N_("The draft is saved. Nothing changes at the tills before it is published."),
    "draft_discarded": N_("The draft was thrown away. What is in force stays."),
    "draft_loaded": N_("The earlier version is in the draft. Compare it, then publish it."),
    "rules_published": N_("Published. Which tills have it is said under “Versions at the tills”."),
    "asked": N_("Asked for. It is booked when somebody else agrees."),
    "agreed": N_("Agreed, and booked."),
    "refused": N_("Refused. Nothing was booked."),
    "frozen": N_("Frozen. The tills hear of it at their next contact."),
    "thawed": N_("Free again. The tills hear of it at their next contact."),
    "confirmed": N_("Confirmed."),
    "number_changed": N_("The new number is in force."),
    "card_changed": N_("Done. The tills know the cards at their next contact."),
    "united": N_("United. It can be undone under “Who it is”."),
    "separated": N_("They are two members again."),
    "forgotten": N_("The person was forgotten. The books still add up, without a name."),
    "region_added": N_("The region was added."),
    "till_done": N_("Done. It is in the audit log."),
    "account_on": N_("The account may log in again."),
    "account_off": N_("The account is shut, and its sessions have ended."),
    "password_chosen": N_("Your own password is in force from now on."),
    "noted": N_("Written down."),
    "assigned": N_("Assigned."),
    "closed": N_("Closed."),
    "remedied": N_("Done. What was booked, or waits for somebody else to agree, stands under “What was done”."),
    "taken_back": N_("Taken back. The exception is open again, or waits for somebody else to agree."),
    "reopened": N_("Open again."),
    "article_sent": N_("Published to all tills."),
    "article_removed": N_("Taken away from all tills."),
    "ticket_changed": N_("Done. The store sees it at its till."),
    "entry_taken": N_("It is in the books now."),
}


def done_said(texts: Texts, code: str) -> str:
    """The sentence of a code; nothing for a code that is none."""
    return texts.say(_DONE[code]) if code in _DONE else ""
