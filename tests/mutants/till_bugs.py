"""Bugs of the till: its ledger, its lane, its mirror."""

from tests.mutants.planting import Edit, Mutant

LEDGER = "pos_client.ledger"
SYNC = "pos_client.sync"

TILL_BUGS = (
    Mutant(
        "relative_grant",
        "a grant is added to what was granted, not taken as the whole",
        (
            Edit(f"{LEDGER}.rights:_adopt", "granted_total > before.granted", "granted_total"),
            Edit(
                f"{LEDGER}.rights:_adopt",
                "after = Counters(granted_total,",
                "after = Counters(before.granted + granted_total,",
            ),
        ),
    ),
    Mutant(
        "released_rights_still_here",
        "what was given back may still be spent",
        (
            Edit("shared_models.rights:Counters.available", " - self.released", ""),
            Edit(f"{LEDGER}.rights:_raise", 'wanted = sums["S"] + sums["R"]', 'wanted = sums["S"]'),
        ),
    ),
    Mutant(
        "guard_of_rights_dropped",
        "a spend is not held against A",
        (Edit(f"{LEDGER}.rights:_raise", "if wanted > at_hand:", "if False:"),),
    ),
    Mutant(
        "spends_while_frozen",
        "frozen rights are spent",
        (Edit(f"{LEDGER}.rights:Guard.allow_spending", "if self.frozen:", "if False:"),),
    ),
    Mutant(
        "lease_never_over",
        "rights are spent although HQ was not heard for longer than the lease",
        (Edit(f"{LEDGER}.timekeeping:Timekeeping.lease_over", "self.lease_left_ms() < 0", "False"),),
    ),
    Mutant(
        "expired_lots_spent",
        "points are spent after their last month",
        (Edit(f"{LEDGER}.rights:_allow", "if is_expired(move.lot, business_date):", "if False:"),),
    ),
    Mutant(
        "refund_anywhere",
        "a refund asks neither whose right it is nor what is left",
        (
            Edit(
                f"{LEDGER}.refund_rights:within_the_sale",
                "known = read(driver, identity, body.sale_id, guard)",
                "return",
            ),
        ),
    ),
    Mutant(
        "refund_of_a_line_unbounded",
        "a line is refunded again and again",
        (
            Edit(f"{LEDGER}.refund_rights:within_the_sale", "line.quantity_milli > rest[0]", "False"),
            Edit(f"{LEDGER}.refund_rights:within_the_sale", "line.amount_fen > rest[1]", "False"),
        ),
    ),
    Mutant(
        "coupon_of_others_redeemed",
        "a coupon is redeemed that is not owned here",
        (Edit(f"{LEDGER}.tokens:apply", 'if state != "owned":\n', 'if state == "spent":\n'),),
    ),
    Mutant(
        "coupon_stays_after_use",
        "a redeemed coupon is still owned",
        (
            Edit(
                f"{LEDGER}.tokens:apply",
                '_set_state(driver, position, token, version, "spent")',
                '_set_state(driver, position, token, version, "owned")',
            ),
        ),
    ),
    Mutant(
        "no_anchor",
        "the anchor is never written",
        (Edit(f"{LEDGER}.anchor:Anchor.write", "with suppress(OSError):", "return\n    with suppress(OSError):"),),
    ),
    Mutant(
        "lagging_anchor_alarms",
        "an anchor behind the ledger is taken for a disk that went back",
        (
            Edit(
                f"{LEDGER}.ledger:Ledger._compare_with_anchor",
                "(anchored.epoch, anchored.seq) > (head.epoch, head.seq)",
                "(anchored.epoch, anchored.seq) != (head.epoch, head.seq)",
            ),
        ),
    ),
    Mutant(
        "copy_does_not_know",
        "a restored backup takes itself for the book",
        (
            Edit(f"{LEDGER}.ledger:Ledger._begin", "if self._lane.copied_at_ms:", "if False:"),
            Edit(f"{LEDGER}.ledger:Ledger._begin", "self._compare_with_anchor()", "pass"),
        ),
    ),
    Mutant(
        "durable_later",
        "an entry is promised before the disk has it",
        (
            Edit(
                f"{LEDGER}.database:Database._open_writer",
                'f"synchronous = {self._synchronous}"',
                '"synchronous = OFF"',
            ),
        ),
    ),
    Mutant(
        "own_alarm_unheard",
        "the till does not freeze at HQ's word",
        (Edit(f"{LEDGER}.lane:Lane._frozen_by", "return frozen_for(state, code, self._head.seq)", "return state"),),
    ),
    Mutant(
        "any_acknowledgement_believed",
        "an acknowledgement counts whether or not it is of an entry of this till",
        (
            Edit(
                f"{LEDGER}.lane:Lane._acknowledged",
                "if not self._is_own(driver, seq, entry_hash):",
                "if not entry_hash:",
            ),
        ),
    ),
    Mutant(
        "request_said_anew",
        "a request that is repeated after a crash is made of today's figures",
        (
            Edit(
                f"{SYNC}.engine:SyncEngine._open_or_next",
                "if draft.digest(request.number) == request.digest:",
                "if True:",
            ),
            Edit(
                f"{SYNC}.engine:SyncEngine._again",
                "arguments = msgspec.msgpack.decode(request.arguments, type=LaneArguments)",
                "arguments = msgspec.structs.replace(msgspec.msgpack.decode(request.arguments, type=LaneArguments), "
                "till_time_ms=self._clock.now_ms())",
            ),
        ),
    ),
    Mutant(
        "numbers_begin_anew",
        "the number of the next request is not kept with the answer",
        (
            Edit(
                f"{LEDGER}.lane:Lane.close_request",
                "next_request=max(self._lane.next_request, number + 1, answer.hq_last_request + 1)",
                "next_request=self._lane.next_request",
            ),
        ),
    ),
    Mutant(
        "adopted_without_entry",
        "targets and rights are taken over, but the chain does not say so",
        (Edit(f"{LEDGER}.lane:Lane._adopted", "if answer.grants:", "if False:"),),
    ),
    Mutant(
        "page_after_its_cursor",
        "the cursor of a page is on disk before its rows",
        (
            Edit(
                f"{LEDGER}.mirror:Mirror.apply_changes",
                "with self._mirror.erasing() if erases else self._mirror.writing() as driver:",
                "with self._mirror.writing() as driver:\n"
                '        driver.execute(_MOVE_CURSOR, {"hq_epoch": page.cursor.hq_epoch, '
                '"position": page.cursor.position})\n'
                "    with self._mirror.erasing() if erases else self._mirror.writing() as driver:",
            ),
        ),
        within=400,
    ),
    Mutant(
        "own_entries_forgotten",
        "the figure shown is HQ's row alone",
        (Edit(f"{LEDGER}.figures:_POSTINGS_AFTER", ":mark", ":mark AND 0"),),
    ),
    Mutant(
        "watermark_ignored",
        "entries that HQ's row includes are added to it again",
        (Edit(f"{LEDGER}.figures:_POSTINGS_AFTER", "> :mark", "> :mark * 0"),),
    ),
    Mutant(
        "rights_in_the_mirror",
        "the counters of rights go when the mirror does",
        (
            Edit(
                f"{LEDGER}.ledger:Ledger._begin",
                "self._door = door",
                "self._door = door\n    if not self.mirror_cursor().position:\n"
                '        self._database.driver.execute("DROP TRIGGER rights_only_grow")\n'
                '        self._database.driver.execute("UPDATE rights SET spent = 0, released = 0")',
            ),
        ),
    ),
    Mutant(
        "forgets_nobody",
        "what was said of a person stays at the till after HQ forgot them",
        (Edit(f"{LEDGER}.mirror:Mirror.apply_changes", "self.forget(UUID(hex=key))", "UUID(hex=key)"),),
    ),
    Mutant(
        "paper_anywhere",
        "a printed coupon is redeemed at a till that is not its store's home till",
        (
            Edit(f"{LEDGER}.coupons:Coupons._why_not_home", "owned, row = ", "return None\n    owned, row = "),
            Edit(
                f"{LEDGER}.tokens:apply",
                "printed_move(body, token, _home_store(driver))",
                "printed_move(body, token, identity.store_id)",
            ),
        ),
    ),
    Mutant(
        "home_before_it_has_read",
        "a new home till redeems printed coupons before its mirror knows which were used",
        (
            Edit(
                f"{LEDGER}.coupons:Coupons._why_not_home",
                "if not knows_of_it or self.mirror_cursor() < position:",
                "if False:",
            ),
        ),
        within=400,
    ),
    Mutant(
        "order_ended_again",
        "an order is collected or cancelled without spending its token",
        (
            Edit(
                "shared_models.tokens:token_effects",
                "return TokenEffects(spent=(order_token(body.order_id),))",
                "return NO_EFFECTS",
            ),
        ),
    ),
    Mutant(
        "deposit_spent_again",
        "the stored value of a deposit is spent once more when the order is collected",
        (
            Edit(
                "shared_models.rights:_stored_value",
                'if tender.kind == "stored_value":',
                'if tender.kind in ("stored_value", "deposit"):',
            ),
        ),
    ),
    Mutant(
        "credited_again",
        "the points of a sale are credited afterwards whoever has them already",
        (
            Edit(
                f"{LEDGER}.refund_rights:can_be_credited",
                "if known.sale.member is not None or known.refunds or not known.here:",
                "if False:",
            ),
        ),
    ),
    Mutant(
        "credited_points_stay",
        "points credited afterwards stay with the member when the goods come back",
        (Edit(f"{LEDGER}.refund_rights:read", "sale = with_credit(", "with_credit("),),
    ),
    Mutant(
        "refund_right_stays",
        "a till that gave up the right to refund a sale refunds it all the same",
        (Edit(f"{LEDGER}.refund_rights:read", 'here = state == "owned" if moved', "here = bool(state) if moved"),),
    ),
)
