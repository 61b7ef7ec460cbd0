"""Rights placed at tills ahead of an outage: kept up with what is booked, told and lent in whatever HQ answers.

`renew` runs when books close, for those alone whose value, habits or rights changed in them. `deliver` runs for each
request of a till that stands where HQ thinks it stands: targets travel in any answer, grants in any answer to a till
that has adopted the last one. `recall` is asked by a till that needs what others hold.

A placement is a wish of HQ's and no right: nothing here lends more than is free, and what a till holds it may spend
whatever the target says.
"""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from hq_sync_server.office.books import placement, risks
from hq_sync_server.office.books.open_books import OpenBooks
from hq_sync_server.office.books.pages import MemberPage, Placement
from hq_sync_server.office.books.placement import Habit, StoreTerms
from hq_sync_server.office.books.store_terms import current_epoch, terms_of
from hq_sync_server.office.organisation import nudges
from hq_sync_server.records import statements, tables
from shared_models.ids import HQ_TILL_ID
from shared_models.moments import business_date_of
from shared_models.postings import lot_account

RECALL_LIFE_MS = 60_000
"""So long a till keeps nothing of what another one asked for; then its placement comes back."""

ONLINE_FOR_MS = 6 * 60_000
"""A till that was heard within this time may hear a nudge: it says hello every five minutes."""

_STEADY = 8
_WORTH_A_GRANT = 4
"""A till that holds all but a quarter of its target is lent nothing more: it still holds several purchases."""
_UNPLACED = frozenset({"frozen", "forgotten", "merged"})
_MONEY = frozenset({"principal", "bonus"})
_PLACED = _MONEY | {"points"}


def visited(books: OpenBooks, person: MemberPage, business_date: str, spent_fen: int, spent_points: int) -> None:
    """The person was at the till of these books."""
    if books.store_id is None:
        return
    habit = person.habits.get(books.till_id) or Habit(till_id=books.till_id, store_id=books.store_id)
    person.habits[books.till_id] = placement.habit_after(habit, business_date, spent_fen, spent_points)
    books.placed.habits.add((person.member_id, books.till_id))


# --- keeping up ------------------------------------------------------------------------------------------------------


def renew(books: OpenBooks) -> None:
    """Work out again what tills should hold of everybody whose value, habits or standing changed in these books."""
    if books.work.recovering:
        return
    changed = {one for one in books.value_changed() if one in books.members}
    changed |= {one for one in books.placed.renew if one in books.members}
    people = {books.members[one].canonical_id for one in changed} & books.members.keys()
    for one in sorted(people):
        risks.settle(books, books.members[one])
    # Who is another's alias keeps nothing anywhere: what comes home moves to the person.
    pages = [books.members[one] for one in sorted(people | changed)]
    books.renewed.update(page.member_id for page in pages)
    pages = [page for page in pages if page.habits or page.places or books.aliases_of(page.member_id)]
    if not pages:
        return
    today = business_date_of(books.work.now_ms)
    habits = [_habits(books, page) for page in pages]
    store_ids = {habit.store_id for some in habits for habit in some}
    store_ids |= {page.profile.home_store_id for page in pages if page.profile.home_store_id is not None}
    stores = _terms(books, store_ids, today)
    if books.holder_till_id is None:
        is_current = books.epoch == current_epoch(books.work, books.till_id)
        books.holder_till_id = books.till_id if is_current else HQ_TILL_ID
    own = books.holder_till_id
    for page, of_page in zip(pages, habits, strict=True):
        home_store_id = page.profile.home_store_id
        targets = placement.plan(_lendable(books, page), of_page, home_store_id, _of(stores, page), today)
        _keep(books, page, targets, own)


def _terms(books: OpenBooks, store_ids: set[UUID], today: str) -> dict[UUID, StoreTerms]:
    """What stores' rules say, looked up once in these books."""
    missing = store_ids - books.store_terms.keys()
    if missing:
        found = terms_of(books.work, missing, today)
        books.store_terms |= {store_id: found.get(store_id) for store_id in missing}
    return {store_id: terms for store_id in store_ids if (terms := books.store_terms[store_id]) is not None}


def _habits(books: OpenBooks, page: MemberPage) -> list[Habit]:
    """Where the person shops, under whatever id."""
    known = {till_id: habit for alias in books.aliases_of(page.member_id) for till_id, habit in alias.habits.items()}
    return list((known | page.habits).values())


def _of(stores: dict[UUID, StoreTerms], page: MemberPage) -> dict[UUID, StoreTerms]:
    """Nobody's rights leave HQ while they are frozen."""
    return {} if page.status in _UNPLACED or page.is_alias else stores


def _lendable(books: OpenBooks, page: MemberPage) -> dict[str, int]:
    """The balance by lot that may lie at tills: nothing of a kind of which something is owed, nor what recovers."""
    owed: set[str] = set()
    for one in (page, *books.aliases_of(page.member_id)):
        if one.points_debt > 0:
            owed.add("points")
        if one.bonus_debt_fen > 0:
            owed.add("bonus")
    if risks.open_fen(books, page) > 0:
        owed |= _MONEY
    return {
        lot: balance
        for lot, balance in page.balances.items()
        if balance > 0 and lot_account(lot) in _PLACED - owed and not _recovers(books, page, lot)
    }


def _recovers(books: OpenBooks, page: MemberPage, lot: str) -> bool:
    known = books.lots.get((page.member_id, lot))
    return known is not None and known.recovering


def _keep(books: OpenBooks, page: MemberPage, targets: placement.Targets, own: UUID) -> None:
    """The rows of one member as the plan has them; a change by less than an eighth is none."""
    shown = Counter[tuple[UUID, bool]]()  # what changed of the figures in the member's row, by till
    for lot, till_id in page.places.keys() | targets.keys():
        key = (lot, till_id)
        place = page.places.get(key) or page.places.setdefault(key, Placement())
        before = place.figures
        held_before = place.held
        place.amount = _steady(targets.get(key, 0), place.amount, page.balances.get(lot, 0))
        if till_id == own:
            holder = books.holders.get((page.member_id, lot))
            place.held = holder.outside if holder is not None else 0
            if held_before > place.held and place.recalled_for is not None and place.recalled_until_ms:
                nudges.nudge(books.work, place.recalled_for)  # there is more to ask for now
        elif place.recalled_until_ms and page.member_id in books.placed.given_back:
            place.recalled_until_ms, place.recalled_for = 0, None  # whoever asked has what is left of it back at HQ
            nudges.nudge(books.work, till_id)
        place.held = max(0, min(place.held, place.amount))
        _judge(books, page, key, place)
        if page.status in _UNPLACED and place.told:
            nudges.nudge(books.work, till_id)
        if place.figures != before:
            books.placed.places.add((page.member_id, lot, till_id))
        if place.held != held_before:
            shown[till_id, lot_account(lot) == "points"] += place.held - held_before
    if any(shown.values()):
        page.touched = True


def _steady(wanted: int, before: int, balance: int) -> int:
    if wanted == 0 or abs(wanted - before) * _STEADY > before:
        return wanted
    return min(before, balance)


def _judge(books: OpenBooks, page: MemberPage, key: tuple[str, UUID], place: Placement) -> None:
    """Whether the till is to be told or lent something at its next contact."""
    wanted = place.target_at(books.work.now_ms)
    place.due = place.told != wanted or place.recalled_until_ms > 0
    if not place.due and place.held < wanted - wanted // _WORTH_A_GRANT:
        lot = books.lots.get((page.member_id, key[0]))
        place.due = lot is not None and lot.free > 0 and not lot.recovering


# --- asking back -----------------------------------------------------------------------------------------------------


def recall(books: OpenBooks, subjects: Iterable[UUID]) -> tuple[UUID, ...]:
    """A till asked for everything of these members: other tills that are online are asked to give back what they hold
    of them. The members of whom more may come soon: ask again."""
    now_ms = books.work.now_ms
    elsewhere = {
        subject: [
            (key, place)
            for key, place in books.canonical(subject).places.items()
            if key[1] != books.till_id and place.held > 0
        ]
        for subject in subjects
        if subject in books.members and books.canonical(subject).status not in _UNPLACED
    }
    tills = {key[1] for places in elsewhere.values() for key, _ in places}
    if not tills:
        return ()
    seen = statements.fetch(books.work.connection, tables.lanes, ("till_id", "last_seen_ms"), "till_id", sorted(tills))
    online = {till_id for till_id, seen_ms in seen if seen_ms >= now_ms - ONLINE_FOR_MS}
    awaited = []
    for subject, places in elsewhere.items():
        person = books.canonical(subject)
        coming = False
        for (lot, till_id), place in places:
            if till_id not in online:
                continue
            coming = True
            if place.recalled_until_ms <= now_ms:
                place.recalled_until_ms, place.recalled_for = now_ms + RECALL_LIFE_MS, books.till_id
                books.placed.places.add((person.member_id, lot, till_id))
                nudges.nudge(books.work, till_id)
            _judge(books, person, (lot, till_id), place)
        if coming:
            awaited.append(subject)
    return tuple(awaited)


def forget_till(books: OpenBooks, till_id: UUID) -> None:
    """An epoch of a till was sealed: it holds nothing any more and knows no target."""
    statements.run(
        books.work.connection,
        "UPDATE placements SET held = 0, told = 0, recalled_until_ms = 0, due = ? WHERE till_id = ?",
        (True, till_id),
    )
