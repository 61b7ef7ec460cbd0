"""Lists within rules: promotions, ladders, tiers, exchange lists, multipliers, an item a form."""

from typing import Any

from fastapi.responses import Response
from msgspec import Struct

from hq_sync_server.console import rule_words
from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import Visit, go_to
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.rules import rule_drafts, rule_fields, rule_tree
from hq_sync_server.office.rules.rule_drafts import INHERIT, may_write
from hq_sync_server.office.rules.rule_fields import Field
from shared_models.refusals import Refusal


def _list_field(visit: Visit) -> Field:
    field = rule_fields.fields().get(visit.path("path"))
    if field is None or field.kind != "list":
        raise Refusal("not_found")
    return field


def show(visit: Visit) -> Response:
    """Every item of the list, each in a form of its own."""
    return _page(visit, {}, -1)


def _page(visit: Visit, errors: dict[str, str], wrong: int) -> Response:
    key, field = visit.path("place"), _list_field(visit)
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        tree = rule_tree.places(connection, scope)
        if key not in tree:
            raise Refusal("not_found")
        draft = rule_drafts.draft(connection, key)
        configs = rule_drafts.configs_with(connection, key)
        one = rule_tree.resolve(configs, rule_tree.chain_to(tree, key))[field.path]
    locked = one.constraint.kind == "locked" and tree[key].level != "hq"
    writes = visit.viewer.may("rules.draft") and may_write(visit.viewer, tree[key]) and not locked
    items = [(place, _kind_of(field, item), item) for place, item in enumerate(one.value)]
    return visit.page(
        "rule_items.html",
        status_code=422 if errors else 200,
        place=tree[key],
        field=field,
        draft=draft,
        is_own=field.path in draft.config.values,
        origin=tree[one.origin].name if one.origin in tree else "",
        items=[(place, kind, _typed(field, kind, item)) for place, kind, item in items],
        columns={kind: rule_fields.item_fields(item) for kind, item in field.items.items()},
        rule_words=rule_words,
        errors=errors,
        wrong=wrong,
        writes=writes,
        values=dict(visit.sent.fields),
    )


def _kind_of(field: Field, item: dict[str, Any]) -> str:
    return str(item.get("kind", "")) if len(field.items) > 1 else next(iter(field.items))


def _typed(field: Field, kind: str, item: dict[str, Any]) -> dict[str, str]:
    parts = rule_fields.item_fields(field.items[kind])
    return {part.path: rule_fields.typed(part, item.get(part.path, part.default)) for part in parts}


def save(visit: Visit) -> Response:
    """Add an item, change one, take one away, or say nothing of one's own any more."""
    key, field, form = visit.path("place"), _list_field(visit), Form(visit.sent, visit.texts)
    deed = form.choice("deed", ("add", "change", "remove", "inherit"))
    kind = visit.sent.get("item_kind")
    place = form.whole_number("item", 0, 10_000) if deed in ("change", "remove") else -1
    item: dict[str, Any] = {}
    if deed in ("add", "change"):
        if kind not in field.items:
            raise Refusal("not_found")
        item = _read(form, field, kind, field.items[kind])
    revision = form.whole_number("revision")
    if form.errors:
        return _page(visit, form.errors, place)

    def act(work: Work) -> object:
        scope = scope_of(work.connection, visit.viewer)
        tree = rule_tree.places(work.connection, scope)
        if key not in tree:
            raise Refusal("not_found")
        configs = rule_drafts.configs_with(work.connection, key)
        effective = rule_tree.resolve(configs, rule_tree.chain_to(tree, key))
        now = list(effective[field.path].value)
        if place >= len(now):
            raise Refusal("not_found")
        if deed in ("add", "change"):
            _check(item, [one for number, one in enumerate(now) if number != place], effective["tiers"].value)
        wanted: Any = {
            "add": [*now, item],
            "change": [*now[:place], item, *now[place + 1 :]],
            "remove": [*now[:place], *now[place + 1 :]],
            "inherit": INHERIT,
        }[deed]
        return rule_drafts.save(work, visit.viewer, scope, key, revision, {field.path: wanted})

    try:
        visit.desk.run(act)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        form.refuse(str(refusal.fields.get("field", "")), refusal)
        return _page(visit, form.errors, place)
    return go_to(f"rules/{key}/{field.path}", done="draft_saved")


def _check(item: dict[str, Any], others: list[dict[str, Any]], tiers: list[dict[str, Any]]) -> None:
    """What is wrong with an item although each of its fields can be read. The refusal names the `field`."""
    for name in _NAMED_BY:
        if name in item and any(one.get(name) == item[name] for one in others):
            raise Refusal("code_twice", field=name)
    if item.get("date_to") and item.get("date_from", "") > item["date_to"]:
        raise Refusal("range_empty", field="date_to")
    for code in item.get("tiers", ()):
        if code not in {tier["code"] for tier in tiers}:
            raise Refusal("tier_unknown", field="tiers", tier=code)


_NAMED_BY = ("promotion_id", "multiplier_id", "item_id", "code")


def _read(form: Form, field: Field, kind: str, item: type[Struct]) -> dict[str, Any]:
    """An item as it was typed; what is as by default is left out."""
    found: dict[str, Any] = {"kind": kind} if len(field.items) > 1 else {}
    for part in rule_fields.item_fields(item):
        required = part.default is None and part.kind in ("text", "money", "whole")
        if required and not form.sent.get(part.path):
            form.refuse(part.path, Refusal("text_missing"))
            continue
        if not form.sent.get(part.path) and part.kind not in ("flag", "words", "rows"):
            continue  # as by default
        value = form.read(part.path, lambda text, part=part: rule_fields.read(part, text), None)  # type: ignore[misc]  # a default binds the loop's value
        if value is not None and value != part.default:
            found[part.path] = value
    return found
