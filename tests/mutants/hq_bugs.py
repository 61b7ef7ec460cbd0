"""Bugs of HQ: its lane, its intake, its books, its feed."""

from tests.mutants.planting import Edit, Mutant

OFFICE = "hq_sync_server.office"

HQ_BUGS = (
    Mutant(
        "head_check_dropped",
        "whoever speaks stands where HQ thinks it stands",
        (Edit(f"{OFFICE}.healing.lane:_judge", "head, till = lane.head, lane.till", 'return "ok", {}'),),
    ),
    Mutant(
        "fork_unseen_in_batches",
        "a batch is known by its seq, whatever its hashes",
        (
            Edit(
                f"{OFFICE}.intake.intake:_forked_after",
                "(place not in known or (wire.seq == lane.head.seq and place != at_head))",
                "False",
            ),
            Edit(
                f"{OFFICE}.healing.lane:_judge",
                "another_head = own.seq == head.seq and own.entry_hash != head.entry_hash",
                "another_head = False",
            ),
            Edit(f"{OFFICE}.intake.intake:_misplaced", "request.prev_hash != lane.head.entry_hash", "False"),
            Edit(f"{OFFICE}.healing.branches:knows", "AND entry_hash = ?", "AND ? IS NOT NULL"),
        ),
    ),
    Mutant(
        "clone_gets_the_answer",
        "another body under a known number gets the kept answer",
        (
            Edit(
                f"{OFFICE}.healing.lane:handle",
                "if position.request_number == row[0] and digest == row[1]:",
                "if position.request_number == row[0]:",
            ),
        ),
    ),
    Mutant(
        "stale_is_served",
        "an old request is worked on again",
        (
            Edit(
                f"{OFFICE}.healing.lane:handle",
                "if position.request_number == row[0] and digest == row[1]:",
                "if False:",
            ),
            Edit(f"{OFFICE}.healing.lane:handle", "if position.request_number <= row[0]:", "if False:"),
        ),
    ),
    Mutant(
        "acknowledged_too_far",
        "a batch is acknowledged to its end and its last entry is left out",
        (
            Edit(
                f"{OFFICE}.intake.intake:take",
                "booked = _book(work, lane.till, _read(fresh, lane.head.entry_hash), beside_of(request))",
                "booked = _book(work, lane.till, _read(fresh[:-1] or fresh, lane.head.entry_hash), beside_of(request))",
            ),
        ),
    ),
    Mutant(
        "acknowledged_before_durable",
        "the answer goes out although the commit failed",
        (
            Edit(
                "hq_sync_server.records.database:Database.write",
                "yield transaction.connection",
                "yield transaction.connection; transaction.rollback()",
            ),
        ),
    ),
    Mutant(
        "lent_and_still_free",
        "what is lent stays free and is lent again",
        (Edit(f"{OFFICE}.rights.rights:_lend", "books.lot(key).free -= total - granted", "books.lot(key).free -= 0"),),
    ),
    Mutant(
        "lost_grant_forgotten",
        "a repeated request is answered without what the lost answer had given, and nobody says it again",
        (
            Edit(
                f"{OFFICE}.healing.lane:handle",
                "return bytes(row[2])",
                "return _encode(work, lane, Reply({}), lane.number)",
            ),
            Edit(
                f"{OFFICE}.intake.delivering:not_adopted",
                "if lane.grant_adopted or lane.grant_given is None:",
                "if True:",
            ),
            Edit(f"{OFFICE}.healing.lane:_lane", "bool(row[5])", "True"),
        ),
    ),
    Mutant(
        "loss_booked_to_credit",
        "what a holder overspent becomes free balance",
        (
            Edit(
                f"{OFFICE}.books.fact_effects:_loss_booked",
                "books.holder((body.subject, body.lot)).loss += body.amount",
                "page = books.lot((body.subject, body.lot))\n    "
                "page.credited, page.free = page.credited + body.amount, page.free + body.amount",
            ),
        ),
        within=400,
    ),
    Mutant(
        "late_release_not_clipped",
        "a release counts in full, however little the holder has out",
        (
            Edit(
                f"{OFFICE}.rights.rights:book_moves",
                "counted = min(move.amount, page.outside)",
                "counted = move.amount",
            ),
        ),
        within=400,
    ),
    Mutant(
        "release_counted_twice",
        "what comes home becomes free twice",
        (
            Edit(
                f"{OFFICE}.rights.rights:book_moves",
                "books.lot(key).free += counted",
                "books.lot(key).free += 2 * counted",
            ),
        ),
    ),
    Mutant(
        "taken_back_at_lease_expiry",
        "HQ takes rights back because a till was silent for long",
        (
            Edit(
                f"{OFFICE}.intake.control:_give",
                "subjects = {*(want.subject for want in request.lots), *request.coupons_of}",
                "from tests.mutants.worse import take_from_silent\n    take_from_silent(work)\n    "
                "subjects = {*(want.subject for want in request.lots), *request.coupons_of}",
            ),
        ),
    ),
    Mutant(
        "merge_moves_what_is_lent",
        "uniting moves the whole balance, lent or not",
        (Edit(f"{OFFICE}.members.uniting:move_free", "amount=page.free)", "amount=page.credited - page.debited)"),),
    ),
    Mutant(
        "frozen_member_is_lent",
        "a frozen member's rights are lent out",
        (Edit(f"{OFFICE}.rights.rights:grant", "if person.status in _FROZEN or any(", "if False and any("),),
        within=400,
    ),
    Mutant(
        "token_for_everybody",
        "a coupon is handed over whoever owns it",
        (Edit(f"{OFFICE}.rights.tokens:_can_be_granted", "home_tokens.owner_of(books, page)[0] is not None", "False"),),
    ),
    Mutant(
        "token_version_not_raised",
        "a coupon moves under its old version, and whoever had it before does not take it",
        (Edit(f"{OFFICE}.rights.tokens:grant", "page.version += 1", "page.version += 0"),),
    ),
    Mutant(
        "parked_is_dropped",
        "an entry HQ does not understand is not kept",
        (Edit(f"{OFFICE}.intake.intake:_book_together", "books.add_entry(", "entry.parked or books.add_entry("),),
    ),
    Mutant(
        "unknown_type_stops_the_line",
        "an entry of an unknown type is refused with all that follow it",
        (
            Edit(
                f"{OFFICE}.books.reading:read",
                "if entry.body is None:",
                'if entry.body is None:\n        raise ValueError("unknown type")',
            ),
        ),
    ),
    Mutant(
        "poison_spoils_the_batch",
        "one entry on which the code fails parks its neighbours",
        (
            Edit(
                f"{OFFICE}.intake.intake:_book",
                "for entry in read_entries:\n        try:",
                "for entry in read_entries:\n        try:\n            raise ValueError('poisoned by a neighbour')",
            ),
        ),
    ),
    Mutant(
        "half_an_entry_posted",
        "a posting gets lost on the way into the books",
        (
            Edit(
                f"{OFFICE}.books.books:Books.post",
                "for ordinal, posting in enumerate(postings):",
                "for ordinal, posting in enumerate(tuple(postings)[:-1]):",
            ),
        ),
    ),
    Mutant(
        "cursor_by_id",
        "a row that changes keeps its old place in the feed",
        (Edit(f"{OFFICE}.organisation.feed:_CHANGES", "position = NULL", "position = coalesce(feed.position, 0)"),),
    ),
    Mutant(
        "positions_given_again",
        "the sequencer counts from the highest place there is, not from the last it gave: its count is not in its lock",
        (
            Edit(
                f"{OFFICE}.organisation.feed:_PLACE",
                "(SELECT value FROM counters WHERE name = 'feed')",
                "(SELECT coalesce(max(position), 0) FROM feed)",
            ),
        ),
    ),
    Mutant(
        "row_version_not_raised",
        "a row changes under its old version",
        (Edit(f"{OFFICE}.organisation.feed:_CHANGES", "feed.version + 1", "feed.version"),),
    ),
    Mutant(
        "feed_skips_the_end",
        "the cursor of a page passes a row that is not in it",
        (
            Edit(
                f"{OFFICE}.organisation.feed:changes",
                "page = found[:CHANGES_ROWS_MAX]",
                "page = found[: CHANGES_ROWS_MAX][:-1] or found",
            ),
        ),
    ),
    Mutant(
        "mark_left_behind",
        "the member's row does not say which of a till's entries it includes",
        (
            Edit(
                f"{OFFICE}.books.books:Books.mark",
                "page.touched = True",
                "page.marks.pop(self.till_id, None); page.touched = True",
            ),
        ),
    ),
    Mutant(
        "debts_settled_for_free",
        "a debt is paid and the points stay",
        (Edit(f"{OFFICE}.books.fact_effects:_debt_settled", "_debit(books, body.member_id, body.lots)", "pass"),),
    ),
    Mutant(
        "seal_keeps_the_rest",
        "an epoch is closed and what its holder had out becomes free twice",
        (Edit(f"{OFFICE}.books.fact_effects:_epoch_sealed", "books.holder(key).taken_back += part.amount", "pass"),),
        within=400,
    ),
    Mutant(
        "recovery_ends_with_the_first_report",
        "HQ, back from its backup, makes good what is negative at each report, before everybody was heard",
        (
            Edit(
                f"{OFFICE}.healing.recovery:finish_when_all_are_heard",
                ".first() is not None:\n        return False",
                ".first() is not None:\n        pass",
            ),
        ),
    ),
    Mutant(
        "restored_hq_believes_nobody",
        "HQ, back from its backup, does not take a till's word for what it was granted since",
        (Edit(f"{OFFICE}.rights.belief:grown", "for grant in grants:", "for grant in ():"),),
    ),
    Mutant(
        "made_good_at_each_report",
        "HQ, back from its backup, answers for what is negative whenever somebody reported",
        (
            Edit(
                f"{OFFICE}.healing.recovery:finish_when_all_are_heard",
                ".first() is not None:\n        return False",
                ".first() is not None:\n        _make_good(work)\n        work.recovering = True\n        return False",
            ),
        ),
    ),
    Mutant(
        "silent_restore_unnoticed",
        "HQ hears that it lacks what it acknowledged, and goes on as if it had it",
        (Edit(f"{OFFICE}.healing.lane:_was_restored", "recovery.begin(work, word.hq_epoch)", "pass"),),
        within=400,
    ),
    Mutant(
        "lent_above_rights_for_free",
        "what was lent above the rights is settled, and the member keeps the money",
        (Edit(f"{OFFICE}.books.fact_effects:_risk_settled", "_debit(books, body.member_id, body.lots)", "pass"),),
    ),
    Mutant(
        "lent_above_rights_forgotten",
        "what was lent above the rights is not settled when value becomes free",
        (
            Edit(f"{OFFICE}.rights.rights:grant", "risks.settle(books, person)", "pass"),
            Edit(f"{OFFICE}.books.placing:renew", "risks.settle(books, books.members[one])", "pass"),
        ),
    ),
    Mutant(
        "placed_twice",
        "a placement is lent although the last grant was not taken over yet",
        (
            Edit(
                f"{OFFICE}.intake.delivering:with_placements",
                'may_lend = lane.grant_adopted and not said.get("grant_request")',
                "may_lend = True",
            ),
        ),
    ),
    Mutant(
        "placed_though_not_free",
        "a placement is lent whether or not as much is free",
        (Edit(f"{OFFICE}.intake.delivering:_lent", "lent = min(missing, free.free)", "lent = missing"),),
    ),
    Mutant(
        "refund_right_for_everybody",
        "the right to refund a sale is handed over whoever has it",
        (
            Edit(
                f"{OFFICE}.rights.refund_rights:grant",
                "if page.owner_till_id is not None and page.owner_till_id != books.till_id:",
                "if False:",
            ),
            Edit(f"{OFFICE}.rights.refund_rights:grant", "elif page.owner_till_id is not None or", "elif"),
        ),
    ),
)
