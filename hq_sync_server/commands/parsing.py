"""What may be typed: the commands, their arguments, and the help that explains them in the reader's language."""

import argparse
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from hq_sync_server.commands import (
    healing,
    membership,
    organisation,
    printing,
    publishing,
    recovering,
    setting_up,
    watching,
)
from hq_sync_server.commands.command import Command
from hq_sync_server.console.texts import N_, STORE_TYPES, Texts
from hq_sync_server.office.organisation.stores import CODE_MINUTES

Do = Callable[[Command], int]
# What may be done with a backup that HQ has not recovered yet.
TAKES_COPIES = frozenset({"serve", "restored", "status", "verify"})


def parser(texts: Texts) -> argparse.ArgumentParser:
    """The parser of the whole command line. `arguments.do` is the command's function."""
    everywhere = argparse.ArgumentParser(add_help=False)
    for name, about in (
        ("--database-url", N_("where the records are: sqlite:///file or postgresql://...")),
        ("--key-folder", N_("the folder of HQ's keys")),
        ("--language", N_("zh_CN or en")),
    ):
        everywhere.add_argument(name, help=texts.say(about), default=argparse.SUPPRESS)
    top = argparse.ArgumentParser(prog="hq-sync-server", parents=[everywhere], allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"%(prog)s {version('tillbook')}")
    commands = top.add_subparsers(metavar=texts.say(N_("command")), required=True)

    def add(name: str, do: Do, about: str) -> "_Arguments":
        said = texts.say(about)
        one = commands.add_parser(name, help=said, description=said, parents=[everywhere], allow_abbrev=False)
        one.set_defaults(do=do, is_new=name == "init", takes_copies=name in TAKES_COPIES)
        return _Arguments(one, texts)

    _set_up(add)
    _organise(add)
    _publish(add)
    _members(add)
    _watch(add)
    _recover(add)
    _heal(add)
    return top


class _Arguments:
    """Adds arguments whose help is a marked sentence."""

    def __init__(self, parser: argparse.ArgumentParser, texts: Texts) -> None:
        self._parser = parser
        self._texts = texts

    def word(self, name: str, about: str, default: str | None = None) -> "_Arguments":
        """A text; one without a default must be given."""
        if name.startswith("--"):
            self._parser.add_argument(name, help=self._texts.say(about), default=default, required=default is None)
        else:
            self._parser.add_argument(name, help=self._texts.say(about))
        return self

    def several(self, name: str, about: str) -> "_Arguments":
        """A text that may be given more than once."""
        self._parser.add_argument(name, help=self._texts.say(about), action="append", default=[])
        return self

    def number(self, name: str, about: str, default: int | None) -> "_Arguments":
        """A whole number."""
        self._parser.add_argument(name, help=self._texts.say(about), type=int, default=default)
        return self

    def whole(self, name: str, about: str) -> "_Arguments":
        """A whole number that must be given."""
        self._parser.add_argument(name, help=self._texts.say(about), type=int)
        return self

    def file(self, name: str, about: str) -> "_Arguments":
        """A file that is read."""
        self._parser.add_argument(name, help=self._texts.say(about), type=Path)
        return self

    def flag(self, name: str, about: str) -> "_Arguments":
        """Yes when given."""
        self._parser.add_argument(name, help=self._texts.say(about), action="store_true")
        return self

    def choice(self, name: str, about: str, choices: tuple[str, ...], default: str) -> "_Arguments":
        """One of several words."""
        self._parser.add_argument(name, help=self._texts.say(about), choices=choices, default=default)
        return self


Add = Callable[[str, Do, str], _Arguments]


def _serve(command: Command) -> int:
    # Only who serves waits for the server to load.
    from hq_sync_server.commands import serving

    return serving.serve(command)


def _set_up(add: Add) -> None:
    init = add("init", setting_up.init, N_("make an HQ: records, keys and the first account"))
    init.word("--name", N_("what the chain is called"))
    init.word("--admin", N_("login of the first account"), "admin")
    serve = add("serve", _serve, N_("serve tills and the console until stopped"))
    serve.word("--host", N_("the address to listen on (this machine alone, unless said otherwise)"), "")
    serve.number("--port", N_("the port to listen on; 0 takes a free one"), None)
    renew = add("new-password", setting_up.renew_password, N_("give an account another password"))
    renew.word("login", N_("the account"))


def _organise(add: Add) -> None:
    region = add("add-region", organisation.add_region, N_("add a region"))
    region.word("code", N_("a short code")).word("name", N_("its name"))
    store = add("add-store", organisation.add_store, N_("add a store"))
    store.word("code", N_("a short code")).word("name", N_("its name"))
    store.word("--region", N_("code of its region"), "").word("--name-en", N_("its name in English"), "")
    store.choice("--type", N_("what kind of place it is in"), tuple(STORE_TYPES), "community")
    store.word("--entity", N_("the legal entity behind it"), "")
    store.word("--time-zone", N_("its time zone, such as Asia/Shanghai"), "")
    store.word("--day-cut", N_("when its business day ends"), "04:00")
    store.word("--address", N_("its address"), "").word("--phone", N_("its telephone"), "")
    for name in ("enrol-code", "add-till"):
        code = add(name, organisation.enrol_code, N_("a one-time code by which a new till enrols"))
        code.word("store", N_("code of the store")).word("--till-name", N_("what the till is called"), "")
        code.number("--valid-minutes", N_("for how long the code works"), CODE_MINUTES)
        code.flag("--quiet", N_("print the bare value"))
    person = add("add-staff", organisation.add_staff, N_("add somebody who works at tills"))
    person.word("staff_id", N_("staff number")).word("name", N_("name"))
    person.choice("--role", N_("what they may do"), ("cashier", "manager"), "cashier")
    person.word("--pin", N_("4 to 8 digits; without it one is made"), "").word("--badge", N_("code of the badge"), "")
    person.several("--store", N_("code of a store they work in (every store if none is given)"))
    staff = add("import-staff", organisation.import_staff, N_("staff from a CSV file"))
    staff.file("file", N_("the file")).flag("--dry-run", N_("only say what would be done"))


def _publish(add: Add) -> None:
    goods = add("import-goods", publishing.import_goods, N_("goods from a CSV file"))
    goods.file("file", N_("the file")).word("--store", N_("these are the own prices of this store"), "")
    goods.flag("--dry-run", N_("only say what would be done"))
    rules = add("publish-rules", publishing.publish_rules, N_("publish the next version of a store's rules"))
    rules.file("file", N_("the rules as JSON")).several("--store", N_("code of the store; may be repeated"))
    rules.flag("--all-stores", N_("for every store"))
    rules.word("--effective-from", N_("business date from which they hold (today)"), "")
    rules.word("--author", N_("who wrote them"), "")
    grid = add("publish-grid", publishing.publish_grid, N_("publish the touch grid of a store"))
    grid.file("file", N_("the pages as JSON")).word("--store", N_("code of the store"))
    coupons = add("issue-coupons", publishing.issue_coupons, N_("give coupons of a template to members"))
    coupons.word("template", N_("a template as JSON, or the name of one issued before"))
    coupons.several("--members", N_("a CSV file, telephone numbers, cards, tier:CODE or all; may be repeated"))
    coupons.number("--printed", N_("instead: so many on paper, for whoever holds them"), 0)
    coupons.word("--store", N_("code of the store that redeems the printed ones"), "")
    coupons.word("--sheet", N_("where their QR codes go: a .pdf, .png or .csv file"), "")
    home = add("home-till", printing.home_till, N_("which till redeems a store's printed coupons with no network"))
    home.word("store", N_("code of the store")).number(
        "--till", N_("number of the till that should; 0: whichever asks first"), None
    )
    add("new-coupon-key", printing.new_coupon_key, N_("sign printed coupons with a new key from now on"))
    revoke = add("revoke-coupon-key", printing.revoke_coupon_key, N_("make all coupons of a stolen key worthless"))
    revoke.whole("key", N_("number of the key")).flag("--yes", N_("yes, for good"))


def _members(add: Add) -> None:
    members = add("import-members", membership.import_members, N_("members with opening balances from a CSV file"))
    members.file("file", N_("the file"))
    members.word("--control-total", N_("what the balances must sum to: principal=...,bonus=...,points=..."), "")
    members.flag("--dry-run", N_("only say what would be done"))
    forget = add("forget", membership.forget, N_("erase a person everywhere"))
    forget.word("member", N_("telephone number, card or id")).flag("--yes", N_("yes, for good"))


def _watch(add: Add) -> None:
    status = add("status", watching.show_status, N_("how stores and tills stand"))
    status.flag("--json", N_("as JSON"))
    add("upkeep", watching.keep_up, N_("write off expired lots, shrink idle placements, lose old risks, lower tiers"))
    verify = add("verify", watching.verify_books, N_("walk every chain and recompute every balance"))
    verify.flag("--json", N_("as JSON"))


def _recover(add: Add) -> None:
    backup = add("backup", recovering.back_up, N_("copy the records to a file while HQ goes on (SQLite)"))
    backup.file("file", N_("the file, which must not be there yet"))
    add("backup-mark", recovering.mark_dump, N_("print the SQL line that must end a pg_dump (PostgreSQL)"))
    restored = add("restored", recovering.restored, N_("say that these records were restored from a backup"))
    restored.flag("--yes", N_("yes: HQ lends nothing until every till has reported"))
    recovery = add("recovery", recovering.show_recovery, N_("how far HQ has recovered from a backup"))
    recovery.flag("--json", N_("as JSON"))
    excuse = add("excuse-till", recovering.excuse_till, N_("recover without a till that is gone"))
    excuse.word("till", N_("the till, such as 001/2, or its id")).word("--by", N_("who decides"))
    excuse.flag("--yes", N_("yes, for good"))


def _heal(add: Add) -> None:
    def one(name: str, do: Do, about: str) -> _Arguments:
        return add(name, do, about).word("till", N_("the till, such as 001/2, or its id"))

    one("open-epoch", healing.open_epoch, N_("let a till whose rights are frozen go on in a new epoch")).flag(
        "--yes", N_("yes: no other disk of this till goes on")
    )
    one("revoke-till", healing.revoke_till, N_("believe a till's key no longer")).flag("--yes", N_("yes, for good"))
    code = one("re-enrol", healing.re_enrol, N_("a one-time code by which a till is enrolled again"))
    code.flag("--disk-gone", N_("what the till held before comes home at once: its disk is gone for good"))
    code.flag("--yes", N_("yes, for good")).flag("--quiet", N_("print the bare value"))
    code.number("--valid-minutes", N_("for how long the code works"), CODE_MINUTES)
    one("write-off", healing.write_off_till, N_("take home what a lost till holds")).flag("--yes", N_("yes, for good"))
    one("accept-kept", healing.accept_kept, N_("take what a till sent under a revoked key into the books")).flag(
        "--yes", N_("yes, for good")
    )
