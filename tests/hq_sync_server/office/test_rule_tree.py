"""The tree of rules: what comes from where, what HQ leaves open, drafts of two, what a publication changes."""

from datetime import date, timedelta

import msgspec
import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.members import tiers
from hq_sync_server.office.rules import rule_configs, rule_drafts, rule_fields, rule_preview, rule_tree, rule_versions
from hq_sync_server.office.rules.rule_drafts import INHERIT
from hq_sync_server.office.rules.rule_tree import HQ, Constraint
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal
from shared_models.rule_engine import ENGINE_VERSION
from shared_models.rules import EarnRules, StoreRules, TierRule, rule_hash
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import TODAY, WireTill
from tests.together import seed_rules

ADMIN = Viewer(login="admin", role="hq_admin")
SECOND = Viewer(login="second", role="marketing")
ALL = Scope()
POINTS = "earn.milli_points_per_yuan"
TOMORROW = (date.fromisoformat(TODAY) + timedelta(days=1)).isoformat()
IN_TEN_DAYS = (date.fromisoformat(TODAY) + timedelta(days=10)).isoformat()


def _publish_both(hq: Hq, stores: list[StoreRow], first: int = 1000, second: int = 2000) -> None:
    for row, points in zip(stores, (first, second), strict=True):
        document = {"earn": {"milli_points_per_yuan": points}, "member_tags": ["vip"]}
        hq.desk.run(
            lambda work, row=row, document=document: rule_configs.publish_rules(  # type: ignore[misc]  # defaults bind the loop's values
                work, row.store_id, document, effective_from=TODAY, author="cli"
            )
        )


def _place(row: StoreRow) -> str:
    return f"store:{row.store_id.hex}"


def _value(hq: Hq, key: str, path: str) -> tuple[object, str]:
    with hq.desk.read() as connection:
        tree = rule_tree.places(connection, ALL)
        one = rule_tree.resolve(rule_tree.adopted(connection), rule_tree.chain_to(tree, key))[path]
    return one.value, one.origin


def _save(hq: Hq, key: str, revision: int, viewer: Viewer = ADMIN, **values: object) -> rule_drafts.Draft:
    wanted = {name.replace("__", "."): value for name, value in values.items()}
    return hq.desk.run(lambda work: rule_drafts.save(work, viewer, ALL, key, revision, wanted))


def _in_force(hq: Hq, row: StoreRow, day: str = TOMORROW) -> StoreRules:
    with hq.desk.read() as connection:
        rules = rule_configs.rules_in_force(connection, row.store_id, day)
    assert rules is not None
    return rules


def test_what_stores_say_alike_is_hqs_and_the_rest_is_their_own(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)

    assert _value(hq, _place(stores[0]), POINTS) == (1000, _place(stores[0]))
    assert _value(hq, _place(stores[1]), POINTS) == (2000, _place(stores[1]))
    assert _value(hq, _place(stores[0]), "member_tags") == (["vip"], HQ)


def test_a_store_changes_what_hq_leaves_open_and_its_tills_alone_get_other_rules(
    hq: Hq, stores: list[StoreRow]
) -> None:
    _publish_both(hq, stores)
    before = rule_hash(_in_force(hq, stores[1]))

    _save(hq, _place(stores[0]), 0, earn__milli_points_per_yuan=3000)
    changed = hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, _place(stores[0]), TOMORROW))

    assert changed == 1
    assert _in_force(hq, stores[0]).earn.milli_points_per_yuan == 3000
    assert _in_force(hq, stores[0], TODAY).earn.milli_points_per_yuan == 1000
    assert _in_force(hq, stores[0]).author == "admin"
    assert rule_hash(_in_force(hq, stores[1])) == before


def test_hq_locks_a_field_and_what_stores_said_no_longer_counts(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)
    lock = {POINTS: Constraint(kind="locked")}

    hq.desk.run(lambda work: rule_drafts.save(work, ADMIN, ALL, HQ, 0, {POINTS: 1500}, lock))
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, HQ, TOMORROW))

    assert [_in_force(hq, row).earn.milli_points_per_yuan for row in stores] == [1500, 1500]
    assert POINTS in _in_force(hq, stores[0]).locked
    with pytest.raises(Refusal, match="field_locked"):
        _save(hq, _place(stores[0]), 0, earn__milli_points_per_yuan=2500)


@pytest.mark.parametrize(("wanted", "refused"), [(999, True), (1000, False), (3000, False), (3001, True)])
def test_within_a_range_a_store_chooses_and_outside_of_it_it_does_not(
    hq: Hq, stores: list[StoreRow], wanted: int, refused: bool
) -> None:
    _publish_both(hq, stores, 1500, 2000)
    between = {POINTS: Constraint(kind="range", minimum=1000, maximum=3000)}
    hq.desk.run(lambda work: rule_drafts.save(work, ADMIN, ALL, HQ, 0, {POINTS: 1000}, between))
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, HQ, TOMORROW))

    if refused:
        with pytest.raises(Refusal, match="field_out_of_range"):
            _save(hq, _place(stores[0]), 0, earn__milli_points_per_yuan=wanted)
    else:
        assert _save(hq, _place(stores[0]), 0, earn__milli_points_per_yuan=wanted).revision == 1


def test_the_second_who_saves_a_draft_is_told_what_the_first_changed(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)
    key = _place(stores[0])
    first = _save(hq, key, 0, earn__milli_points_per_yuan=3000)

    with pytest.raises(Refusal) as told:
        _save(hq, key, 0, SECOND, tier_window_months=6)

    assert (told.value.code, told.value.fields) == ("draft_changed", {"by": "admin", "fields": POINTS})
    second = _save(hq, key, first.revision, SECOND, tier_window_months=6)
    assert second.config.values[POINTS] == 3000


def test_a_day_that_tills_have_passed_is_refused(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)
    _save(hq, _place(stores[0]), 0, earn__milli_points_per_yuan=3000)
    for day, code in (("2025-12-31", "effective_past"), ("yesterday", "date_invalid"), ("", "date_invalid")):
        with pytest.raises(Refusal, match=code):
            hq.desk.run(lambda work, day=day: rule_drafts.publish(work, ADMIN, ALL, _place(stores[0]), day))  # type: ignore[misc]  # a default binds the loop's value


def test_an_earlier_version_comes_back_as_a_draft(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)
    key = _place(stores[0])
    for points in (3000, 4000):
        with hq.desk.read() as connection:
            revision = rule_drafts.draft(connection, key).revision
        _save(hq, key, revision, earn__milli_points_per_yuan=points)
        hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, TOMORROW))
    with hq.desk.read() as connection:
        versions = rule_tree.history(connection, key)

    wanted = next(one.version for one in versions if one.config.values[POINTS] == 3000)
    hq.desk.run(lambda work: rule_drafts.roll_back(work, ADMIN, ALL, key, wanted))
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, TOMORROW))

    assert _in_force(hq, stores[0]).earn.milli_points_per_yuan == 3000


def test_what_is_taken_back_before_it_began_never_begins(hq: Hq, stores: list[StoreRow]) -> None:
    """A till uses the newest version that has begun, and so does HQ: it went by another one."""
    _publish_both(hq, stores)
    key = _place(stores[0])
    _save(hq, key, 0, earn__milli_points_per_yuan=3000)
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, IN_TEN_DAYS))
    _save(hq, key, 0, earn__milli_points_per_yuan=1000)
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, TOMORROW))

    found = [_in_force(hq, stores[0], day) for day in (TODAY, TOMORROW, IN_TEN_DAYS)]
    assert [one.earn.milli_points_per_yuan for one in found] == [1000, 1000, 1000]
    with hq.desk.read() as connection:
        versions = rule_versions.of_stores(connection, [stores[0].store_id], hq.desk.clock.now_ms())
    assert [(one.version, one.state) for one in versions] == [(3, "coming"), (2, "over"), (1, "in_force")]


def test_what_others_published_for_a_later_day_comes_on_that_day(hq: Hq, stores: list[StoreRow]) -> None:
    """A store's own change from tomorrow on brought HQ's double points of the week after along with it."""
    _publish_both(hq, stores, 1000, 1000)
    with hq.desk.read() as connection:
        revision = rule_drafts.draft(connection, HQ).revision
    _save(hq, HQ, revision, earn__milli_points_per_yuan=2000)
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, HQ, IN_TEN_DAYS))

    _save(hq, _place(stores[0]), 0, member_tags=["vip", "new"])
    assert hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, _place(stores[0]), TOMORROW)) == 1

    found = [_in_force(hq, stores[0], day) for day in (TODAY, TOMORROW, IN_TEN_DAYS)]
    assert [one.earn.milli_points_per_yuan for one in found] == [1000, 1000, 2000]
    assert [one.member_tags for one in found] == [("vip",), ("vip", "new"), ("vip", "new")]
    assert _in_force(hq, stores[1], IN_TEN_DAYS).version == 2
    assert _value(hq, _place(stores[0]), POINTS) == (2000, HQ)  # the tree says the same as before


def test_the_same_rules_can_begin_earlier_than_was_said(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores)
    key = _place(stores[0])
    for day, changed in ((IN_TEN_DAYS, 1), (TOMORROW, 1), (IN_TEN_DAYS, 0)):
        _save(hq, key, 0, earn__milli_points_per_yuan=3000)
        assert hq.desk.run(lambda work, day=day: rule_drafts.publish(work, ADMIN, ALL, key, day)) == changed  # type: ignore[misc]  # a default binds the loop's value

    assert _in_force(hq, stores[0], TOMORROW).earn.milli_points_per_yuan == 3000


def test_a_place_that_says_nothing_more_follows_hq(hq: Hq, stores: list[StoreRow]) -> None:
    _publish_both(hq, stores, 1000, 1000)
    key = _place(stores[0])
    _save(hq, key, 0, earn__milli_points_per_yuan=3000)
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, TOMORROW))

    _save(hq, key, 0, earn__milli_points_per_yuan=INHERIT)
    hq.desk.run(lambda work: rule_drafts.publish(work, ADMIN, ALL, key, TOMORROW))

    assert _in_force(hq, stores[0]).earn.milli_points_per_yuan == 1000


@pytest.mark.parametrize(
    ("role", "store", "allowed"),
    [("store_manager", 0, True), ("store_manager", 1, False), ("service", 0, False), ("auditor", 0, False)],
)
def test_nobody_drafts_for_a_store_that_is_not_theirs(
    hq: Hq, stores: list[StoreRow], role: str, store: int, allowed: bool
) -> None:
    _publish_both(hq, stores)
    viewer, scope = Viewer(login="x", role=role), Scope(frozenset({stores[0].store_id}))

    def save() -> None:
        hq.desk.run(lambda work: rule_drafts.save(work, viewer, scope, _place(stores[store]), 0, {POINTS: 1}))

    if allowed:
        save()
    else:
        with pytest.raises(Refusal, match=r"not_allowed|not_found"):
            save()


def test_the_preview_prices_last_weeks_baskets_by_both(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    _publish_both(hq, stores)
    member_id = hq.desk.ids.new_id()
    rules = _in_force(hq, stores[0])
    for _ in range(3):
        earned = (LotAmount(member_id, "points:2026-12", 10),)
        till_a.append(sale_body(till_a, 1_000, member_id=member_id, points_earned=earned, rule_hash=rule_hash(rules)))
    till_a.push()
    wanted = msgspec.structs.replace(rules, earn=EarnRules(milli_points_per_yuan=3000))

    with hq.desk.read() as connection:
        store_id = stores[0].store_id
        found = rule_preview.preview(
            connection, {store_id: rules}, {store_id: wanted}, TOMORROW, lambda _done, _total: None
        )

    assert (found.baskets, found.changed) == (3, 3)
    assert (found.before.points, found.after.points) == (30, 90)
    assert (found.before.revenue_fen, found.after.revenue_fen) == (3_000, 3_000)
    assert sale_body(till_a, 1).inputs.engine_version == ENGINE_VERSION


def test_it_is_told_who_would_move_between_tiers(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    member_id = hq.desk.ids.new_id()
    till_a.append(sale_body(till_a, 50_000, member_id=member_id))
    till_a.push()
    rules = StoreRules(
        version=1, store_id=stores[0].store_id, tiers=(TierRule(code="gold", name="黄金", threshold_fen=40_000),)
    )

    with hq.desk.read() as connection:
        moves = tiers.tier_moves(connection, rules, TODAY)

    assert [(move.before, move.after, move.members) for move in moves] == [("", "黄金", 1)]


def test_it_is_known_which_till_quotes_by_which_version(hq: Hq, stores: list[StoreRow], till_a: WireTill) -> None:
    _publish_both(hq, stores)
    with hq.desk.read() as connection:
        (one,) = rule_versions.of_stores(connection, [stores[0].store_id], hq.desk.clock.now_ms())
    assert (one.version, one.state, one.tills, one.tills_of_store) == (1, "in_force", (), 1)


@pytest.mark.parametrize(
    ("path", "typed", "value"),
    [
        (POINTS, "1.5", 1500),
        ("points_as_money.share_cap_basis_points", "50", 5000),
        ("top_up.minimum_fen", "12.80", 1280),
        ("member_tags", "vip 宝妈", ["vip", "宝妈"]),
        ("receipt_header", "麦禾\n烘焙", ["麦禾", "烘焙"]),
        ("cash_rounding.step_fen", "50", 50),
        ("member_price", "", False),
    ],
)
def test_a_field_is_typed_as_people_speak(path: str, typed: str, value: object) -> None:
    field = rule_fields.fields()[path]
    assert rule_fields.read(field, typed) == value
    assert rule_fields.typed(field, value) == typed


@pytest.mark.parametrize("path", [POINTS, "top_up.minimum_fen", "tier_window_months", "cash_rounding.step_fen"])
@pytest.mark.parametrize("typed", ["abc", "-1", "1e5", "١", "9" * 30, "1.2345"])
def test_a_figure_that_is_none_is_refused(path: str, typed: str) -> None:
    with pytest.raises(Refusal):
        rule_fields.read(rule_fields.fields()[path], typed)


def test_every_field_of_the_rules_can_be_seen_and_comes_back_unchanged(hq: Hq, stores: list[StoreRow]) -> None:
    rules = seed_rules.community_rules()
    document = rule_fields.document(rule_fields.flatten(rules))
    again = msgspec.convert(document | {"version": 1, "store_id": str(rules.store_id)}, type=StoreRules)
    assert msgspec.structs.replace(again, author=rules.author) == rules


def test_rules_that_spell_out_a_default_have_the_name_that_tills_give_them(hq: Hq, stores: list[StoreRow]) -> None:
    document = {"consent_text_version": "1", "member_price_name": "会员价", "tier_window_months": 12}
    published = hq.desk.run(
        lambda work: rule_configs.publish_rules(work, stores[0].store_id, document, effective_from=TODAY, author="cli")
    )
    read_at_the_till = msgspec.msgpack.decode(msgspec.msgpack.encode(published), type=StoreRules)
    assert rule_hash(read_at_the_till) == rule_hash(published)
