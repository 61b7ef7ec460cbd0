"""Rules: the tree, each field with its value, origin and constraint; drafts, comparison, preview, publication."""

from datetime import date, timedelta
from typing import Any

import msgspec
from fastapi.responses import Response

from hq_sync_server.console import rule_words
from hq_sync_server.console.forms import Form
from hq_sync_server.console.texts import N_
from hq_sync_server.console.visits import Visit, go_to
from hq_sync_server.office.access import background
from hq_sync_server.office.access.background import Progress
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import tiers
from hq_sync_server.office.rules import rule_drafts, rule_fields, rule_preview, rule_tree, rule_versions
from hq_sync_server.office.rules.rule_drafts import INHERIT, Draft, may_write
from hq_sync_server.office.rules.rule_fields import Field
from hq_sync_server.office.rules.rule_tree import HQ, Constraint
from shared_models.moments import business_date_of
from shared_models.refusals import Refusal


def show(visit: Visit) -> Response:
    """The tree and one place of it: the one asked for, or the highest one may write."""
    key = visit.path("place")
    if not key:
        with visit.desk.read() as connection:
            tree = rule_tree.places(connection, scope_of(connection, visit.viewer))
        writable = [one.key for one in tree.values() if may_write(visit.viewer, one)]
        return go_to(f"rules/{(writable or [HQ])[0]}")
    return _page(visit, key)


def _page(
    visit: Visit, key: str, errors: dict[str, str] | None = None, said: str = "", own: set[str] | None = None
) -> Response:
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        tree = rule_tree.places(connection, scope)
        if key not in tree:
            raise Refusal("not_found")
        place, draft = tree[key], rule_drafts.draft(connection, key)
        effective = rule_tree.resolve(rule_drafts.configs_with(connection, key), rule_tree.chain_to(tree, key))
        shown: dict[str, Any] = {
            "counts_of_drafts": rule_drafts.drafts(connection),
            "differences": rule_drafts.compare(connection, key),
            "history": rule_tree.history(connection, key),
            "versions": rule_versions.of_stores(connection, place.stores, visit.now_ms),
        }
    writes = visit.viewer.may("rules.draft") and may_write(visit.viewer, place)
    values = {f"v:{path}": rule_fields.typed(rule_fields.fields()[path], one.value) for path, one in effective.items()}
    for path, one in effective.items():
        values[f"c:{path}"] = one.constraint.kind
        ends = (one.constraint.minimum, one.constraint.maximum) if one.constraint.kind == "range" else (None, None)
        values[f"min:{path}"], values[f"max:{path}"] = (_typed_limit(path, end) for end in ends)
    today = business_date_of(visit.now_ms, visit.texts.time_zone)
    return visit.page(
        "rules.html",
        status_code=422 if errors else 200,
        wrong=[path for path in rule_fields.fields() if _wrong(errors or {}, path)],
        tree=tree,
        place=place,
        draft=draft,
        own=draft.config.values,
        ticked=set(draft.config.values) if own is None else own,
        effective=effective,
        groups=_groups(),
        fields=rule_fields.fields(),
        rule_words=rule_words,
        typed=rule_fields.typed,
        errors=errors or {},
        values={**values, "effective_from": _tomorrow(today), **dict(visit.sent.fields)},
        writes=writes,
        publishes=visit.viewer.may("rules.publish") and may_write(visit.viewer, place),
        said_above=said,
        **shown,
    )


def _wrong(errors: dict[str, str], path: str) -> bool:
    return any(errors.get(f"{part}:{path}") for part in ("v", "min", "max"))


def _groups() -> dict[str, list[Field]]:
    groups: dict[str, list[Field]] = {}
    for field in rule_fields.fields().values():
        groups.setdefault(field.group if field.group in rule_words.GROUPS else "other", []).append(field)
    return groups


def _typed_limit(path: str, value: int | None) -> str:
    return rule_fields.typed(rule_fields.fields()[path], value)


def _tomorrow(today: str) -> str:
    return (date.fromisoformat(today) + timedelta(days=1)).isoformat()


def save(visit: Visit) -> Response:
    """Put what was typed into the draft."""
    key, form = visit.path("place"), Form(visit.sent, visit.texts)
    values: dict[str, Any] = {}
    constraints: dict[str, Constraint] = {}
    own = set(visit.sent.all("own"))
    for path in visit.sent.all("field"):
        field = rule_fields.fields().get(path)
        if field is None or field.kind == "list":
            continue
        if path not in own and _was_typed_over(form, field):
            own.add(path)  # who types a value means it, ticked or not
        values[path] = form.read(f"v:{path}", _reader(field), None) if path in own else INHERIT
        if key == HQ:
            constraints[path] = _constraint(form, field)
    revision = form.whole_number("revision")
    if form.errors:
        return _page(visit, key, form.errors, own=own)

    def act(work: Work) -> Draft:
        scope = scope_of(work.connection, visit.viewer)
        return rule_drafts.save(work, visit.viewer, scope, key, revision, values, constraints)

    try:
        visit.desk.run(act)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        path = str(refusal.fields.get("path", ""))
        if refusal.code == "draft_changed":
            refusal = _with_names(visit, refusal)
        said = visit.texts.refusal(refusal)
        return _page(visit, key, {f"v:{path}": said} if path else {"draft": said}, "" if path else said, own)
    return go_to(f"rules/{key}", done="draft_saved")


def _was_typed_over(form: Form, field: Field) -> bool:
    """Whether the value is another than the inherited one that was shown."""
    was = next((value for name, value in form.sent.fields if name == f"was:{field.path}"), None)
    return was is not None and was.split() != form.sent.get(f"v:{field.path}").split()


def _with_names(visit: Visit, refusal: Refusal) -> Refusal:
    """Fields as people call them."""
    paths = str(refusal.fields.get("fields", "")).split(", ")
    names = [visit.texts.word(rule_words.FIELDS, path) for path in paths if path != "*"]
    said = visit.texts.say(N_(", ")).join(names) or visit.texts.say(N_("all of it"))
    return Refusal(refusal.code, by=refusal.fields.get("by"), fields=said)


def _reader(field: Field) -> Any:
    return lambda text: rule_fields.read(field, text)


def _constraint(form: Form, field: Field) -> Constraint:
    kind = form.sent.get(f"c:{field.path}", "free")
    if kind == "locked":
        return Constraint(kind="locked")
    if kind == "range" and field.can_have_range:
        for end in ("min", "max"):
            if not form.sent.get(f"{end}:{field.path}"):
                form.refuse(f"max:{field.path}", Refusal("range_missing"))
        low = form.read(f"min:{field.path}", _reader(field), 0)
        high = form.read(f"max:{field.path}", _reader(field), 0)
        if low > high:
            form.refuse(f"max:{field.path}", Refusal("range_empty"))
        return Constraint(kind="range", minimum=low, maximum=high)
    return Constraint()


def discard(visit: Visit) -> Response:
    """The draft is thrown away."""
    key = visit.path("place")
    visit.desk.run(lambda work: rule_drafts.discard(work, visit.viewer, scope_of(work.connection, visit.viewer), key))
    return go_to(f"rules/{key}", done="draft_discarded")


def roll_back(visit: Visit) -> Response:
    """An earlier version becomes the draft."""
    key, form = visit.path("place"), Form(visit.sent, visit.texts)
    version = form.whole_number("version")
    visit.desk.run(
        lambda work: rule_drafts.roll_back(work, visit.viewer, scope_of(work.connection, visit.viewer), key, version)
    )
    return go_to(f"rules/{key}", done="draft_loaded")


def publish(visit: Visit) -> Response:
    """The draft becomes what tills do from a day on."""
    key, day = visit.path("place"), visit.sent.get("effective_from")

    def act(work: Work) -> int:
        scope = scope_of(work.connection, visit.viewer)
        return rule_drafts.publish(work, visit.viewer, scope, key, day)

    try:
        visit.desk.run(act)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        return _page(visit, key, {"effective_from": visit.texts.refusal(refusal)})
    return go_to(f"rules/{key}", done="rules_published")


def preview(visit: Visit) -> Response:
    """Last week's baskets under the draft, in the background."""
    key, desk = visit.path("place"), visit.desk
    today = business_date_of(visit.now_ms, visit.texts.time_zone)

    def gather(work: Work) -> tuple[dict[Any, Any], dict[Any, Any]]:
        scope = scope_of(work.connection, visit.viewer)
        wanted = rule_drafts.rules_with_draft(work, scope, key)
        current = rule_versions.in_force(work.connection, today)
        by_store = {rules.store_id: rules for rules in wanted.values()}
        return {one: current[one] for one in by_store if one in current}, by_store

    try:
        current, wanted = desk.run(gather)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        return _page(visit, key, {"draft": visit.texts.refusal(refusal)}, visit.texts.refusal(refusal))

    def do(progress: Progress) -> dict[str, Any]:
        with desk.read() as connection:
            found = rule_preview.preview(connection, current, wanted, today, progress.tell)
            one = next(iter(wanted.values()), None)
            moves = tiers.tier_moves(connection, one, today) if one is not None and _tiers_differ() else []
        return {"preview": msgspec.to_builtins(found), "moves": msgspec.to_builtins(moves)}

    def _tiers_differ() -> bool:
        terms = ((wanted[one], current[one]) for one in current)
        return any((new.tiers, new.tier_window_months) != (old.tiers, old.tier_window_months) for new, old in terms)

    job_id = background.begin(desk, visit.viewer, "preview", {"place": key}, do)
    return go_to(f"jobs/{job_id.hex}")
