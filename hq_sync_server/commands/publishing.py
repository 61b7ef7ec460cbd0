"""Commands that change what tills sell and by which rules: goods, prices, touch grids, rules, coupons."""

from pathlib import Path
from typing import Any

from hq_sync_server.commands import printing
from hq_sync_server.commands.command import DONE, FOUND_WRONG, Command, read_document
from hq_sync_server.console.texts import N_
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import member_search
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.sheets import sheets
from hq_sync_server.office.sheets.sheets import Problem
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.moments import business_date_of
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules
from shared_models.sales import Price


def import_goods(command: Command) -> int:
    """Goods from a sheet, or with --store that store's own prices; rows that cannot be read are left out."""
    if command.arguments.store:
        return _import_prices(command)
    problems: list[Problem] = []
    rows = sheets.sheet_rows(sheets.open_sheet(command.arguments.file), goods.COLUMNS, ("goods_id", "name", "price"))
    readable = sheets.read_each(rows, goods.read_goods_row, problems)
    with command.desk.read() as connection:
        owners = goods.barcode_owners(connection)
    wanted: dict[str, GoodsRow] = {}
    for row_number, article in readable:
        other = next((code for code in article.barcodes if owners.get(code, article.goods_id) != article.goods_id), "")
        if other:
            problems.append(Problem(row_number, Refusal("barcode_twice", barcode=other, goods_id=owners[other])))
            continue
        owners |= dict.fromkeys(article.barcodes, article.goods_id)
        wanted[article.goods_id] = article
    command.voice.problems(sorted(problems, key=lambda problem: problem.row_number))
    if command.arguments.dry_run:
        command.voice.say(N_("{count} articles could be imported. Nothing was changed."), count=len(wanted))
    else:
        changed = command.desk.run(lambda work: goods.save_goods(work, wanted.values()))
        command.voice.say(
            N_("{count} articles imported, {changed} of them new or changed."), count=len(wanted), changed=changed
        )
    return FOUND_WRONG if problems else DONE


def _import_prices(command: Command) -> int:
    problems: list[Problem] = []
    rows = sheets.sheet_rows(sheets.open_sheet(command.arguments.file), goods.PRICE_COLUMNS, ("goods_id", "price"))
    with command.desk.read() as connection:
        store = stores.store_by_code(connection, command.arguments.store)
        known = goods.known_goods(connection)
    prices: dict[str, Price] = {}
    for row_number, (goods_id, price) in sheets.read_each(rows, goods.read_price_row, problems):
        if goods_id in known:
            prices[goods_id] = price
        else:
            problems.append(Problem(row_number, Refusal("goods_unknown", goods_id=goods_id)))
    command.voice.problems(sorted(problems, key=lambda problem: problem.row_number))
    if command.arguments.dry_run:
        command.voice.say(N_("{count} prices could be imported. Nothing was changed."), count=len(prices))
    else:
        command.desk.run(lambda work: goods.save_prices(work, store.store_id, prices))
        command.voice.say(N_("{count} prices of {name} imported."), count=len(prices), name=store.name)
    return FOUND_WRONG if problems else DONE


def publish_rules(command: Command) -> int:
    """The next version of the rules of one store, of several, or of all: published for all of them or for none."""
    document = rule_configs.read_document(read_document(command.arguments.file))
    meant = _stores_meant(command, str(document.get("store_id", "")))

    def publish(work: Work) -> list[StoreRules]:
        return [_publish_for(command, work, store, document) for store in meant]

    for store, rules in zip(meant, command.desk.run(publish), strict=True):
        command.voice.say(
            N_("{name}: rules version {version} from {day} on."),
            name=store.name,
            version=rules.version,
            day=rules.effective_from,
        )
    return DONE


def _publish_for(command: Command, work: Work, store: StoreRow, document: dict[str, Any]) -> StoreRules:
    today = business_date_of(work.now_ms, store.time_zone, store.day_cut_minute)
    begins = command.arguments.effective_from or str(document.get("effective_from") or today)
    author = command.arguments.author or str(document.get("author") or "")
    return rule_configs.publish_rules(work, store.store_id, document, effective_from=begins, author=author)


def publish_grid(command: Command) -> int:
    """The touch grid of a store in place of the one before."""
    with command.desk.read() as connection:
        store = stores.store_by_code(connection, command.arguments.store)
    pages = goods.read_grid(read_document(command.arguments.file), store.store_id)
    count = command.desk.run(lambda work: goods.save_grid(work, store.store_id, pages))
    command.voice.say(N_("{name}: {count} pages of the touch grid."), name=store.name, count=count)
    return DONE


def issue_coupons(command: Command) -> int:
    """Coupons of a template (a file, or the name of one issued before) to members, or on paper."""
    given = command.arguments
    if given.printed:
        return printing.issue_printed(command)
    path = Path(given.template)
    template = coupons.read_template(read_document(path)) if path.suffix == ".json" else None
    problems: list[Problem] = []
    words = [word for typed in given.members for word in _words_of(typed, problems)]
    if not words and not problems:
        raise Refusal("members_missing")

    def issue(work: Work) -> tuple[int, list[str], str]:
        kept = template or coupons.template_by_id(work.connection, given.template)
        if template is not None:
            coupons.save_template(work, template)
        members, unknown = member_search.members_named(work, words)
        return len(coupons.issue(work, kept, members)), unknown, kept.name

    count, unknown, name = command.desk.run(issue)
    command.voice.problems(problems)
    for word in unknown:
        command.voice.refuse(Refusal("member_unknown", member=word))
    command.voice.say(N_("{name}: {count} coupons issued."), name=name, count=count)
    return FOUND_WRONG if unknown or problems else DONE


def _words_of(typed: str, problems: list[Problem]) -> list[str]:
    """What was typed, at its commas; of a CSV file the numbers or cards in it."""
    if not typed.lower().endswith(".csv"):
        return [word for word in typed.split(",") if word]
    rows = sheets.sheet_rows(sheets.open_sheet(Path(typed)), {"phone": ("手机", "手机号"), "card": ("卡号",)}, ())
    return [word for _, word in sheets.read_each(rows, _phone_or_card, problems)]


def _phone_or_card(row: sheets.SheetRow) -> str:
    word = row.text("phone") or row.text("card")
    if not word:
        raise Refusal("phone_missing")
    return word


def _stores_meant(command: Command, store_id: str) -> list[StoreRow]:
    given = command.arguments
    with command.desk.read() as connection:
        if given.all_stores:
            return stores.all_stores(connection)
        if given.store:
            return [stores.store_by_code(connection, code) for code in given.store]
        named = [row for row in stores.all_stores(connection) if str(row.store_id) == store_id]
    if not named:
        raise Refusal("store_missing")
    return named
