"""The register of overlaps: whatever HQ notes as an exception is in it, and nothing else is (a test of the house, both
ways). For HQ's lists and pages, and for docs/overlaps.md, which is checked against it."""

from collections.abc import Mapping

from shared_models.overlap import N_, Overlap
from shared_models.overlaps_of_people import PEOPLE

_NEW_EPOCH = N_(
    "A manager declares the old disk gone and opens a new epoch; what the old holder had out is the exposure. Where "
    "two machines answer for the till, switch the other one off first."
)
_ALL = (
    # --- money and rights ---
    Overlap(
        code="overspent",
        name=N_("Spent more than the till held"),
        outcome=N_("The sale stands. What was missing raises the holder's loss and can never be lent again."),
        money="loss",
        remedy=N_(
            "Look at the till first: a disk that went back or was copied. Then decide with the store who "
            "bears the loss."
        ),
    ),
    Overlap(
        code="release_clipped",
        name=N_("Gave back more than the till held"),
        outcome=N_("Only what the holder still had comes home; the rest of the release counts for nothing."),
        money="none",
        remedy=N_("Nothing is owed. If it repeats, look at the till's ledger: pos-client verify."),
    ),
    Overlap(
        code="adoption_without_grant",
        name=N_("Took over rights that HQ never gave"),
        outcome=N_(
            "The entry stands, but HQ counts only what it granted. What is spent above it is a loss of that holder."
        ),
        money="exposure",
        remedy=N_("After a restore of HQ this heals as tills report. Else look at the till: it may be a copy."),
    ),
    Overlap(
        code="adoption_not_found",
        name=N_("The till named an adoption that is none"),
        outcome=N_(
            "The claim is not believed, and nothing more is lent before the till stands where HQ thinks it does."
        ),
        money="none",
        remedy=N_("Look at the till's ledger: pos-client verify."),
    ),
    Overlap(
        code="risk_lost",
        name=N_("Lent above rights and not covered in time"),
        outcome=N_("What the member's value did not cover within the rule's days goes to the loss account."),
        money="loss",
        remedy=N_("Nothing, unless it is often the same till or member: then lower the risk budget."),
    ),
    Overlap(
        code="many_members_asked",
        name=N_("A till asked for more members than a counter serves"),
        outcome=N_(
            "It was lent what was free of each, as always. What it holds it can spend, or keep until it is taken home."
        ),
        money="none",
        remedy=N_("Ask the store what was going on. If nobody knows, take the till's key away."),
    ),
    Overlap(
        code="risk_over_limit",
        name=N_("Lent above a member's limit"),
        outcome=N_(
            "The sale stands: each till kept to the limit as it knew the member. What is open is above it by the "
            "amount shown, and is settled from the member's value like the rest."
        ),
        money="exposure",
        remedy=N_("Nothing, unless it is often the same member: then lower the risk budget, or look at the till."),
    ),
    Overlap(
        code="balance_cap_exceeded",
        name=N_("Topped up above the balance cap"),
        outcome=N_("Both top-ups stand: the money was paid. The balance is above the cap by the amount shown."),
        money="listed",
        remedy=N_("Nothing has to be done; where the law or the chain wants it, pay the excess back to the member."),
    ),
    Overlap(
        code="frozen_member_spends",
        name=N_("A frozen member spent what a till still held"),
        outcome=N_("The sale stands: the rights were at the till before it heard of the freeze."),
        money="listed",
        remedy=N_(
            "Look at it with the reason of the freeze. Nothing more can be spent there once the till was reached."
        ),
    ),
    Overlap(
        code="merged_member_spends",
        name=N_("Spent from the old account of a united member"),
        outcome=N_(
            "The sale stands: the old account's own rights were spent. What is left of it moves to the "
            "canonical account."
        ),
        money="none",
        remedy=N_("Nothing: both accounts are one person's. If it is somebody else's purchase, the uniting was wrong."),
        kind="counted",
    ),
    # --- single-use things ---
    Overlap(
        code="coupon_twice",
        name=N_("A coupon redeemed twice"),
        outcome=N_(
            "Both sales stand; the first that HQ heard of counts as the coupon's use. The second cost what it took off."
        ),
        money="exposure",
        remedy=N_(
            "Look at the till that redeemed it without holding it. What the second one took off is the chain's cost."
        ),
    ),
    Overlap(
        code="coupon_unknown",
        name=N_("A coupon that HQ never issued"),
        outcome=N_("The sale stands; the token is kept as used, so that it is seen when it comes again."),
        money="exposure",
        remedy=N_("A printed coupon: was HQ's coupon key stolen? Revoke it. Else look at the till."),
    ),
    Overlap(
        code="coupon_not_owned",
        name=N_("A coupon redeemed by a till that did not hold it"),
        outcome=N_(
            "The sale stands and the coupon is used. Whoever held it can still redeem it once: that is the exposure."
        ),
        money="exposure",
        remedy=N_("Look at the till: an old disk, a copy, or the late sales of one that was written off."),
    ),
    Overlap(
        code="coupon_terms_differ",
        name=N_("A coupon's terms are not those issued"),
        outcome=N_("The sale stands as it was priced."),
        money="difference",
        remedy=N_("Compare the terms in the entry with the template; a till that invents terms must be looked at."),
    ),
    Overlap(
        code="token_release_refused",
        name=N_("Gave back a coupon that was not the till's"),
        outcome=N_("The release counts for nothing; the present owner keeps it."),
        money="none",
        remedy=N_("Nothing is owed. If it repeats, look at the till's ledger."),
    ),
    Overlap(
        code="order_unknown",
        name=N_("An order that nobody took"),
        outcome=N_("The collection stands; the order is kept as done."),
        money="exposure",
        remedy=N_("Ask the store which order was meant."),
    ),
    Overlap(
        code="order_twice",
        name=N_("An order collected or cancelled twice"),
        outcome=N_("Both stand; the first that HQ heard of counts."),
        money="exposure",
        remedy=N_("Ask both stores who handed the goods over, and put the deposit right."),
    ),
    Overlap(
        code="order_not_owned",
        name=N_("An order handled by a till that did not hold it"),
        outcome=N_("It stands and the order is done. Whoever held it may still do it once more."),
        money="exposure",
        remedy=N_("Tell the till that held the order; put the deposit right if it was done twice."),
    ),
    # --- refunds ---
    Overlap(
        code="refund_exceeds_sale",
        name=N_("More came back than was sold"),
        outcome=N_("The refund stands: the money is out. The amount above the sale is the chain's exposure."),
        money="exposure",
        remedy=N_("Compare the refunds of this sale; recover it from the store, or book it as a loss."),
    ),
    Overlap(
        code="refund_not_owned",
        name=N_("Refunded by a till that did not have the right"),
        outcome=N_(
            "The refund stands and counts against its sale. The till that has the right could refund "
            "again as far as HQ cannot stop it."
        ),
        money="exposure",
        remedy=N_("Look at the till: an old disk, or a right that moved while it was cut off."),
    ),
    Overlap(
        code="refund_of_unknown_sale",
        name=N_("A refund of a sale that HQ does not have"),
        outcome=N_("The refund stands with all of its money."),
        money="exposure",
        remedy=N_("If the sale arrives later, close this. Else ask the store for the receipt."),
    ),
    # --- prices and rules ---
    Overlap(
        code="stale_inputs",
        name=N_("Priced by what was true before the outage"),
        outcome=N_(
            "The sale stands by its own inputs: the tier or rules it was quoted with were true once, and are older now."
        ),
        money="none",
        remedy=N_("Nothing."),
        kind="counted",
    ),
    Overlap(
        code="not_compared",
        name=N_("Priced by what HQ had said before it was restored"),
        outcome=N_(
            "The sale stands. What it was quoted with cannot be compared any more, because HQ has forgotten it."
        ),
        money="none",
        remedy=N_("Nothing."),
        kind="counted",
    ),
    Overlap(
        code="quote_mismatch",
        name=N_("Priced differently than the rules say"),
        outcome=N_("The sale stands as it was priced. The differences are named line by line."),
        money="difference",
        remedy=N_("Look at the differences; a program of another version explains it, else look at the till."),
    ),
    Overlap(
        code="not_repriced",
        name=N_("Rules not known here yet, not checked"),
        outcome=N_("The sale is posted, and checked as soon as HQ knows its rules or engine."),
        money="none",
        remedy=N_("Nothing: it closes by itself."),
    ),
    Overlap(
        code="rules_of_another_store",
        name=N_("Priced by another store's rules"),
        outcome=N_("The sale stands as it was priced."),
        money="difference",
        remedy=N_("Was the till moved to another store? Enrol it there."),
    ),
    Overlap(
        code="tier_never_given",
        name=N_("Quoted with a tier the member never had"),
        outcome=N_("The sale stands as it was priced."),
        money="difference",
        remedy=N_("Look at the member and at the till; the reduction by tier is the chain's cost."),
    ),
    Overlap(
        code="postings_differ",
        name=N_("The till's postings differ from HQ's"),
        outcome=N_("HQ derives the postings again from the body and books its own."),
        money="difference",
        remedy=N_("Compare the versions of the programs."),
    ),
    *PEOPLE,
    # --- tills and HQ ---
    Overlap(
        code="business_id_twice",
        name=N_("The same fact with another content"),
        outcome=N_("The first that HQ took counts; the other is kept and changes nothing."),
        money="none",
        remedy=N_("Two disks of one till wrote it: see clone, rollback and fork."),
    ),
    Overlap(
        code="clone",
        name=N_("Two tills answer for one"),
        outcome=N_("Rights freeze, cash sales go on, and what both sold is taken once each."),
        money="exposure",
        remedy=N_("Find the second machine, stop it, and let the right one open a new epoch."),
    ),
    Overlap(
        code="rollback",
        name=N_("The till's ledger went back"),
        outcome=N_(
            "Rights freeze, cash sales go on. The till delivers its branch, and lost entries come back as history."
        ),
        money="exposure",
        remedy=_NEW_EPOCH,
    ),
    Overlap(
        code="fork",
        name=N_("The till's ledger differs from what HQ has"),
        outcome=N_("Rights freeze, cash sales go on. Both branches are kept, facts counted once each."),
        money="exposure",
        remedy=_NEW_EPOCH,
    ),
    Overlap(
        code="stale",
        name=N_("The till knows less than it once said"),
        outcome=N_("Rights freeze, cash sales go on."),
        money="exposure",
        remedy=_NEW_EPOCH,
    ),
    Overlap(
        code="anchor_ahead",
        name=N_("The till's ledger is behind its own anchor"),
        outcome=N_("Rights freeze, cash sales go on."),
        money="exposure",
        remedy=_NEW_EPOCH,
    ),
    Overlap(
        code="restored_copy",
        name=N_("The till runs on a backup copy"),
        outcome=N_("Rights freeze, cash sales go on."),
        money="exposure",
        remedy=_NEW_EPOCH,
    ),
    Overlap(
        code="head_not_proved",
        name=N_("The till claims a head it cannot prove"),
        outcome=N_(
            "HQ believes only its own signed word, freezes the rights of this till alone and lends to all others. Cash "
            "sales go on."
        ),
        money="exposure",
        remedy=N_(
            "Somebody changed this till's ledger or program: look at it with pos-client verify. Let it open a new "
            "epoch, or take its key away."
        ),
    ),
    Overlap(
        code="chain_broken",
        name=N_("The till's entries do not hang together"),
        outcome=N_(
            "HQ takes nothing more from this till and lends it nothing. Cash sales go on and wait in its ledger alone."
        ),
        money="exposure",
        remedy=N_(
            "Somebody changed an entry, or the disk is damaged: pos-client verify names it. Keep the till's folder, "
            "give it a code with its disk declared gone, and enrol it on an empty one."
        ),
    ),
    Overlap(
        code="exposure",
        name=N_("Taken home from a holder that was declared gone"),
        outcome=N_(
            "What the holder had out is free again; should its disk live after all, it could spend it once more."
        ),
        money="exposure",
        remedy=N_("Destroy the old disk. Watch for its late facts."),
    ),
    Overlap(
        code="closed_epoch",
        name=N_("Sold by an old copy of a till, after another went on"),
        outcome=N_(
            "The late facts of a closed or written-off till are taken; what they spend is its loss, what "
            "they give back goes to the members."
        ),
        money="exposure",
        remedy=N_("Stop that machine. Settle what it sold with the store."),
    ),
    Overlap(
        code="kept_aside",
        name=N_("Sent under a revoked key, kept aside"),
        outcome=N_("Nothing of it counts until somebody accepts it."),
        money="none",
        remedy=N_("Find out who sent it; then accept what was kept, or leave it."),
    ),
    Overlap(
        code="under_revoked_key",
        name=N_("Sent under a revoked key and accepted"),
        outcome=N_("The facts are taken, each once; whatever they spend is the old holder's loss."),
        money="exposure",
        remedy=N_("Settle it with the store."),
    ),
    Overlap(
        code="hq_restored",
        name=N_("HQ was restored from a backup"),
        outcome=N_("Nothing is lent until every till has reported or was excused."),
        money="none",
        remedy=N_("Wait for the tills, or excuse those that are gone."),
    ),
    Overlap(
        code="till_excused",
        name=N_("A till was excused from reporting"),
        outcome=N_("What is still missing is made good by the chain when the last till has reported."),
        money="exposure",
        remedy=N_("Write the till off, or bring it back."),
    ),
    Overlap(
        code="exposure_restored",
        name=N_("Lent before the restore, and nothing proves where from: the chain answers for it"),
        outcome=N_("The chain's exposure account funds it; late releases pay it back first."),
        money="exposure",
        remedy=N_("Nothing; watch the account."),
    ),
    Overlap(
        code="counters_differ",
        name=N_("The till reports other counters than its entries say"),
        outcome=N_("HQ goes by the entries."),
        money="none",
        remedy=N_("Look at the till's ledger: pos-client verify."),
    ),
)

OVERLAPS: Mapping[str, Overlap] = {one.code: one for one in _ALL}
