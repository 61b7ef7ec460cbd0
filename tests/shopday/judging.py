"""The evening's judgement: paper, Z, drawers, ledgers and HQ against the plain-Python count, to the fen."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pos_client.ledger import verify
from tests.shopday.count import Noted, ShiftCount
from tests.shopday.counter import Counter as TillCounter
from tests.shopday.paper import Slip, slips_of
from tests.shopday.shop import Shop
from tests.together.reconciliation import Reconciliation, reconcile

TENDER_WORDS = {"cash": "现金", "stored_value": "储值", "wechat": "微信支付", "alipay": "支付宝", "card": "银行卡"}
TOTAL_WORDS = {
    "sale": "合计",
    "refund": "退款",
    "refund_without_receipt": "退款",
    "top_up": "充值本金",
    "withdrawal": "本金",
    "order_taken": "定金",
    "order_cancelled": "退还定金",
}
SLIPS_EACH = {"top_up": 2, "order_taken": 2, "ticket_opened": 2}
SLIP_WORDS = {**TENDER_WORDS, "deposit": "定金"}
MAKERS_SLIP = "预订制作单"
SLIPS_IN_HAND_MAX = 2
"""So many may be on their way to the printer when the power goes."""
NUMBER_WORDS, REPRINT_WORDS, Z_TITLE = "小票 ", "补打", "Z 报表"


@dataclass(slots=True)
class Judgement:
    """What was compared, and every difference in words."""

    sales: int = 0
    slips: int = 0
    slips_reprinted: int = 0
    shifts: int = 0
    cash_in_drawers_fen: int = 0
    wallets_hold_fen: int = 0
    entries: int = 0
    entry_types: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def must_equal(self, what: str, ours: object, theirs: object) -> None:
        """Remember where the two disagree."""
        if ours != theirs:
            self.differences.append(f"{what}: counted {ours}, found {theirs}")

    def as_json(self) -> dict[str, object]:
        """For the last line."""
        return {**asdict(self), "ok": not self.differences}


def judge(shop: Shop, counters: list[TillCounter]) -> Judgement:
    """Compare everything."""
    result = judge_the_count(shop, counters)
    for counter in counters:
        _judge_ledger(counter, result)
    _judge_both_ends(shop, result)
    return result


def judge_the_count(shop: Shop, counters: list[TillCounter]) -> Judgement:
    """The pencil's book against paper, Z, HQ's sums and the wallets' provider; the chains are not gone through."""
    result = Judgement()
    for counter in counters:
        slips = slips_of(counter.till.printer.printed)
        result.slips += len(slips)
        _judge_paper(counter, slips, result)
        for count, z_slip in _with_z(counter, slips, result):
            _judge_z(count, z_slip, result)
        result.sales += sum(count.sales for count in counter.counts)
        result.cash_in_drawers_fen += counter.counts[-1].cash_fen
    _judge_hq(shop, counters, result)
    _judge_wallets(shop, counters, result)
    return result


# --- paper ---


def _judge_paper(counter: TillCounter, slips: list[Slip], result: Judgement) -> None:
    """Every deed has its slip once; what is there again says that it is. Nobody can know whether a slip on its way to
    the printer is on paper when the power is cut: it comes again, marked, and may then be there with its mark alone."""
    plain: dict[str, list[Slip]] = {}
    marked: dict[str, list[Slip]] = {}
    for slip in slips:
        if number := slip.text(NUMBER_WORDS):
            (marked if slip.says(REPRINT_WORDS) else plain).setdefault(number, []).append(slip)
    result.slips_reprinted += sum(len(again) for again in marked.values())
    noted = {one.receipt_number: one for count in counter.counts for one in count.slips}
    result.must_equal("numbers on slips", sorted(noted), sorted({*plain, *marked}))
    only_marked = 0
    for number, one in noted.items():
        printed, again = plain.get(number, []), marked.get(number, [])
        wanted = SLIPS_EACH.get(one.kind, 1)
        only_marked += max(0, wanted - len(printed))
        result.must_equal(f"slips of {number}", wanted, min(wanted, len(printed) + len(again)))
        result.must_equal(f"slips of {number} without a mark", len(printed[:wanted]), len(printed))
        for slip in (*printed, *again):
            if slip.says(MAKERS_SLIP):  # has no prices
                continue
            _judge_slip(one, slip, result)
    if only_marked > SLIPS_IN_HAND_MAX * counter.power_cuts:
        result.must_equal("slips that are there with a mark alone", SLIPS_IN_HAND_MAX * counter.power_cuts, only_marked)


def _judge_slip(noted: Noted, slip: Slip, result: Judgement) -> None:
    number = noted.receipt_number
    result.must_equal(f"codes on {number}", 1, len(slip.barcodes))
    if noted.kind in TOTAL_WORDS:
        result.must_equal(f"sum on {number}", noted.total_fen, slip.amount_fen(TOTAL_WORDS[noted.kind]))
    for kind, amount_fen in noted.tenders.items():
        result.must_equal(f"{kind} on {number}", abs(amount_fen), slip.amount_fen(SLIP_WORDS[kind]))
    if noted.handed_over_fen:
        result.must_equal(f"handed over on {number}", noted.handed_over_fen, slip.amount_fen("实收"))
        change_fen = noted.handed_over_fen - noted.tenders["cash"]
        result.must_equal(f"change on {number}", change_fen, slip.amount_fen("找零"))


# --- Z ---


def _with_z(counter: TillCounter, slips: list[Slip], result: Judgement) -> list[tuple[ShiftCount, Slip]]:
    z_slips = [slip for slip in slips if slip.says(Z_TITLE)]
    result.must_equal("Z slips", len(counter.counts), len(z_slips))
    return list(zip(counter.counts, z_slips, strict=False))


def _judge_z(count: ShiftCount, slip: Slip, result: Judgement) -> None:
    """Each figure of the Z against the pencil's."""
    result.shifts += 1
    figures = {
        "销售 ": count.sales_fen,
        "退货 ": -count.refunds_fen,
        "无小票退货": -count.refunds_without_receipt_fen,
        "充值": count.top_ups_fen,
        "提取本金": -count.withdrawals_fen,
        "备用金": count.float_fen,
        "现金存入": count.cash_in_fen,
        "现金取出": -count.cash_out_fen,
        "应有现金": count.cash_fen,
        "实点现金": count.cash_fen,
        "差额": 0,
    }
    deposits = {
        "收定金": count.deposits_taken_fen,
        "取货抵用定金": count.deposits_used_fen,
        "退定金": -count.deposits_returned_fen,
    }
    figures |= {words: amount_fen for words, amount_fen in deposits.items() if amount_fen}
    for kind, words in TENDER_WORDS.items():
        if count.tenders[kind]:
            figures[words + " "] = count.tenders[kind]
    for words, amount_fen in figures.items():
        result.must_equal(f"Z of {count.cashier_id}, {words.strip()}", amount_fen, slip.amount_fen(words))
    for words, number in (
        ("销售 ", count.sales),
        ("退货 ", count.refunds),
        ("无小票退货", count.refunds_without_receipt),
    ):
        result.must_equal(
            f"Z of {count.cashier_id}, number of {words.strip()}", str(number), slip.text(words).split()[0]
        )
    opened = int(slip.text("无销售开钱箱") or 0)
    result.must_equal(f"Z of {count.cashier_id}, drawer openings", count.drawer_openings, opened)


# --- the books ---


def _judge_ledger(counter: TillCounter, result: Judgement) -> None:
    place = counter.till.place
    sound = verify(place.ledger_folder, anchor_path=place.key_folder / "anchor")
    result.must_equal(f"{place.folder.name}'s chain verifies", True, sound.ok)


def _judge_both_ends(shop: Shop, result: Judgement) -> None:
    """HQ has every byte, and its sums are those of the tills."""
    database = shop.folder / "hq.db"
    agreed = reconcile({till.place.folder.name: till.place.ledger_file for till in shop.tills}, database)
    result.entries = agreed.entries_at_hq
    result.entry_types = agreed.entry_types
    result.must_equal("till and HQ agree", True, agreed.ok or _told(agreed))
    verified = shop.hq.run("verify")
    result.must_equal("HQ's chains verify", 0, verified.returncode)


def _judge_hq(shop: Shop, counters: list[TillCounter], result: Judgement) -> None:
    """What HQ's tables say of the trade is what was counted."""
    database = shop.folder / "hq.db"
    counts = [count for counter in counters for count in counter.counts]
    accounts = _accounts(database)
    trade: Counter[str] = Counter()
    for count in counts:
        trade.update(count.tenders)
    for kind in ("wechat", "alipay", "card"):
        result.must_equal(f"HQ's tender {kind}", trade[kind], accounts[f"tender:{kind}"])
    sales = _sales(database)
    result.must_equal("sales at HQ", (sum(c.sales for c in counts), sum(c.sales_fen for c in counts)), sales)


def _judge_wallets(shop: Shop, counters: list[TillCounter], result: Judgement) -> None:
    """The provider took each payment once, and holds what was sold less what went back."""
    statement = shop.wallets.statement()
    result.wallets_hold_fen = statement["held_fen"]
    result.must_equal("the wallets' provider holds", sum(at.wallet_fen for at in counters), statement["held_fen"])
    taken = [one for one in statement["payments"].values() if one["taken"]]
    result.must_equal("payments by wallet", sum(at.wallet_payments for at in counters), len(taken))
    result.must_equal("payments taken more than once", [], [one for one in taken if one["taken"] > 1])


def _told(agreed: Reconciliation) -> str:
    return agreed.as_json().decode()


def _accounts(database: Path) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as hq:
        rows = hq.execute("SELECT account, sum(amount) FROM postings WHERE unit = 'fen' GROUP BY account")
        return Counter(dict(rows.fetchall()))


def _sales(database: Path) -> tuple[int, int]:
    """(number, fen) of the sales HQ has, read out of the entries' own bodies."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as hq:
        number, total_fen = hq.execute(
            "SELECT count(*), coalesce(sum(json_extract(CAST(body AS TEXT), '$.total_fen')), 0) FROM entries "
            "WHERE entry_type = 'sale'"
        ).fetchone()
    return int(number), int(total_fen)
