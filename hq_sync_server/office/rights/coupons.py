"""Coupon templates, and giving their coupons to members.

A template is a document: the terms of a coupon without its token, and either the days it is good for from the day it
is issued or the dates themselves. A template once issued keeps its terms: another figure is another template.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, insert, select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rights import tokens
from hq_sync_server.records import bulk, office_tables
from shared_models.moments import business_date_of
from shared_models.promotions import Natural, Scope
from shared_models.refusals import Refusal
from shared_models.sales import CouponTerms

AT_ONCE = 1_000
DOCUMENT_BYTES_MAX = 64 * 1024

Word = Annotated[str, Meta(min_length=1, max_length=64)]


class CouponTemplate(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A template as written. The fields are those of `CouponTerms`; `stores` are codes; `valid_days` counts the day of
    issue as the first (0: `valid_from` and `valid_to` say it)."""

    template_id: Word
    name: Word
    kind: Literal["amount_off", "percent_off", "exchange", "gift"]
    amount_fen: Natural = 0
    percent_off: Annotated[int, Meta(ge=0, le=100)] = 0
    cap_fen: Natural = 0
    minimum_fen: Natural = 0
    goods_ids: tuple[Word, ...] = ()
    scope: Scope = ()
    stores: tuple[Word, ...] = ()
    stacking_group: str = "default"
    excludes_member_discount: bool = False
    valid_days: Natural = 0
    valid_from: str = ""
    valid_to: str = ""
    restored_on_refund: bool = True


def read_template(content: bytes) -> CouponTemplate:
    """A template from its JSON. Refuses `template_invalid(reason)`."""
    if len(content) > DOCUMENT_BYTES_MAX:
        raise Refusal("template_invalid", reason="too large")
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("template_invalid", reason=str(error)) from None
    return template_of(document)


def template_of(document: Mapping[str, object]) -> CouponTemplate:
    """A template from its document. Refuses `template_invalid(reason)`, naming the field."""
    try:
        template = msgspec.convert(document, type=CouponTemplate)
    except msgspec.ValidationError as error:
        raise Refusal("template_invalid", reason=str(error)) from None
    wanting = {
        "amount_off": template.amount_fen > 0,
        "percent_off": template.percent_off > 0,
        "exchange": bool(template.goods_ids),
        "gift": bool(template.goods_ids),
    }
    if not wanting[template.kind]:
        raise Refusal("template_invalid", reason=f"{template.kind} takes nothing off")
    for day in filter(None, (template.valid_from, template.valid_to)):
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Refusal("template_invalid", reason=f"{day} is not a date") from None
    return template


def save_template(work: Work, template: CouponTemplate) -> None:
    """Keep a template. Refuses `template_changed` when one of that id was kept with other terms, `store_unknown`."""
    for code in template.stores:
        stores.store_by_code(work.connection, code)
    document = msgspec.json.encode(template).decode()
    table = office_tables.coupon_templates
    before = work.connection.scalar(select(table.c.document).where(table.c.template_id == template.template_id))
    if before is None:
        work.connection.execute(insert(table).values(template_id=template.template_id, document=document))
    elif before != document:
        raise Refusal("template_changed", template=template.template_id)


def template_by_id(connection: Connection, template_id: str) -> CouponTemplate:
    """A kept template. Refuses `template_unknown`."""
    table = office_tables.coupon_templates
    document = connection.scalar(select(table.c.document).where(table.c.template_id == template_id))
    if document is None:
        raise Refusal("template_unknown", template=template_id)
    return msgspec.json.decode(document, type=CouponTemplate)


def issue(work: Work, template: CouponTemplate, members: Sequence[UUID]) -> list[UUID]:
    """One coupon for each member, published with their rows; the coupons' tokens, in the members' order."""
    terms = terms_of(work, template)
    issued: list[UUID] = []
    for some in bulk.chunks(members, AT_ONCE):
        coupons = [(msgspec.structs.replace(terms, token=work.ids.new_id()), member_id) for member_id in some]
        tokens.issue(work, coupons)
        issued += [coupon.token for coupon, _member_id in coupons]
    return issued


def terms_of(work: Work, template: CouponTemplate) -> CouponTerms:
    """The terms of a coupon of this template issued today, without its token."""
    today = date.fromisoformat(business_date_of(work.now_ms))
    last_day = today + timedelta(days=template.valid_days - 1)
    return CouponTerms(
        token=UUID(int=0),
        template_id=template.template_id,
        name=template.name,
        kind=template.kind,
        amount_fen=template.amount_fen,
        percent_off=template.percent_off,
        cap_fen=template.cap_fen,
        minimum_fen=template.minimum_fen,
        goods_ids=template.goods_ids,
        scope=template.scope,
        stores=tuple(stores.store_by_code(work.connection, code).store_id for code in template.stores),
        stacking_group=template.stacking_group,
        excludes_member_discount=template.excludes_member_discount,
        valid_from=today.isoformat() if template.valid_days else template.valid_from,
        valid_to=last_day.isoformat() if template.valid_days else template.valid_to,
        restored_on_refund=template.restored_on_refund,
    )
