"""The table of refusals: code -> sentence with the refusal's fields. Read by `texts` alone.

Fields ending in `_fen`, `_milli` and `_ms` arrive here as money, quantity and time of day.
"""

from pos_client.ui.words import N_

WHO = {
    "hq": N_("It works once the line to HQ is back."),
    "till": N_("Till {till_number} can."),
}
"""Who could do it, said after the sentences of WHO_MATTERS: elsewhere the sentence says it itself."""

WHO_MATTERS = frozenset(
    {"rights_short", "lot_not_here", "points_not_usable", "top_up_made_elsewhere", "refund_right_not_here"}
)

COUPON_REASONS = {
    "coupon_at_hq": N_("held by HQ, usable online"),
    "coupon_at_till": N_("held by till {till_number}"),
    "coupon_expired": N_("expired"),
    "coupon_other_store": N_("for other stores"),
    "coupon_not_yet_valid": N_("not valid yet"),
    "coupon_minimum": N_("from {minimum_fen}"),
    "coupon_needs_member": N_("for members"),
    "coupon_no_goods": N_("no goods it applies to"),
    "coupon_saves_nothing": N_("saves nothing here"),
    "coupon_stacking": N_("not with another coupon"),
}

ELSEWHERE = {
    "at_till": N_("Till {till_number} can use {usable_fen}."),
    "at_store": N_("{store} can use {usable_fen}."),
}
"""Where the rest of a member's value is, said beside what can be used here."""

_LOGIN = {
    "nobody_logged_in": N_("Nobody is logged in. Choose your name and type your PIN, then scan again."),
    "pin_wrong": N_("This is not the PIN of {name}. {attempts_left} attempts left."),
    "staff_locked": N_("Too many wrong PINs. Try again in {seconds} seconds; others can log in meanwhile."),
    "staff_unknown": N_("Nobody of that number works in this store."),
    "badge_unknown": N_("This badge is not known here."),
    "not_a_manager": N_("Only a manager may approve this."),
    "approval_needed": N_("A manager has to approve this."),
    "approval_invalid": N_("This approval is not for this, or was used already. Ask again."),
}

_BASKET = {
    "price_above_list": N_("The price is above the list price of {price_fen}."),
    "discount_invalid": N_("A discount is 0 to 100 per cent, and no more than the goods cost."),
    "discount_outgrown": N_("The discount of {amount_fen} is off: for what is left a manager has to give it."),
    "label_quantity_fixed": N_("The quantity of a weighed label stays as it is printed. Take the line out instead."),
    "name_too_long": N_("At most {length_max} characters."),
    "note_too_long": N_("At most {length_max} characters."),
    "search_not_allowed": N_("This store does not search that way. Ask for the whole phone number or the card."),
    "not_on_this_receipt": N_("These goods are not on this receipt, or are all chosen already."),
    "nothing_to_undo": N_("There is nothing to undo."),
    "undone": N_("It is back in the basket."),
    "line_removed": N_("{name} was taken out."),
    "basket_cancelled": N_("The basket was cancelled."),
    "member_taken_off": N_("The member was taken off."),
    "unknown_code": N_("Unknown code {scanned}. Nothing was added."),
    "barcode_check_digit": N_("The code {barcode} was read wrongly. Scan it again."),
    "code_check_character": N_("The code was read wrongly. Scan it again."),
    "gift_offered": N_("A gift goes with this basket: {name}. Scan it to add it."),
    "devices_unreadable": N_("The settings of printers and scanners could not be read ({file}). Set them up again."),
    "basket_unreadable": N_("The open basket could not be read again. Scan the goods anew."),
    "goods_expired": N_("{name} is past its date and is not sold."),
    "goods_unknown": N_("These goods are not in the catalogue."),
    "goods_sold_out": N_("{name} is marked as sold out."),
    "goods_inactive": N_("{name} is no longer sold."),
    "price_needed": N_("Type the price."),
    "weight_needed": N_("Type the weight."),
    "quantity_invalid": N_("This quantity is not possible. Type it again: whole pieces, or a weight above zero."),
    "line_unknown": N_("This line is no longer in the basket."),
    "basket_too_large": N_("The basket is full. Pay it and go on with a new one."),
    "basket_empty": N_("The basket is empty."),
    "basket_not_empty": N_("There is an open basket. Pay or hold it first."),
    "basket_unknown": N_("This basket is no longer on hold."),
    "payments_begun": N_("A payment is on this basket already. Take it off first."),
    "amount_invalid": N_("This amount is not possible. Type it again."),
    "cash_too_much": N_("The change would be {change_fen}. Is the cash typed right? Type it again."),
    "search_too_short": N_("Type a little more."),
    "label_amount_differs": N_(
        "The label differs by {difference_fen} from weight times price. The printed amount counts."
    ),
    "no_rules": N_("No rules have arrived for this store yet. Connect to HQ once."),
}

_MEMBERS = {
    "member_forgotten": N_("This member was deleted at their own wish."),
    "not_a_member_card": N_("This is not a member card."),
    "points_not_usable": N_("Only {available} points are usable here."),
    "coupon_not_yet_valid": N_("This coupon is not valid yet."),
    "coupon_minimum": N_("This coupon is for {minimum_fen} and more."),
    "coupon_needs_member": N_("This coupon needs its member on the basket."),
    "top_up_made_elsewhere": N_("This top-up was made at another till."),
    "top_up_unknown": N_("This top-up is not known here."),
    "lot_expired": N_("This value has expired."),
    "no_member": N_("No member on this basket."),
    "member_unknown": N_("This member is not known here."),
    "member_frozen": N_("This member is frozen."),
    "member_detached": N_("The member was taken off. Scan the card again."),
    "phone_invalid": N_("This is not a phone number."),
    "phone_known": N_("This phone number is a member already."),
    "payment_code_shape": N_("A payment code is {digits} digits, not all the same and not in a row like 123456."),
    "payment_code_differs": N_("The two payment codes differ. Let the member type it again."),
    "payment_code_none": N_("This member has no payment code. It is set in the member's file, under the profile."),
    "payment_code_wrong": N_("Wrong payment code. {attempts_left} attempts left."),
    "payment_code_locked": N_("The payment code is locked after too many wrong ones. Set a new one in the profile."),
    "consent_missing": N_("The member has to agree first."),
    "birthday_invalid": N_("Write the birthday as 1990-05-31 or 05-31."),
    "card_stopped": N_("This card was reported lost. Do not take it; ask the member for the number."),
    "no_card_to_stop": N_("This member has no card. Scan a new one."),
    "nothing_to_credit": N_("No sale was made in this shift yet."),
    "sale_credited_already": N_("The points of {receipt_number} are somebody's already, or it was refunded."),
    "no_points_to_credit": N_("That sale earns no points."),
    "nothing_changed": N_("Nothing is different from before."),
    "text_missing": N_("Write down what it is about."),
    "text_too_long": N_("At most {length_max} characters."),
    "ticket_kind_unknown": N_("HQ does not know this kind of ticket."),
    "ticket_unknown": N_("This ticket is not known here."),
    "card_known": N_("This card belongs to another member."),
    "presence_needed": N_("Above {free_fen} today the member has to be here: scan the card or code."),
    "rights_short": N_("Not enough usable here: {available} of {wanted}."),
    "value_at_hq": N_("{available_fen} can be used here now. The rest is with HQ and comes when the line is back."),
    "value_not_lent": N_(
        "{available_fen} can be used here now. HQ lends no more at this moment: the rest is on its way, lies at a till "
        "that is cut off, or waits until HQ has recovered."
    ),
    "value_at_till": N_("{available_fen} can be used here now. Till {till_number} can use {usable_fen}."),
    "value_at_store": N_("{available_fen} can be used here now. {store} can use {usable_fen}."),
    "value_online_only": N_("{available_fen} can be used here now. This store spends member value online only."),
    "risk_limit": N_("{available_fen} can be used here now. A manager may approve {room_fen} above it."),
    "rights_frozen": N_("Rights of this till are frozen. Cash sales go on."),
    "lease_over": N_("This till has not heard from HQ for too long, so member value cannot be spent. Cash goes on."),
    "balance_cap": N_("The balance would be {over_fen} above the limit of {cap_fen}."),
    "top_up_too_small": N_("The top-up is below the smallest step."),
    "top_up_not_on_ladder": N_("This store tops up in fixed steps only."),
    "lot_asked_for": N_("The right to this top-up is being asked for at HQ. It goes on here as soon as it has come."),
    "lot_not_here": N_("This top-up is not with this till."),
    "lot_spent": N_("Part of this top-up was spent, so it cannot be cancelled."),
    "top_up_too_old": N_("This top-up is too old to be cancelled."),
    "exchange_unknown": N_("This is not on the exchange list."),
    "exchange_not_for_tier": N_("This exchange is for another tier."),
    "tag_unknown": N_("This tag is not on the chain's list."),
    "coupon_no_goods": N_("The coupon has no goods here that it applies to."),
    "coupon_saves_nothing": N_("The coupon would save nothing on this basket."),
    "coupon_stacking": N_("This coupon does not go with another one on the basket."),
    "coupon_twice": N_("This coupon is on the basket already."),
    "coupon_not_here_now": N_("The coupon {name} went back and no longer counts."),
    "coupon_unknown": N_("This coupon is not known."),
    "coupon_at_hq": N_("This coupon is with HQ. It can be used online."),
    "coupon_at_till": N_("This coupon is with till {till_number}."),
    "coupon_expired": N_("This coupon has expired."),
    "coupon_other_store": N_("This coupon is for other stores. {store_name}"),
    "coupon_damaged": N_("This code is damaged or was cut off. Scan all of it."),
    "coupon_signature_wrong": N_("This coupon is forged or damaged: HQ did not sign it. Do not take it."),
    "coupon_key_unknown": N_("This coupon was not signed by a key this till knows. Connect to HQ, or do not take it."),
    "coupon_key_revoked": N_("Coupons of this print run are no longer valid."),
    "coupon_template_unknown": N_("This till has not heard of this kind of coupon yet. It works once HQ was reached."),
    "coupon_used": N_("This coupon was used already."),
    "coupon_withdrawn": N_("This coupon was withdrawn by HQ."),
    "coupon_moved": N_("This coupon went to another till. It can be used here once HQ is reached."),
    "coupon_at_home_till": N_("While the line is down this coupon is used at till {till_number}."),
    "coupon_home_not_ready": N_(
        "This till has only just become the one for printed coupons. It takes them once it has heard from HQ."
    ),
    "coupon_asked_for": N_("Till {till_number} has this coupon and is being asked. It is used as soon as it is here."),
    "code_too_long": N_("This is no code: it is too long. Nothing was added."),
    "token_not_here": N_("This coupon is not with this till."),
}

_PAYING = {
    "reference_too_long": N_("At most {length_max} characters."),
    "tender_not_taken": N_("This store does not take this payment."),
    "refund_asked_for": N_(
        "Till {till_number} made this sale and is being asked. The receipt opens as soon as it is here."
    ),
    "refund_asked_for_at_store": N_(
        "This sale was made at {store_name}, which is being asked through HQ. The receipt opens as soon as it is here."
    ),
    "refund_right_at_till": N_("The right to refund {receipt_number} is at till {till_number}. Refund it there."),
    "refund_right_not_here": N_("The right to refund {receipt_number} has gone to HQ."),
    "refund_frozen": N_(
        "Rights of this till are frozen: {receipt_number} may have been refunded at a copy of it. A manager puts the "
        "till right first (menu: Frozen rights). What was sold since then can be refunded."
    ),
    "receipt_of_lost_disk": N_(
        "Receipt {receipt_number} is not in this till's book: it may be of its earlier disk. Then it opens here while "
        "the line to HQ is up."
    ),
    "refund_asked_for_at_hq": N_(
        "{receipt_number} is of this till's earlier disk. HQ is being asked for it; it opens here as soon as it has "
        "come."
    ),
    "refund_shut_out": N_(
        "HQ takes no refunds from this machine any more. {receipt_number} can be refunded at another till, or here "
        "once it was enrolled again."
    ),
    "sale_unknown": N_("This sale is not known here."),
    "refund_exceeds_sale": N_("That is more than was sold."),
    "refund_line_unknown": N_("This line is not on the receipt."),
    "refund_more_than_left": N_("Line {line}: only {left_milli} left to refund."),
    "refund_nothing_wanted": N_("Choose what comes back."),
    "refund_whole_pieces": N_("Line {line} comes back in whole pieces."),
    "shift_not_open": N_("Open the shift first."),
    "cash_difference": N_("The count differs from the book by {difference_fen}."),
    "overpaid": N_("That is more than is left to pay."),
    "not_paid": N_("{left_fen} is still to be paid."),
    "reference_is_a_payment_code": N_("This is a payment code. It is never stored; leave the reference empty."),
    "tender_unknown": N_("This payment is no longer there."),
    "tender_not_correctable": N_("This payment cannot be corrected."),
    "exchange_begun": N_("Goods for {amount_fen} come back with this basket. Scan what the customer takes instead."),
    "receipt_unknown": N_("No sale with receipt {receipt_number} on this till."),
    "receipt_of_other_till": N_("This receipt is of till {till_number}. Refund it, or hand over its order, there."),
    "receipt_of_other_store": N_("This receipt is of {store_name}. It opens here while the line to HQ is up."),
    "receipt_of_other_chain": N_("No store of this chain printed receipt {receipt_number}."),
    "order_found": N_("This is the slip of order {receipt_number}."),
    "order_asked_for": N_(
        "Order {receipt_number} is at till {till_number} of {store_name}, which is being asked for it. It goes on here "
        "as soon as it has come."
    ),
    "order_held": N_(
        "Till {till_number} of {store_name} has order {receipt_number} and did not give it yet: it is cut off, or is "
        "handing it over now. It can be done there; here it goes on by itself when it has come."
    ),
    "order_coming": N_("Order {receipt_number} is being fetched from HQ."),
    "order_at_till": N_(
        "This till is cut off, and order {receipt_number} is at till {till_number} of {store_name}: hand it over "
        "there, or here when the line is back."
    ),
    "order_at_hq": N_("This till is cut off, and the order is not here. It can be fetched when the line is back."),
    "order_frozen": N_(
        "The rights of this till are frozen: order {receipt_number} may be at another till by now. A manager at HQ can "
        "tell."
    ),
    "order_being_changed": N_(
        "The goods of order {receipt_number} are being changed: take the order again, or drop the basket."
    ),
    "store_unknown_here": N_("No store is called {text}, or several are."),
    "receipt_is_no_sale": N_("This receipt is not of a sale."),
    "nothing_to_void": N_("There is no sale to void in this shift."),
    "daily_limit": N_("Today's limit for this is {limit_fen}; {left_fen} is left."),
    "same_cashier": N_("Somebody else has to sign for the drawer."),
    "no_shift": N_("Open the shift first."),
    "shift_open": N_("A shift is open already."),
    "float_missing": N_("Type the cash that is in the drawer; 0 if there is none."),
}

_ORDERS = {
    "order_without_coupons": N_("Coupons and points are used at collection, not for an order. Take them off first."),
    "order_of_exchange": N_("Finish this first: it is an exchange, or an order that is being collected."),
    "order_nameless": N_("Whose order is it? Type a name or a phone number."),
    "order_is_fixed": N_("An order is collected as it was taken. Sell further goods by themselves."),
    "order_dropped": N_("The goods have changed: this is a sale again. Take the order anew for another deposit."),
    "order_done": N_("Order {receipt_number} was collected or cancelled already."),
    "order_unknown": N_("HQ knows no such order."),
    "deposit_too_small": N_("The deposit is at least {least_fen}."),
    "deposit_too_large": N_("The deposit is at most the price, {total_fen}."),
    "time_unreadable": N_("When is it collected? Type 18:30, or 25 18:30, or 11-25 18:30."),
    "time_past": N_("This time is over already."),
    "time_too_far": N_("An order is collected within {days_max} days."),
}

_WALLETS = {
    "wallet_needs_line": N_(
        "WeChat and Alipay need the line, and it is down. Nothing was asked. Take cash, stored value or a card."
    ),
    "wallet_scan": N_("Scan the customer's code for {amount_fen}."),
    "wallet_under_way": N_("A wallet is being asked. Wait for it, or cancel it first."),
    "wallet_unknown": N_("It is unknown whether the wallet paid {amount_fen}. Ask again, or take it back."),
    "last_sale_kept": N_("The last sale is stored: {receipt_number}, {total_fen}."),
    "wallet_arrived": N_("{amount_fen} arrived from the wallet and is on the basket."),
    "handoff_step_told": N_("That was told already, or a later step was."),
    "wallet_topped": N_("{amount_fen} arrived from the wallet for the top-up."),
    "payout_too_large": N_("The wallet can have at most {room_fen} of this top-up back."),
    "wallet_settled": N_("Settled, and in the book."),
    "wallet_key_missing": N_("The wallets' provider is set, but its key is missing: {file}"),
    "no_provider": N_("This till has no provider for wallets."),
    "payments_unsettled": N_(
        "Wallet payments stand open: {count}, together {amount_fen}. Settle them first: then the shift can be closed."
    ),
    "payment_being_reversed": N_("{amount_fen} is being given back to the wallet. Wait for it, or pay another way."),
    "paid_by_wallet": N_("{amount_fen} was paid by the wallet. Give it back first."),
    "payment_in_a_sale": N_("This payment is part of a sale or a top-up. Refund the sale, or cancel the top-up."),
    "payment_unknown": N_("This payment is settled already."),
    "payment_not_for_this": N_("This payment is not for the open basket."),
}

_MACHINE = {
    "folder_not_writable": N_("The folder {folder} cannot be written."),
    "not_enrolled": N_("This till is not enrolled yet."),
    "enrolled_already": N_("This till is enrolled already."),
    "ledger_missing": N_("There is no ledger in this folder."),
    "business_id_reused": N_("This was stored already. Nothing was doubled."),
    "setting_invalid": N_("The setting {name} is not understood."),
    "nothing_waits": N_("HQ has everything that this till wrote. There is nothing to carry."),
    "file_exists": N_("{path} is there already. Nothing was overwritten."),
    "disk_full": N_("The disk is full: this was not stored. A manager has to free some space; then try again."),
    "ledger_unknown": N_("The disk does not answer. It is unknown whether this was stored: try again, do not sell on."),
    "mirror_damaged": N_(
        "What HQ told this till is damaged on its disk. Close the till and open it: it is told again."
    ),
    "ledger_damaged": N_("The ledger does not verify. Call service before selling."),
    "ledger_in_use": N_("Another till program has this ledger open."),
    "database_newer": N_("This ledger was written by a newer program. Update before opening it."),
    "anchor_ahead": N_("This till knew more once: its disk went back. Rights are frozen, cash goes on."),
    "till_not_enrolled": N_("This till is not enrolled yet. Ask HQ for a code, then run: pos-client enrol CODE"),
    "keys_missing": N_("The key file of this till is missing."),
    "keys_damaged": N_("The key file of this till is damaged."),
    "hq_key_wrong": N_("The answer was not signed by HQ."),
    "printer_address_wrong": N_("{address} is no printer's address. Write tcp://host:9100, or the path of its device."),
    "scanner_gone": N_("The scanner is unplugged. Plug it in again; meanwhile codes can be typed."),
    "printer_unreachable": N_("The printer does not answer. Its slips wait here, and print once it does."),
    "printer_stopped_taking": N_("The printer stopped in the middle. The slip comes again, marked as a reprint."),
    "printer_out_of_paper": N_("The printer has no paper. Its slips wait here, and print once it has."),
    "printer_cover_open": N_("The printer's cover is open. Its slips wait here, and print once it is shut."),
    "printer_offline": N_("The printer is not ready. Its slips wait here, and print once it is."),
    "slip_not_painted": N_("A slip could not be made up for the printer. The others print; this one is in the book."),
    "printer_library_missing": N_("This way to a printer needs {name}, which is not installed."),
    "scanner_typed": N_("That came like typing: too slow or too short for a scanner. Scan once more, three times."),
    "scanner_differs": N_("Those were different codes. Scan one and the same code three times."),
    "scanner_changes_letters": N_(
        "The scanner said {heard}, which is not what is shown: set its keyboard layout to English (US)."
    ),
    "scanner_names_symbology": N_(
        "The scanner sets {prefix} before each code (AIM identifier). Switch that off in it."
    ),
    "scanner_adds_characters": N_("The scanner adds {characters} to each code. Let it add Enter alone."),
    "fault": N_("Something went wrong on our side. Nothing was lost, go on. Number for the service: {reference}"),
    "sync_failed": N_("Syncing stumbled on our side and will try again."),
    "hq_unreachable": N_("HQ cannot be reached."),
    "hq_slow": N_("HQ did not answer in time."),
    **dict.fromkeys(
        ("hq_status_429", "hq_status_500", "hq_status_502", "hq_status_503", "hq_status_504"),
        N_("HQ is there but cannot take anything at the moment. It will be tried again."),
    ),
    "hq_recovering": N_(
        "HQ was restored from a backup and asks every till what it holds. Until all have answered it lends nothing; "
        "what is held here can be used as before, and so can cash."
    ),
    "report_wrong": N_("HQ could not read what this till holds. It will be told again."),
    "certificate_wrong": N_("HQ does not know this till, nor its own signature for it. Enrol the till again."),
    "hq_stands_still": N_("HQ does not take what waits. It will be tried again."),
    "hq_refused": N_("HQ refused the request. It will be tried again."),
    "not_hq": N_("What answered is not HQ."),
    "answer_misplaced": N_("HQ's answer belongs to another request. It will be asked again."),
    "request_too_large": N_("A single entry is too large for the line."),
    "too_large": N_("A single entry is too large for the line."),
    "malformed": N_("HQ could not read the request."),
    "request_wrong": N_("HQ could not read the request."),
    "encoding_unknown": N_("HQ could not read the request."),
    "not_found": N_("HQ is of another version."),
    "method_wrong": N_("HQ is of another version."),
    "signature_missing": N_("HQ does not accept this till's signature."),
    "signature_wrong": N_("HQ does not accept this till's signature."),
    "read_stale": N_("HQ does not accept this till's signature."),
    "till_unknown": N_("HQ does not know this till."),
    "till_revoked": N_("HQ has revoked this till. Ask HQ for a code to enrol it again; cash goes on."),
    "code_unknown": N_("HQ does not know this enrolment code."),
    "code_used": N_("This enrolment code was used already."),
    "code_expired": N_("This enrolment code has expired."),
    "rollback": N_(
        "HQ knows more of this till than the till itself: the disk went back. Rights are frozen, cash goes on."
    ),
    "fork": N_("HQ knows another history of this till. Rights are frozen, cash goes on."),
    "clone": N_("Another machine speaks in this till's name. Rights are frozen, cash goes on."),
    "stale": N_(
        "HQ has heard this till say more than it remembers: its disk went back, or a copy of it spoke. Rights are "
        "frozen, cash goes on."
    ),
    "restored_copy": N_("This is a backup copy of the till's book. Rights are frozen, cash goes on."),
    "head_not_proved": N_(
        "This till says that HQ has more of it than HQ has, and cannot show HQ's word for it. Rights are frozen, "
        "cash goes on."
    ),
    "chain_broken": N_(
        "This till's book does not hold together: somebody changed an entry, or the disk is damaged. HQ takes nothing "
        "more from it. Rights are frozen, cash goes on."
    ),
    "epoch_closed": N_("Another copy of this till goes on in its place. Rights are frozen here, cash goes on."),
    "nothing_to_heal": N_("The rights of this till are not frozen."),
    "enrol_again": N_("Only a code from HQ helps here: this till has to be enrolled again."),
    "approval_missing": N_("A manager has to say yes first, here or at HQ."),
    "book_of_another_till": N_("The code is for another till than this one."),
    "key_wrong": N_("HQ does not take this till's key. Try again."),
}

SENTENCES = {**_LOGIN, **_BASKET, **_MEMBERS, **_PAYING, **_ORDERS, **_WALLETS, **_MACHINE}
