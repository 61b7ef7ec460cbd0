"""What the fields of forms are called, where a form is shown without its page: after a session that had ended."""

from collections.abc import Mapping

from hq_sync_server.console.texts import N_

FORM_FIELDS: Mapping[str, str] = {
    "amount": N_("Amount"),
    "birthday": N_("Birthday"),
    "reason": N_("Why"),
    "purse": N_("Which"),
    "direction": N_("Direction"),
    "phone": N_("Number"),
    "text": N_("Comment"),
    "login": N_("Login"),
    "full_name": N_("Name"),
    "role": N_("Role"),
    "effective_from": N_("In force from the business date"),
    "title": N_("Title"),
    "body": N_("What the cashier reads"),
    "own_fields": N_("Own fields"),
    "home_store": N_("Home store"),
    "alerts": N_("Alerts shown at the till"),
    "address": N_("Address"),
    "opening_hours": N_("Opening hours"),
    "confirmed": N_("Confirmation"),
    "deed": N_("What to do"),
}

DIRECTIONS: Mapping[str, str] = {"more": N_("in favour of the member"), "less": N_("taken from the member")}
