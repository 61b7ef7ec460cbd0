"""What HQ says to people, in the reader's language: refusals, exceptions and the figures in them.

The console's pages and the commands speak through here; everything below them speaks in codes.
"""

from collections.abc import Mapping

from shared_models.moments import local_datetime
from shared_models.overlaps import OVERLAPS
from shared_models.refusals import Refusal
from shared_models.resources import LANGUAGES, translations

DEFAULT_LANGUAGE = "zh_CN"
_MINUTE_MS = 60_000


def N_(sentence: str) -> str:  # noqa: N802 - the name by which gettext knows a sentence that is looked up later
    """A sentence of a table, collected for the catalogue here and looked up when it is said."""
    return sentence


REFUSALS: Mapping[str, str] = {
    # setting up
    "already_set_up": N_("This HQ is set up already. Its chain is called {chain}."),
    "not_set_up": N_("There is no HQ here yet. Begin with: hq-sync-server init"),
    "database_unreachable": N_("The database cannot be reached: {reason}"),
    "place_unusable": N_("{path} cannot be used: {reason}"),
    "database_newer": N_("The database is newer than this program. Install the newer version."),
    "setting_invalid": N_("The setting {name} is not valid."),
    "keys_incomplete": N_("Some of HQ's keys are missing ({missing}). Restore the key folder from its backup."),
    "keys_damaged": N_("Some of HQ's keys are damaged ({damaged}). Restore the key folder from its backup."),
    "port_taken": N_("Port {port} is taken by another program."),
    # organisation and people
    "code_invalid": N_("{word} cannot be a code: up to 32 letters, digits, - and _."),
    "region_exists": N_("There is a region {region} already."),
    "region_unknown": N_("There is no region {region}."),
    "store_exists": N_("There is a store {store} already."),
    "store_unknown": N_("There is no store {store}."),
    "store_missing": N_("Say for which store: --store CODE, or --all-stores."),
    "time_zone_unknown": N_("There is no time zone {name}."),
    "day_cut_invalid": N_("The day cut is written like 04:00."),
    "validity_invalid": N_("A code may be valid for 1 to {minutes_max} minutes."),
    "account_exists": N_("There is an account {login} already."),
    "account_unknown": N_("There is no account {login}."),
    "staff_id_invalid": N_("{staff_id} cannot be a staff number: up to 16 letters, digits, - and _."),
    "role_unknown": N_("There is no role {role}."),
    "pin_invalid": N_("A PIN has 4 to 8 digits."),
    "pin_missing": N_("{staff_id} is new and needs a PIN."),
    "login_failed": N_("Login or password is wrong."),
    "login_locked": N_("Too many wrong passwords. Try again in {minutes} min."),
    "form_stale": N_("This form is out of date. Please try again."),
    "form_too_large": N_("What was sent is too large."),
    "session_ended": N_("Your session has ended. Please log in again."),
    "not_allowed": N_("Your role may not see this page."),
    "not_found": N_("There is nothing here that you may see."),
    "page_unknown": N_("There is no page at this address."),
    "hq_failed": N_(
        "HQ failed on this page. Nothing was changed by it; the server's log says more. Go back and try again."
    ),
    "password_short": N_("A password has at least {letters_min} characters."),
    "password_long": N_("This password is too long."),
    "passwords_differ": N_("The two are not the same."),
    "login_invalid": N_("{word} cannot be a login: up to 32 letters (a to z), digits, - and _."),
    "own_account": N_("Nobody shuts themselves out."),
    "region_missing": N_("A region manager needs a region."),
    "store_wanted": N_("A store manager needs a store."),
    # fields of forms
    "text_missing": N_("Please fill this in."),
    "text_too_long": N_("At most {letters_max} characters."),
    "text_unreadable": N_("This holds characters that cannot be kept."),
    "choice_unknown": N_("Please choose one of the list."),
    "number_out_of_range": N_("From {minimum} to {maximum}."),
    "hours_invalid": N_("Opening hours are written like 08:00-21:30."),
    "confirmation_differs": N_("To confirm, type {word} exactly."),
    "deed_unknown": N_("This cannot be done to a till."),
    "own_field_invalid": N_("Own fields are written name: value, a line each; not {line}."),
    "member_forgotten": N_("This person was forgotten."),
    "member_not_provisional": N_("This member is confirmed already."),
    "card_unknown": N_("The card {card} is not this member's."),
    "phone_missing_here": N_("HQ has no number of this member."),
    "same_member": N_("These are the same person already."),
    "not_an_alias": N_("These two are not united."),
    "file_missing": N_("Please choose a file."),
    "file_empty": N_("The file {path} is empty."),
    "store_missing_here": N_("Please choose a store."),
    # drafts and background work
    "draft_changed": N_(
        "{by} changed this draft meanwhile: {fields}. What you typed is still here; look and save again."
    ),
    "draft_missing": N_("There is no draft to publish."),
    "field_locked": N_("HQ has locked this."),
    "field_out_of_range": N_("Outside of what HQ leaves open."),
    "range_empty": N_("The range ends before it begins."),
    "value_too_small": N_("{minimum} at least."),
    "value_too_large": N_("{maximum} at most."),
    "value_impossible": N_("{value} cannot be used here."),
    "scope_invalid": N_("{value} names no goods. Like this: category:bread goods:B0001 tag:fresh"),
    "clock_invalid": N_("{value} is no time of day. Like this: 20:00"),
    "code_twice": N_("There is another one of this code already."),
    "range_missing": N_("Say from where to where."),
    "version_unknown": N_("There is no version {version}."),
    "effective_past": N_("Tills have passed that day: {today} at the earliest."),
    "sync_file_unreadable": N_("This is no file a till wrote for this HQ, or it is damaged."),
    "sync_file_gap": N_(
        "HQ has this till's entries up to {seq} only; the file begins later. Ask for an earlier file too."
    ),
    "sync_file_refused": N_("The file is not what the till signed ({reason}). Nothing was taken."),
    "trial_needs_rules": N_("The trial needs a store with rules in force, and an article sold by the piece."),
    "job_failed": N_("HQ failed on it. Nothing was changed; the log says more."),
    # exceptions
    "remedy_unknown": N_("Please choose one of the list."),
    "exception_closed": N_("{by} has closed this already."),
    "remedy_in_force": N_("What was done about it is in force. Take that back first."),
    "remedy_final": N_("This cannot be taken back here."),
    "amount_out_of_range": N_("An amount other than zero, up to 100,000 yuan or 10,000,000 points."),
    "reason_missing": N_("Please say why."),
    "purse_unknown": N_("Please choose one of the list."),
    "request_decided": N_("{by} has decided this already."),
    "own_request": N_("Somebody else has to agree to your own request."),
    "balance_too_small": N_("Only {free} of it is free at HQ now; the rest is at tills or was spent."),
    # files and rows
    "file_not_found": N_("There is no file {path}."),
    "file_too_large": N_("The file {path} is larger than {limit_mib} MiB."),
    "file_unreadable": N_("The file {path} cannot be read: {reason}"),
    "columns_missing": N_("The file has no column {columns}."),
    "row_unreadable": N_("The row cannot be read: {reason}"),
    "cells_miscounted": N_("The row has {found} cells, the heading {expected}."),
    "amount_invalid": N_("{value} is not an amount ({column})."),
    "number_invalid": N_("{value} is not a whole number ({column})."),
    "yes_or_no_invalid": N_("{value} is neither yes nor no ({column})."),
    "date_invalid": N_("{value} is not a date ({column})."),
    "month_invalid": N_("{value} is not a month like 2027-01 ({column})."),
    "name_missing": N_("The name is missing."),
    "name_too_long": N_("The name is longer than {letters_max} letters."),
    # goods, prices, grids
    "goods_exists": N_("There is an article {goods_id} already."),
    "goods_several": N_("{count} articles are called {name}: type the article number."),
    "changed_meanwhile": N_("Somebody else changed this meanwhile. What you typed is still here: look at it anew."),
    "title_missing": N_("The page has no title."),
    "colour_invalid": N_("Please choose one of the colours."),
    "article_id_invalid": N_("{article_id} cannot be a short name."),
    "articles_too_many": N_("There are {count_max} articles already."),
    "goods_id_invalid": N_("{goods_id} cannot be an article number."),
    "goods_unknown": N_("There is no article {goods_id}."),
    "price_missing": N_("The price is missing."),
    "unit_unknown": N_("There is no unit {unit}; there are piece, kg, jin and 100g."),
    "barcode_invalid": N_("{barcode} cannot be a barcode."),
    "barcode_check_digit": N_("The check digit of the barcode {barcode} is wrong."),
    "barcode_twice": N_("The barcode {barcode} belongs to article {goods_id} already."),
    "tax_rate_invalid": N_("{value} is not a tax rate."),
    "grid_invalid": N_("The touch grid cannot be read: {reason}"),
    "grid_too_large": N_("The page {page} has more than {keys_max} keys."),
    "page_twice": N_("The page {page} is there twice."),
    "page_of_another_store": N_("The page {page} belongs to another store."),
    # members
    "phone_missing": N_("A member needs a telephone number or a card."),
    "phone_invalid": N_("This is not a telephone number."),
    "phone_twice": N_("The number {phone} is in row {row} already."),
    "phone_of_a_member": N_("The number {phone} belongs to a member already."),
    "card_invalid": N_("{card} is not a card's code."),
    "card_twice": N_("The card {card} is in row {row} already."),
    "card_of_a_member": N_("The card {card} belongs to a member already."),
    "code_check_character": N_("The code was copied wrongly: its check character does not fit."),
    "tier_unknown": N_("There is no tier {tier}."),
    "points_expired": N_("Points until {month} have expired."),
    "control_total_missing": N_("Give the control total: --control-total principal=...,bonus=...,points=..."),
    "control_total_invalid": N_(
        "The control total is written like principal=1234.50,bonus=98.00,points=5600; not {value}."
    ),
    "control_total_differs": N_(
        "Nothing was imported. The file sums to principal {principal_fen}, bonus {bonus_fen}, points {points}; "
        "the control total says {principal_given_fen}, {bonus_given_fen}, {points_given}."
    ),
    "members_changed": N_("Nothing was imported: somebody registered one of these members meanwhile. Try again."),
    "member_unknown": N_("There is no member {member}."),
    "members_missing": N_("Say to whom: --members with a file, numbers, tier:CODE or all."),
    "confirmation_missing": N_("This cannot be undone. Repeat the command with --yes."),
    # backups and recovery
    "copy_exists": N_("There is a file {path} already. Give the backup another name."),
    "copy_broken": N_("The copy in {path} is damaged. Look after the disk and try again."),
    "copy_by_pg_dump": N_(
        "PostgreSQL copies itself: let pg_dump write text, then add what hq-sync-server backup-mark prints to its end."
    ),
    "records_are_a_copy": N_(
        "These records were restored from a backup. Start HQ (hq-sync-server serve): it asks every till what it holds."
    ),
    "till_not_awaited": N_("HQ does not wait for this till."),
    "till_unknown": N_("There is no till {till}."),
    "hq_recovering": N_("HQ was restored from a backup and does not know what is free until every till has reported."),
    # tills that were copied, went back or were lost
    "nothing_to_heal": N_("The rights of this till are not frozen."),
    "till_revoked": N_("The key of this till was taken away. It comes back by: re-enrol"),
    "till_not_revoked": N_("This till is alive: HQ heard it at {last_seen_ms}. Take its key away first: revoke-till"),
    "till_seen_recently": N_(
        "HQ heard this till at {last_seen_ms}, so it may still spend what it holds. It can be written off from "
        "{possible_from_ms} on."
    ),
    "till_written_off": N_("This till is written off already."),
    "nothing_kept": N_("Nothing of this till is kept aside."),
    # rules and coupons
    "rules_invalid": N_("The rules cannot be taken: {reason}"),
    "template_invalid": N_("The coupon template cannot be taken: {reason}"),
    "store_missing_for_print": N_("Say which store redeems the printed coupons: --store CODE."),
    "coupon_store_excluded": N_("The template {template} is not for store {store}."),
    "template_too_long": N_("The name of the template {template} is too long for a QR code."),
    "count_invalid": N_("From 1 to {count_max} coupons can be printed at once."),
    "sheet_unknown": N_("{path} ends in none of .pdf, .png and .csv."),
    "sheet_too_many": N_("A picture holds {count_max} coupons. Use .pdf or .csv for more."),
    "file_exists": N_("There is a file {path} already. It may hold coupons that were issued."),
    "coupon_key_unknown": N_("There is no coupon key {key_id}."),
    "coupon_keys_used_up": N_("There are no more numbers for coupon keys."),
    "template_unknown": N_("There is no coupon template {template}."),
    "template_changed": N_(
        "The template {template} was issued before with other terms. Give the new one another name."
    ),
}

# How the names of exceptions and of parked entries' reasons are said.
EXCEPTIONS: Mapping[str, str] = {code: overlap.name for code, overlap in OVERLAPS.items()} | {
    "unknown_type": N_("Of a kind this HQ does not know"),
    "unknown_version": N_("Of a version this HQ does not know"),
    "hq_type": N_("Of a kind that only HQ writes"),
    "malformed_body": N_("Cannot be read"),
    "amount_negative": N_("Holds a negative amount"),
    "lots_differ": N_("Posts other value of a member than it moves"),
    "postings_unbalanced": N_("Its postings do not sum to zero"),
    "code_failed": N_("HQ failed on it"),
}

STORE_TYPES: Mapping[str, str] = {
    "downtown": N_("Downtown"),
    "community": N_("Community"),
    "campus": N_("Campus"),
    "office": N_("Office"),
    "transit": N_("Transit"),
}

LEDGER_STATES: Mapping[str, str] = {
    "sound": N_("Sound"),
    "revoked": N_("Revoked"),
    "written_off": N_("Written off"),
    "stale": N_("Gone back, rights frozen"),
    "anchor_ahead": N_("Gone back, rights frozen"),
    "restored_copy": N_("A backup copy, rights frozen"),
    "clone": N_("Copied, rights frozen"),
    "rollback": N_("Gone back, rights frozen"),
    "fork": N_("Forked, rights frozen"),
    "head_not_proved": N_("Claims what it cannot prove, rights frozen"),
    "chain_broken": N_("Entries do not hang together, rights frozen"),
}


class Texts:
    """One reader's language and time zone."""

    def __init__(self, language: str, time_zone: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self.time_zone = time_zone
        self.catalogue = translations(self.language)

    def say(self, sentence: str, **fields: object) -> str:
        """A sentence marked with `N_`, with its fields: those named `..._fen` said as money, `..._ms` as moments."""
        said = {name: self._field(name, value) for name, value in fields.items()}
        return self.catalogue.gettext(sentence).format_map(_Blank(said))

    def refusal(self, refusal: Refusal) -> str:
        """A refusal as a sentence; the bare code for one that has none yet."""
        sentence = REFUSALS.get(refusal.code)
        return self.say(sentence, **refusal.fields) if sentence else str(refusal)

    def word(self, words: Mapping[str, str], code: str) -> str:
        """The word for a code of one of the tables above, or the code itself."""
        return self.say(words[code]) if code in words else code

    def moment(self, moment_ms: int) -> str:
        """Day and time of day on the chain's clock."""
        return local_datetime(moment_ms, self.time_zone).strftime("%Y-%m-%d %H:%M:%S")

    def ago(self, moment_ms: int, now_ms: int) -> str:
        """How long since, in one figure."""
        if moment_ms <= 0:
            return self.say(N_("never"))
        minutes = max(0, now_ms - moment_ms) // _MINUTE_MS
        if minutes < 1:
            return self.say(N_("just now"))
        if minutes < 60:
            return self.catalogue.ngettext("{n} minute ago", "{n} minutes ago", minutes).format(n=minutes)
        if minutes < 48 * 60:
            hours = minutes // 60
            return self.catalogue.ngettext("{n} hour ago", "{n} hours ago", hours).format(n=hours)
        days = minutes // 1440
        return self.catalogue.ngettext("{n} day ago", "{n} days ago", days).format(n=days)

    def seconds(self, milliseconds: int) -> str:
        """A clock's difference, in the greatest unit that is not zero."""
        seconds = abs(milliseconds) // 1000
        sign = "−" if milliseconds < 0 else "+"
        if seconds < 1:
            return self.say(N_("right"))
        if seconds < 120:
            return self.say(N_("{sign}{count} s"), sign=sign, count=seconds)
        if seconds < 7200:
            return self.say(N_("{sign}{count} min"), sign=sign, count=seconds // 60)
        return self.say(N_("{sign}{count} h"), sign=sign, count=seconds // 3600)

    def _field(self, name: str, value: object) -> object:
        if name.endswith("_fen") and isinstance(value, int):
            return money(value)
        if name.endswith("_ms") and isinstance(value, int):
            return self.moment(value)
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


class _Blank(dict[str, object]):
    """A field that a refusal did not bring is left blank: a sentence with a gap is better than none."""

    def __missing__(self, _key: str) -> str:
        return ""


def money(amount_fen: int) -> str:
    """`¥1,234.50`; a minus stands before the sign."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}¥{yuan:,}.{fen:02d}"


def language_of(tag: str) -> str | None:
    """One of our languages for a tag such as `zh-CN`, `zh_CN.UTF-8` or `en;q=0.8`; None when it is another one."""
    word = tag.strip().lower()
    if word.startswith("zh"):
        return "zh_CN"
    return "en" if word.startswith("en") else None
