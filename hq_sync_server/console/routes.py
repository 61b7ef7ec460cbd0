"""Every page of the console: its address, who may see it, and what answers. The one table of role and route.

`pages` puts nothing on the web that is not here, and asks for the permission before anything else is done. Within a
page the office asks again and shows only the stores of whoever looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi.responses import Response

from hq_sync_server.console import (
    administration,
    background,
    entering,
    exceptions,
    goods,
    home,
    imports,
    members,
    rule_items,
    rules,
    service,
    stores,
)
from hq_sync_server.console.visits import Visit
from hq_sync_server.office.access.roles import Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `permission` None: everybody who is in."""

    method: Literal["GET", "POST"]
    path: str
    permission: Permission | None
    answer: Callable[[Visit], Response]


ENTRANCE = (
    Route("GET", "/login", None, entering.show_login),
    Route("POST", "/login", None, entering.log_in),
    Route("POST", "/logout", None, entering.log_out),
)
"""The only addresses that answer without a session."""

ROUTES = (
    Route("GET", "/", "home.see", home.home),
    Route("POST", "/alerts", "alerts.close", home.close_alert),
    Route("GET", "/password", None, entering.show_password),
    Route("POST", "/password", None, entering.choose_password),
    # stores and tills
    Route("GET", "/stores", "tills.see", stores.show_all),
    Route("GET", "/new-store", "stores.edit", stores.show_form),
    Route("POST", "/new-store", "stores.edit", stores.save),
    Route("POST", "/regions", "stores.edit", stores.add_region),
    Route("GET", "/stores/{code}", "tills.see", stores.show_store),
    Route("GET", "/stores/{code}/edit", "stores.edit", stores.show_form),
    Route("POST", "/stores/{code}/edit", "stores.edit", stores.save),
    Route("POST", "/stores/{code}/enrolment-code", "tills.enrol", stores.new_code),
    Route("GET", "/stores/{code}/{number}", "tills.see", stores.show_till),
    Route("POST", "/stores/{code}/{number}/{deed}", "tills.end", stores.do),
    # members
    Route("GET", "/members", "members.see", members.show_all),
    Route("GET", "/members/{member_id}", "members.see", members.show_one),
    Route("POST", "/members/{member_id}/edit", "members.edit", members.edit),
    Route("POST", "/members/{member_id}/number", "members.edit", members.number),
    Route("POST", "/members/{member_id}/card", "members.edit", members.card),
    Route("POST", "/members/{member_id}/status", "members.edit", members.status),
    Route("POST", "/members/{member_id}/adjust", "members.adjust", members.adjust),
    Route("POST", "/member-requests/{request_id}", "members.agree", members.decide),
    Route("POST", "/members/{member_id}/reveal", "members.reveal", members.reveal),
    Route("GET", "/members/{member_id}/unite", "members.unite", members.show_unite),
    Route("POST", "/members/{member_id}/unite", "members.unite", members.unite),
    Route("POST", "/members/{member_id}/separate", "members.unite", members.separate),
    Route("POST", "/members/{member_id}/export", "members.export", members.export),
    Route("POST", "/members/{member_id}/forget", "members.forget", members.forget),
    Route("GET", "/entries/{entry_id}", "members.see", members.show_why),
    # rules
    Route("GET", "/rules", "rules.see", rules.show),
    Route("GET", "/rules/{place}", "rules.see", rules.show),
    Route("POST", "/rules/{place}", "rules.draft", rules.save),
    Route("POST", "/rules/{place}/preview", "rules.draft", rules.preview),
    Route("POST", "/rules/{place}/discard", "rules.draft", rules.discard),
    Route("POST", "/rules/{place}/roll-back", "rules.draft", rules.roll_back),
    Route("POST", "/rules/{place}/publish", "rules.publish", rules.publish),
    Route("GET", "/rules/{place}/{path}", "rules.see", rule_items.show),
    Route("POST", "/rules/{place}/{path}", "rules.draft", rule_items.save),
    # goods and import
    Route("GET", "/goods", "goods.see", goods.show_all),
    Route("GET", "/new-article", "goods.edit", goods.show_article),
    Route("POST", "/new-article", "goods.edit", goods.save_article),
    Route("GET", "/goods/{goods_id}", "goods.see", goods.show_article),
    Route("POST", "/goods/{goods_id}", "goods.edit", goods.save_article),
    Route("POST", "/goods/{goods_id}/price", "prices.edit", goods.save_price),
    Route("GET", "/grids/{code}", "goods.see", goods.show_grid),
    Route("GET", "/grids/{code}/{page_id}", "goods.see", goods.show_page),
    Route("POST", "/grids/{code}/{page_id}", "grids.edit", goods.save_page),
    Route("GET", "/imports", "imports.do", imports.show),
    Route("POST", "/imports", "imports.do", imports.bring),
    Route("GET", "/imports/{upload_id}", "imports.do", imports.show_file),
    Route("POST", "/imports/{upload_id}", "imports.do", imports.take),
    Route("POST", "/sync-files", "imports.do", imports.bring_sync_file),
    Route("GET", "/sync-files/{upload_id}", "imports.do", imports.show_sync_file),
    Route("POST", "/sync-files/{upload_id}", "imports.do", imports.take_sync_file),
    # background work
    Route("GET", "/jobs", "home.see", background.show_all),
    Route("GET", "/jobs/{job_id}", "home.see", background.show_one),
    # exceptions
    Route("GET", "/exceptions", "exceptions.see", exceptions.show_all),
    Route("POST", "/exceptions/limit", "alerts.limit", exceptions.set_limit),
    Route("GET", "/exceptions/parked", "exceptions.see", exceptions.show_parked),
    Route("GET", "/exceptions/parked/{entry_id}", "exceptions.see", exceptions.show_parked_one),
    Route("POST", "/exceptions/parked/{entry_id}", "exceptions.work", exceptions.try_again),
    Route("GET", "/exceptions/{exception_id}", "exceptions.see", exceptions.show_one),
    Route("POST", "/exceptions/{exception_id}", "exceptions.work", exceptions.change),
    # service desk
    Route("GET", "/tickets", "tickets.see", service.show_tickets),
    Route("POST", "/tickets/{ticket_id}", "tickets.work", service.change_ticket),
    Route("GET", "/articles", "knowledge.edit", service.show_articles),
    Route("POST", "/articles", "knowledge.edit", service.save_article),
    Route("POST", "/articles/{article_id}/remove", "knowledge.edit", service.remove_article),
    # administration
    Route("GET", "/accounts", "accounts.manage", administration.show_people),
    Route("POST", "/accounts", "accounts.manage", administration.add_person),
    Route("POST", "/accounts/{login}/password", "accounts.manage", administration.renew_password),
    Route("POST", "/accounts/{login}/active", "accounts.manage", administration.set_active),
    Route("GET", "/audit", "audit.see", administration.show_audit),
)
