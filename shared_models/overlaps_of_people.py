"""The register of overlaps, the part about people: registrations, profiles, numbers and cards. See `overlaps`."""

from shared_models.overlap import N_, Overlap

PEOPLE = (
    Overlap(
        code="members_united",
        name=N_("Two registrations of one telephone number"),
        outcome=N_(
            "The first that HQ heard of is the canonical member; the other becomes its alias, and what is"
            " free of it moves over."
        ),
        money="none",
        remedy=N_("Nothing, unless the number was somebody else's: then put the members right."),
        kind="fact",
    ),
    Overlap(
        code="unite_waiting",
        name=N_("The same telephone number as another member"),
        outcome=N_("Both stay as they are until somebody decides."),
        money="none",
        remedy=N_("Ask the member, then unite the two, or put the number right."),
    ),
    Overlap(
        code="profile_edited_twice",
        name=N_("Two tills edited one profile without knowing of each other"),
        outcome=N_(
            "Field by field the edit made later stands, by the corrected clocks of the tills; at the same"
            " moment that of the larger till id."
        ),
        money="none",
        remedy=N_("Look at the fields named, and ask the member where it matters."),
    ),
    Overlap(
        code="phone_unreadable",
        name=N_("The telephone number cannot be opened"),
        outcome=N_("The member stays usable under the card, and is not united with anybody."),
        money="none",
        remedy=N_("Ask the member for the number once more."),
    ),
    Overlap(
        code="card_taken",
        name=N_("The card is somebody else's already"),
        outcome=N_("The card stays with whom it belongs to; the new member has none."),
        money="none",
        remedy=N_("Give the member another card."),
    ),
    Overlap(
        code="lost_card_used",
        name=N_("A lost card was used at a till that had not heard of it"),
        outcome=N_(
            "The sale stands: the goods are gone. What was spent of the member's value is the amount listed; the card"
            " opens nothing from the moment the till was reached."
        ),
        money="listed",
        remedy=N_("Ask the member whether it was theirs; if not, decide by the chain's terms who bears it."),
    ),
    Overlap(
        code="sale_credit_wrong",
        name=N_("A sale credited afterwards that was not to be"),
        outcome=N_("The points stand; the amount is listed. The sale counts once, for whom it was credited to first."),
        money="exposure",
        remedy=N_("Look at the till: a sale is credited once, by the till that made it. Adjust the points if need be."),
    ),
)
