"""Where an order is: here by its token, or at another till, which is asked for it through HQ.

Whoever wants to do something with an order comes by here. Cut off, an order that is not here is named with the till
that has it; online it is asked for, and it comes while the customer waits.
"""

from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.order_views import OrderView, holder_of, order_view, view_elsewhere
from pos_client.checkout.receipt_numbers import receipt_named
from pos_client.ledger.orders import OrderKnown
from shared_models.catalog import StoreRow
from shared_models.codes import parse_scan
from shared_models.refusals import Refusal
from shared_models.tokens import order_token

_FINAL = frozenset({"used", "unknown", "withdrawn", "order"})


def waiting(desk: Desk) -> tuple[OrderView, ...]:
    """Orders that this till has, and those of this store that others have; by the time they are collected."""
    here = [order_view(desk, known.taken) for known in desk.ledger.orders_here() if not known.doubted]
    known_here = {view.order_id for view in here}
    elsewhere = [
        view_elsewhere(desk, row)
        for row in desk.ledger.orders_waiting()
        if row.order_id not in known_here and not _is_done(desk, row.order_id)
    ]
    return tuple(sorted((*here, *elsewhere), key=lambda view: (view.collect_at_ms, view.receipt_number)))


def of_slip(desk: Desk, text: str) -> UUID | None:
    """The order of a slip, by its own code or by the number on it; None where that is of something else. Numbers are a
    store's own: of another store's orders the code says which it is."""
    text = text.strip().upper()
    if text.startswith("O"):
        return parse_scan(text).order_id
    named = receipt_named(desk, text)
    number = named.number
    entry = desk.ledger.entry_by_receipt(number) if named.store_id is None else None
    if entry is not None:
        body = desk.ledger.body_of(entry)
        return getattr(body, "order_id", None) if entry.entry_type == "order_taken" else None
    taken_at = named.store_id or desk.identity.store_id
    for row in desk.ledger.orders_waiting():
        if row.receipt_number == number and row.taken_store_id == taken_at:
            return row.order_id
    for known in desk.ledger.orders_here():
        row_here = desk.ledger.order_waiting(known.taken.order_id)
        store_id = desk.identity.store_id if row_here is None else row_here.taken_store_id
        if (known.taken.receipt_number, store_id) == (number, taken_at):
            return known.taken.order_id
    said = desk.line.held_sale(named.wanted())
    return None if said is None else said.order_id


def find(desk: Desk, order_id: UUID) -> OrderView:
    """An order as far as this till knows it, to be shown. Refuses `order_done`, and what `need` refuses for one of
    which this till knows nothing yet."""
    order_id = _as_it_is_now(desk, order_id)
    known = desk.ledger.order_known(order_id)
    if known is not None and (known.is_here or known.doubted):
        return order_view(desk, known.taken)
    row = desk.ledger.order_waiting(order_id)
    if row is None or known is not None:
        return order_view(desk, need(desk, order_id).taken)
    return view_elsewhere(desk, row)


def need(desk: Desk, order_id: UUID) -> OrderKnown:
    """The order, here. One that is not is asked for: refuses `order_asked_for(till_number, store_name)`, on the second
    try `order_held` with the same, and cut off or frozen `order_at_till`, or `order_at_hq`. Refuses `order_done`,
    `order_unknown`, `order_frozen(reason)`."""
    known = desk.ledger.order_known(order_id)
    if known is not None and known.is_here:
        return known
    now = desk.line.held_token(order_token(order_id))
    if now is not None and now.order_id is not None:
        return need(desk, now.order_id)
    number = "" if known is None else known.taken.receipt_number
    if known is not None and known.doubted:
        raise Refusal("order_frozen", reason=known.doubted, receipt_number=number, who="manager")
    if known is not None and known.is_done:
        raise Refusal("order_done", receipt_number=number, who="cashier")
    raise _asked_for(desk, order_id, number)


def has_come(desk: Desk, order_id: UUID) -> bool:
    """Whether an order that was asked for is here, or HQ said that nobody gets it. Asks for nothing."""
    said = desk.line.held_token(order_token(order_id))
    return desk.ledger.owned_token(order_token(order_id)) is not None or (said is not None and said.code in _FINAL)


def store_named(desk: Desk, text: str) -> StoreRow:
    """The store that a cashier means by its code, its name or the beginning of it; this one for ''. Refuses
    `store_unknown_here(text)`."""
    wanted = text.strip().casefold()
    if not wanted:
        return desk.store()
    known = desk.ledger.stores()
    for matches in (
        [row for row in known if wanted in (row.code.casefold(), row.name.casefold())],
        [row for row in known if row.name.casefold().startswith(wanted) or row.code.casefold().startswith(wanted)],
        [row for row in known if wanted in row.name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
    raise Refusal("store_unknown_here", text=text.strip()[:40], who="cashier")


def _as_it_is_now(desk: Desk, order_id: UUID) -> UUID:
    """The order that this one has become, as far as this till changed it or HQ said so."""
    order_id = desk.ledger.order_replaced_by(order_id)
    said = desk.line.held_token(order_token(order_id))
    return order_id if said is None or said.order_id is None else said.order_id


def _is_done(desk: Desk, order_id: UUID) -> bool:
    known = desk.ledger.order_known(order_id)
    return known is not None and known.is_done


def _asked_for(desk: Desk, order_id: UUID, receipt_number: str) -> Refusal:
    """Ask for an order that is not here, and say who has it. What was asked for before and answered is said as it was
    answered; the question is put again all the same."""
    token = order_token(order_id)
    said = desk.line.held_token(token)
    desk.line.want_token(token)
    desk.push_soon()
    row = desk.ledger.order_waiting(order_id)
    if row is not None:
        receipt_number = row.receipt_number
    if said is not None and said.code in _FINAL:
        code = "order_unknown" if said.code == "unknown" else "order_done"
        return Refusal(code, receipt_number=receipt_number, who="till")
    till_number, store_name = holder_of(desk, None if row is None else row.owner_till_id)
    is_said = said is not None and bool(said.till_number)
    if said is not None and is_said:
        till_number, store_name = said.till_number, said.store_name
    store_name = store_name or desk.store().name
    if desk.is_cut_off() or desk.ledger.frozen():
        if not till_number:
            return Refusal("order_at_hq", receipt_number=receipt_number, who="hq")
        return Refusal(
            "order_at_till", receipt_number=receipt_number, till_number=till_number, store_name=store_name, who="till"
        )
    if not till_number:
        return Refusal("order_coming", receipt_number=receipt_number, who="hq")
    code = "order_held" if is_said else "order_asked_for"
    return Refusal(code, receipt_number=receipt_number, till_number=till_number, store_name=store_name, who="till")
