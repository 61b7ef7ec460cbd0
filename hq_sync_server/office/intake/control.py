"""What the control lane asks for: hello, entries, rights, healing. Called by the api inside `Desk.run`."""

from uuid import UUID

from msgspec.structs import replace

from hq_sync_server.office.books import member_rows, placing, shelves
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, healing, lane, recovery_reports
from hq_sync_server.office.healing.lane import Lane, Reply
from hq_sync_server.office.intake import asking, delivering, intake
from hq_sync_server.office.intake.delivering import Given
from hq_sync_server.office.organisation import nudges, stores
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import orders, recalls, refund_rights, rights, tokens
from shared_models.members import MemberRow
from shared_models.moments import business_date_of
from shared_models.sync import EntriesRequest, HealRequest, HelloRequest, RightsRequest

_SUBJECTS_MAX = 500
_LOTS_MAX = 5000
_SALES_MAX = 50


def hello(work: Work, till: Till, request: HelloRequest, body: bytes) -> bytes:
    """Who the till is and where it stands."""

    def process(work: Work, lane: Lane) -> Reply:
        nudges.heard(work, till.till_id)
        refusal = recovery_reports.take(work, lane, request.lane, request.report) if request.report else ""
        if refusal:
            return Reply({"outcome": "refused", "refusal": refusal})
        reply = Reply(
            {"recalls": recalls.told(work, till.till_id)},
            remember={
                "program_version": _printable(request.program_version),
                "rule_hash": _printable(request.rule_hash),
                "mirror_epoch": request.mirror_cursor.hq_epoch,
                "mirror_position": request.mirror_cursor.position,
                "clock_offset_ms": work.now_ms - request.till_time_ms if request.till_time_ms else 0,
                "waiting_entries": request.waiting_entries,
                "waiting_fen": request.waiting_fen,
            },
        )
        return delivering.with_placements(work, lane, reply)

    ladder = branches.rungs(request.ladder)
    return lane.handle(work, till, request.lane, body, process, ladder=ladder, epochs=request.epochs)


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:100]


def entries(work: Work, till: Till, request: EntriesRequest, body: bytes) -> bytes:
    """A batch of entries."""

    epoch = request.epoch or request.lane.epoch
    anywhere = request.branch or epoch != request.lane.epoch

    def process(work: Work, lane: Lane) -> Reply:
        if epoch > lane.till.epoch or request.lane.epoch > lane.till.epoch:
            return Reply({"outcome": "refused", "refusal": "epoch_not_open"})
        reply = intake.take_branch(work, lane, request, epoch) if anywhere else intake.take(work, lane, request)
        if reply.head is None:
            return reply
        waiting = max(0, request.lane.seq - reply.head.seq)
        # How much money waits the till alone can say, and does with its next hello; of nothing it is nothing.
        still = {"waiting_entries": waiting} | ({} if waiting else {"waiting_fen": 0})
        reply = replace(reply, remember={**still, **(reply.remember or {})})
        # With more to come HQ does not know yet what the till still holds.
        return reply if anywhere or waiting else delivering.with_placements(work, lane, reply)

    def closed(work: Work, lane: Lane) -> Reply:
        if epoch >= lane.till.epoch:
            return Reply({})
        return intake.take_branch(work, lane, request, epoch, named=intake.CLOSED_EPOCH)

    return lane.handle(work, till, request.lane, body, process, closed=closed, anywhere=anywhere)


def heal(work: Work, till: Till, request: HealRequest, body: bytes) -> bytes:
    """Open a new epoch."""

    def process(work: Work, lane: Lane) -> Reply:
        return healing.heal(work, lane, request)

    return lane.handle(work, till, request.lane, body, process, anywhere=True)


def give_rights(work: Work, till: Till, request: RightsRequest, body: bytes) -> bytes:
    """Rights and tokens the till asks for, as far as they are free."""

    def process(work: Work, lane: Lane) -> Reply:
        return delivering.with_placements(work, lane, _give(work, lane, request))

    return lane.handle(work, till, request.lane, body, process)


def _give(work: Work, lane: Lane, request: RightsRequest) -> Reply:
    subjects = {*(want.subject for want in request.lots), *request.coupons_of}
    if (
        len(subjects) > _SUBJECTS_MAX
        or len(request.tokens) > _SUBJECTS_MAX
        or len(request.lots) > _LOTS_MAX
        or len(request.sales) > _SALES_MAX
    ):
        return Reply({"outcome": "refused", "refusal": "too_many_subjects"})
    if lane.trouble:
        return Reply({"outcome": "refused", "refusal": "rights_frozen"})
    books = Books(work, lane.till.till_id, lane.till.epoch, lane.till.store_id)
    books.open(shelves.known_members(work.connection, subjects), request.tokens)
    again = delivering.not_adopted(lane)
    if again is not None:
        return Reply(_answer(books, subjects, lane.grant_request, again))  # `books` are not written here
    store = stores.store(work.connection, lane.till.store_id)
    business_date = business_date_of(work.now_ms, store.time_zone, store.day_cut_minute)
    moves, sales_held = refund_rights.grant(books, request.sales)
    given = Given(
        grants=rights.grant(books, request.lots, business_date),
        tokens=(*tokens.grant(books, request.tokens, request.coupons_of, business_date), *moves),
    )
    short = placing.recall(books, [want.subject for want in request.lots if want.lot == "*"])
    held = (*tokens.held(books, request.tokens, given.tokens, business_date), *sales_held)
    books.close()
    if not given.grants and not given.tokens:
        return Reply({**_answer(books, subjects, 0, given), "held": held, "short": short}, books=books)
    answer = {**_answer(books, subjects, lane.number, given), "held": held, "short": short}
    remember = delivering.remembered(lane, given) | asking.counted(books, lane, given)
    return Reply(answer, remember=remember, books=books)


def _answer(books: Books, subjects: set[UUID], grant_request: int, given: Given) -> dict[str, object]:
    return {
        "grant_request": grant_request,
        "grants": given.grants,
        "tokens": given.tokens,
        "beside": orders.beside(books.work, given.tokens),
        "members": tuple(_rows(books, subjects)),
    }


def _rows(books: Books, subjects: set[UUID]) -> list[MemberRow]:
    """Fresh rows of everybody asked for, and of all ids of these persons."""
    shown: dict[UUID, MemberRow] = {}
    for subject in sorted(subjects & books.members.keys()):
        person = books.canonical(subject)
        aliases = books.aliases_of(person.member_id)
        for page in (person, *aliases):
            if page.status != "forgotten":
                beside = aliases if page is person else ()
                shown[page.member_id] = member_rows.row(page, beside, books.work.now_ms)
    return list(shown.values())
