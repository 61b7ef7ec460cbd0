"""Bugs that honest tills hardly ever show, or never: found by the attack that they would let through, not by seeds.

Each names the test that must fail while it is planted.
"""

from tests.mutants.planting import Edit, Mutant

OFFICE = "hq_sync_server.office"
AT_HQ = "tests/hq_sync_server"
AT_TILL = "tests/pos_client"

ATTACK_BUGS = (
    Mutant(
        "lots_may_differ",
        "a till's entry counts although it posts other value of a member than it moves",
        (Edit(f"{OFFICE}.books.reading:_derive", "if member_lots.disagree(", "if False and member_lots.disagree("),),
        killed_by=f"{AT_HQ}/office/test_forged_lots.py",
    ),
    Mutant(
        "silent_branch_is_no_fork",
        "entries beside HQ's head are taken without a word where the till says nothing of its disk",
        (Edit(f"{OFFICE}.intake.intake:take_branch", "is_aside = not (", "is_aside = False and not ("),),
        killed_by=f"{AT_HQ}/office/test_silent_branches.py",
    ),
    Mutant(
        "recovery_pays_nothing_owed",
        "what became free while HQ recovered pays nothing of what its member owes when the recovery ends",
        (
            Edit(f"{OFFICE}.healing.recovery:_make_good", "books.placed.renew.update(owing)", "pass"),
            Edit(
                f"{OFFICE}.healing.recovery:_make_good",
                "books.open(members | aliases | owing)",
                "books.open(members | aliases)",
            ),
        ),
        killed_by=f"{AT_HQ}/office/test_risks.py",
    ),
    Mutant(
        "holes_by_place",
        "an entry of another branch that HQ parked counts as the till's own at that place",
        (
            Edit(
                "pos_client.ledger.people:People._parked",
                'if not digest or self._database.row(_AT, {"position": position}) == (digest,)',
                "if True",
            ),
        ),
        killed_by=f"{AT_TILL}/ledger/test_figures.py",
    ),
    Mutant(
        "cap_for_each_till",
        "a store's cap on what is placed holds for each of its tills alone",
        (Edit(f"{OFFICE}.books.placement:_capped", "cap - here", "cap"),),
        killed_by=f"{AT_HQ}/office/test_placement_plan.py",
    ),
    Mutant(
        "share_for_each_till",
        "each placement may be the whole share of the balance, whatever the others took of it",
        (Edit(f"{OFFICE}.books.placement:_size", " - (whole - left))", ")"),),
        killed_by=f"{AT_HQ}/office/test_placement_plan.py",
    ),
    Mutant(
        "any_word_is_hqs",
        "HQ that lacks what a till was acknowledged believes it without its own signature",
        (
            Edit(
                f"{OFFICE}.healing.lane:_word",
                "return shown if signature_is_right(work.keys.verify_key, shown.signature, signed_bytes) else None",
                "return shown",
            ),
        ),
        killed_by=f"{AT_HQ}/office/test_unproved_heads.py",
    ),
    Mutant(
        "reads_for_ever",
        "a signed GET is good whenever it is said again",
        (Edit("hq_sync_server.security:Freshness.is_fresh", "<= FRESH_FOR_MS", ">= 0"),),
        killed_by=f"{AT_HQ}/api/test_fresh_reads.py",
    ),
    Mutant(
        "credit_stays_behind",
        "the right to refund a sale moves without the points that were credited afterwards",
        (Edit(f"{OFFICE}.books.pages:SoldPage.credit", "self.body = encode_body(", "encode_body("),),
        killed_by=f"{AT_HQ}/office/test_refund_rights.py",
    ),
    Mutant(
        "grants_unsigned",
        "HQ signs an answer without what it gives",
        (
            Edit(
                "shared_models.sync:ControlAnswer.acknowledgement",
                "given=digest_of_given(self.grants, self.tokens),",
                "",
            ),
        ),
        killed_by=f"{AT_TILL}/sync/test_bent_answers.py",
    ),
    Mutant(
        "coupon_forged",
        "a printed coupon is good whoever signed it",
        (
            Edit(
                "pos_client.ledger.coupons:Coupons._check_signature",
                "if not printed_coupons.signature_is_right(content, row.verify_key):",
                "if False:",
            ),
        ),
        killed_by=f"{AT_TILL}/ledger/test_printed_coupons.py",
    ),
    Mutant(
        "coupon_key_of_anybody",
        "a key for printed coupons is believed because the feed says it, without HQ's signature",
        (
            Edit(
                "pos_client.ledger.coupons:Coupons._check_signature",
                "if row is None or not self._is_certified(row):",
                "if row is None:",
            ),
        ),
        killed_by=f"{AT_TILL}/ledger/test_printed_coupons.py",
    ),
)
