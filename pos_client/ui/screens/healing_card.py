"""The guided step of a till whose rights are frozen: why, what is frozen, what goes on, what to do."""

from collections.abc import Callable

from pos_client.checkout.healing import HealingView
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label
from pos_client.ui.parts.overlay import Card
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _, ngettext


class HealingCard(Card):
    """`allow` is called when somebody wants to go on in a new epoch; a manager is asked for then."""

    def __init__(self, view: HealingView, allow: Callable[[], object]) -> None:
        super().__init__(_("Rights of this till are frozen"), 620)
        self._allow = None if view.needs_code or view.is_allowed else allow
        self.body.addWidget(label(sentence_of(view.frozen_code, {}), "strong", wrap=True))
        for title, words in (
            (_("Frozen"), _("Spending stored value and points, and redeeming coupons. Nothing of it is lost.")),
            (_("Goes on"), goes_on(view)),
            (_("What to do"), what_to_do(view)),
        ):
            self.body.addWidget(label(title, "muted"))
            self.body.addWidget(label(words, wrap=True))
        if self._allow is not None:
            made = button(_("This till goes on · Enter"), self._answer, "primary")
            made.setMinimumHeight(44)
            self.buttons.addStretch(1)
            self.buttons.addWidget(made)

    def _answer(self) -> None:
        if self._allow is not None:
            self._allow()

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter and press.is_quiet:
            self._answer()
        return press.is_enter


def goes_on(view: HealingView) -> str:
    """What can be done meanwhile, and where it gets to."""
    if view.frozen_code == "chain_broken":
        return _("Sales for money, earning points, top-ups, finding members. All of it stays in this till's book.")
    return _("Sales for money, earning points, top-ups, finding members. All of it goes to HQ.")


def what_to_do(view: HealingView) -> str:
    """The next step, and who takes it."""
    if view.frozen_code == "epoch_closed":
        return _(
            "Another copy of this till goes on. If this machine is the right one, ask HQ for a code to enrol it again; "
            "if not, put it away. What it sold is at HQ or on its way."
        )
    if view.frozen_code == "chain_broken":
        return _(
            "Call HQ: nobody at the store can mend it. HQ gives a code to enrol this till on an empty folder. Keep the "
            "old one: what was sold and has not reached HQ is in it alone."
        )
    if view.needs_code:
        return _("Ask HQ for a code to enrol this till again. What it sells until then waits and is not lost.")
    if view.is_allowed and view.waiting_entries:
        return ngettext(
            "A manager has said yes. {count} entry goes to HQ first; then rights can be spent again.",
            "A manager has said yes. {count} entries go to HQ first; then rights can be spent again.",
            view.waiting_entries,
        ).format(count=view.waiting_entries)
    if view.is_allowed:
        return _("A manager has said yes. At the next contact with HQ rights can be spent again.")
    return _(
        "A manager makes sure that this is the till's right disk and that no copy of it runs elsewhere, and says yes "
        "here or at HQ. An older disk or a copy is shut out from then on."
    )
