"""What people at HQ do for a member: found, changed, corrected by two, united and separated without loss."""

from uuid import UUID

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members import member_desk, member_finder, member_requests, member_view, separating
from hq_sync_server.office.members.member_requests import Adjustment
from hq_sync_server.office.members.members import NewMember, create
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rights import principal_lot
from shared_models.sync import LotWanted, RightsRequest
from tests.hq_sync_server.facts import register, release_top_up, top_up
from tests.hq_sync_server.people import WireTill

ADMIN = Viewer(login="admin", role="hq_admin")
SECOND = Viewer(login="second", role="hq_admin")
ALL = Scope()


def _member(hq: Hq, name: str, phone: str = "", store: StoreRow | None = None) -> UUID:
    member_id = hq.desk.ids.new_id()
    profile = Profile(name=name, home_store_id=store.store_id if store else None)
    hq.desk.run(lambda work: create(work, [NewMember(member_id=member_id, profile=profile, phone=phone)]))
    return member_id


def _found(hq: Hq, text: str, scope: Scope = ALL) -> list[str]:
    with hq.desk.read() as connection:
        return [one.name for one in member_finder.search(hq.desk, connection, scope, text)]


def _view(hq: Hq, member_id: UUID) -> member_view.MemberView:
    with hq.desk.read() as connection:
        return member_view.member(connection, ALL, member_id)


@pytest.mark.parametrize("typed", ["zsh", "csh"])
def test_a_surname_with_a_reading_of_its_own_is_found_by_either(hq: Hq, stores: list[StoreRow], typed: str) -> None:
    _member(hq, "曾诗慧")
    assert _found(hq, typed) == ["曾诗慧"]


@pytest.mark.parametrize(
    "typed", ["王小明", "小明", "王小", "王", "wxm", "WX", "5678", "13800005678", "138 0000 5678", "+8613800005678"]
)
def test_a_member_is_found_by_what_people_type(hq: Hq, stores: list[StoreRow], typed: str) -> None:
    _member(hq, "王小明", "+8613800005678")
    _member(hq, "李大伟", "+8613900001234")

    assert _found(hq, typed) == ["王小明"]


@pytest.mark.parametrize("typed", ["", "  ", "明小", "9999", "%", "_", "zzz", "\0", "王小明明"])
def test_a_word_that_is_nobodys_finds_nobody(hq: Hq, stores: list[StoreRow], typed: str) -> None:
    _member(hq, "王小明", "+8613800005678")
    assert _found(hq, typed) == []


def test_a_new_name_is_found_and_the_old_one_no_longer(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明")

    hq.desk.run(lambda work: member_desk.edit(work, ADMIN, ALL, member_id, {"name": "赵敏"}))

    assert (_found(hq, "赵敏"), _found(hq, "小明")) == (["赵敏"], [])


def test_a_forgotten_member_is_found_by_nothing(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明", "+8613800005678")

    hq.desk.run(lambda work: member_desk.forget(work, ADMIN, ALL, member_id))

    assert [_found(hq, typed) for typed in ("小明", "5678", "13800005678", "wxm")] == [[], [], [], []]


def test_a_page_that_was_open_meanwhile_brings_nothing_back_of_a_forgotten_member(
    hq: Hq, stores: list[StoreRow]
) -> None:
    """Somebody saves the form, with the name in it, after the person was forgotten."""
    member_id = _member(hq, "王小明", "+8613800005678")
    hq.desk.run(lambda work: member_desk.forget(work, ADMIN, ALL, member_id))

    for saved in (
        lambda work: member_desk.edit(work, ADMIN, ALL, member_id, {"name": "王小明"}),
        lambda work: member_desk.new_number(work, ADMIN, ALL, member_id, "13800005678"),
        lambda work: member_desk.replace_card(work, ADMIN, ALL, member_id, "", "M12345"),
        lambda work: member_desk.set_frozen(work, ADMIN, ALL, member_id, frozen=False),
    ):
        with pytest.raises(Refusal, match="member_forgotten"):
            hq.desk.run(saved)

    view = _view(hq, member_id)
    assert (view.status, view.profile, view.has_number) == ("forgotten", Profile(), False)


def test_who_was_forgotten_is_not_taken_apart_into_somebody_who_was_not(hq: Hq, stores: list[StoreRow]) -> None:
    kept, other = _member(hq, "王小明", "+8613800005678"), _member(hq, "小明", "+8613800001234")
    hq.desk.run(lambda work: member_desk.unite(work, ADMIN, ALL, kept, other))
    hq.desk.run(lambda work: member_desk.forget(work, ADMIN, ALL, kept))

    with pytest.raises(Refusal, match="member_forgotten"):
        hq.desk.run(lambda work: separating.separate(work, ADMIN, ALL, kept, other))


def test_a_region_finds_and_changes_its_own_members_alone(hq: Hq, stores: list[StoreRow]) -> None:
    mine, other = _member(hq, "王小明", store=stores[0]), _member(hq, "王小红", store=stores[1])
    scope = Scope(frozenset({stores[0].store_id}))

    assert _found(hq, "王小", scope) == ["王小明"]
    hq.desk.run(lambda work: member_desk.set_frozen(work, ADMIN, scope, mine, frozen=True))
    with pytest.raises(Refusal, match="not_found"):
        hq.desk.run(lambda work: member_desk.set_frozen(work, ADMIN, scope, other, frozen=True))
    assert (_view(hq, mine).status, _view(hq, other).status) == ("frozen", "active")


def test_a_correction_is_booked_when_somebody_else_agrees_and_not_before(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明")
    asked = Adjustment(purse="principal", amount=5_000)
    request_id = hq.desk.run(lambda work: member_requests.ask(work, ADMIN, member_id, asked, "till failed"))
    assert _view(hq, member_id).sum_of("principal") == 0

    with pytest.raises(Refusal, match="own_request"):
        hq.desk.run(lambda work: member_requests.agree(work, ADMIN, ALL, request_id))
    hq.desk.run(lambda work: member_requests.agree(work, SECOND, ALL, request_id))

    assert _view(hq, member_id).sum_of("principal", "free") == 5_000
    with pytest.raises(Refusal, match="request_decided"):
        hq.desk.run(lambda work: member_requests.agree(work, SECOND, ALL, request_id))


def test_what_was_asked_for_is_theirs_who_see_the_person(hq: Hq, stores: list[StoreRow]) -> None:
    """Who was asked for was united with somebody of another region since."""
    asked_for, kept = _member(hq, "王小明", store=stores[0]), _member(hq, "小明", store=stores[1])
    here, there = (Scope(frozenset({store.store_id})) for store in stores)
    asked = Adjustment(purse="bonus", amount=100)
    request_id = hq.desk.run(lambda work: member_requests.ask(work, SECOND, asked_for, asked, "late"))
    hq.desk.run(lambda work: member_desk.unite(work, ADMIN, ALL, kept, asked_for))

    with hq.desk.read() as connection:
        found = [member_requests.waiting(connection, scope) for scope in (here, there)]
        (person,) = {member_view.member(connection, there, one.subject).member_id for one in found[1]}
    assert ([len(some) for some in found], person) == ([0, 1], kept)
    with pytest.raises(Refusal, match="not_found"):
        hq.desk.run(lambda work: member_requests.agree(work, ADMIN, here, request_id))
    hq.desk.run(lambda work: member_requests.agree(work, ADMIN, there, request_id))
    assert _view(hq, kept).sum_of("bonus") == 100


def test_a_form_that_was_sent_twice_asks_once(hq: Hq, stores: list[StoreRow]) -> None:
    """A double click, or the browser's way back; somebody else who asks for the same is another request."""
    member_id = _member(hq, "王小明")
    asked = Adjustment(purse="points", amount=120)

    def ask(who: Viewer) -> None:
        hq.desk.run(lambda work: member_requests.ask(work, who, member_id, asked, "missed", once=True))

    for who in (ADMIN, ADMIN, SECOND):
        ask(who)
    with hq.desk.read() as connection:
        assert sorted(one.asked_by for one in member_requests.waiting(connection, ALL)) == ["admin", "second"]


def test_no_more_is_taken_from_a_member_than_is_free(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明")
    less = Adjustment(purse="points", amount=-1)
    request_id = hq.desk.run(lambda work: member_requests.ask(work, ADMIN, member_id, less, "wrong"))

    with pytest.raises(Refusal, match="balance_too_small"):
        hq.desk.run(lambda work: member_requests.agree(work, SECOND, ALL, request_id))


def test_members_who_were_united_by_mistake_are_separated_without_loss(hq: Hq, till_a: WireTill) -> None:
    kept, other = _member(hq, "王小明"), register(till_a, "13900001234", name="王小红")
    top_up_id = top_up(till_a, other, 10_000)
    release_top_up(till_a, other, top_up_id, 10_000)
    till_a.push()

    hq.desk.run(lambda work: member_desk.unite(work, ADMIN, ALL, kept, other))
    assert (_view(hq, kept).sum_of("principal"), _view(hq, other).member_id) == (10_000, kept)
    hq.desk.run(lambda work: separating.separate(work, ADMIN, ALL, kept, other))

    assert (_view(hq, kept).sum_of("principal"), _view(hq, other).sum_of("principal")) == (0, 10_000)
    assert _view(hq, other).status == "active"
    assert _found(hq, "王小红") == ["王小红"]


def _home(till: WireTill, member_id: UUID, amount_fen: int) -> UUID:
    """Money topped up at a till and given back to HQ; the top-up's id."""
    top_up_id = top_up(till, member_id, amount_fen)
    release_top_up(till, member_id, top_up_id, amount_fen)
    till.push()
    return top_up_id


def test_what_was_brought_goes_back_although_a_till_holds_that_lot(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    """The kept member's own free money stands in for what cannot be moved; what even that does not cover is said."""
    kept, other = register(till_b, "13900005678"), register(till_a, "13900001234")
    brought = _home(till_a, other, 10_000)
    _home(till_b, kept, 6_000)
    hq.desk.run(lambda work: member_desk.unite(work, ADMIN, ALL, kept, other))
    wanted = LotWanted(subject=kept, lot=principal_lot(brought), granted_total=9_000)
    till_a.control("rights", RightsRequest(lane=till_a.position(), lots=(wanted,)))
    with hq.desk.read() as connection:
        told = separating.shares(connection, member_view.member(connection, ALL, kept), other)

    done = hq.desk.run(lambda work: separating.separate(work, ADMIN, ALL, kept, other))

    assert done == told
    assert [(one.kind, one.back + one.stays) for one in done] == [("principal", 10_000)]
    assert _view(hq, other).sum_of("principal") == done[0].back == 7_000, "all that is free of the kind"
    assert _view(hq, kept).sum_of("principal") + done[0].back == 16_000


def test_a_lost_card_leads_nowhere_and_a_new_one_to_the_same_balances(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明")
    hq.desk.run(lambda work: member_desk.replace_card(work, ADMIN, ALL, member_id, "", "690123456"))

    hq.desk.run(lambda work: member_desk.replace_card(work, ADMIN, ALL, member_id, "690123456", "690999999"))

    assert (_found(hq, "690123456"), _found(hq, "690999999")) == (["王小明"], ["王小明"])  # HQ says whose it was
    profile = _view(hq, member_id).profile
    assert (profile.card_codes, profile.cards_stopped) == (("690999999",), ("690123456",))
    other = _member(hq, "王小红")
    with pytest.raises(Refusal):  # nobody is ever given a card that was lost
        hq.desk.run(lambda work: member_desk.replace_card(work, ADMIN, ALL, other, "", "690123456"))


def test_a_look_at_a_number_is_logged_and_the_log_holds_no_name(hq: Hq, stores: list[StoreRow]) -> None:
    member_id = _member(hq, "王小明", "+8613800005678")

    number = hq.desk.run(lambda work: member_desk.reveal(work, ADMIN, ALL, member_id))
    hq.desk.run(lambda work: member_desk.edit(work, ADMIN, ALL, member_id, {"name": "赵敏", "tags": ("vip",)}))

    assert number == "+8613800005678"
    with hq.desk.read() as connection:
        lines = audit.lines(connection, ADMIN, ALL, about=f"member:{member_id.hex}")
    assert [line.action for line in lines] == ["member_edited", "number_revealed"]
    assert (lines[0].before, lines[0].after) == ({"name": "", "tags": []}, {"name": "*", "tags": ["vip"]})


@pytest.mark.parametrize("role", ["auditor", "marketing", "store_manager", "region_manager"])
def test_who_may_not_look_at_numbers_does_not(hq: Hq, stores: list[StoreRow], role: str) -> None:
    member_id = _member(hq, "王小明", "+8613800005678")
    with pytest.raises(Refusal, match="not_allowed"):
        hq.desk.run(lambda work: member_desk.reveal(work, Viewer(login="x", role=role), ALL, member_id))
