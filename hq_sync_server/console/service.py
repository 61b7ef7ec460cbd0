"""The service desk: tickets that stores opened, and the articles of the knowledge base."""

from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import REFRESH_SECONDS, Visit, go_to
from hq_sync_server.console.words import TICKET_STATUSES as STATUS_NAMES
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.members import tickets
from hq_sync_server.office.organisation import knowledge
from shared_models.refusals import Refusal
from shared_models.service import TICKET_STATUSES, ArticleRow


def show_tickets(visit: Visit) -> Response:
    """What stores ask for, the unsolved first."""
    return _tickets_page(visit, "", {})


def _tickets_page(visit: Visit, wrong_id: str, errors: dict[str, str]) -> Response:
    status = visit.query("status")
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        found = tickets.listed(
            connection, visit.viewer, scope, status=status if status in TICKET_STATUSES else ""
        )  # fmt: skip
    return visit.page(
        "tickets.html",
        status_code=422 if errors else 200,
        tickets=found,
        status=status,
        statuses=[(name, visit.texts.word(STATUS_NAMES, name)) for name in TICKET_STATUSES],
        wrong_id=wrong_id,
        errors=errors,
        refresh=REFRESH_SECONDS,
    )


def change_ticket(visit: Visit) -> Response:
    """Another status, and what the store is told."""
    form = Form(visit.sent, visit.texts)
    status = form.choice("status", TICKET_STATUSES)
    answer = form.text("answer", letters_max=tickets.ANSWER_LETTERS_MAX)
    try:
        ticket_id = UUID(hex=visit.path("ticket_id"))
    except ValueError:
        raise Refusal("not_found") from None
    if form.errors:
        return _tickets_page(visit, ticket_id.hex, form.errors)
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
    visit.desk.run(lambda work: tickets.change(work, visit.viewer, scope, ticket_id, status, answer))
    return go_to("tickets", done="ticket_changed")


def show_articles(visit: Visit) -> Response:
    """All articles, and the one that is being written."""
    chosen = visit.query("article")
    with visit.desk.read() as connection:
        row = next((row for row in knowledge.listed(connection) if row.article_id == chosen), None)
    values = {} if row is None else _values(row)
    return _articles_page(visit, {}, values)


def _articles_page(visit: Visit, errors: dict[str, str], values: dict[str, str]) -> Response:
    with visit.desk.read() as connection:
        found = knowledge.listed(connection)
    return visit.page(
        "articles.html", status_code=422 if errors else 200, articles=found, errors=errors, values=values
    )  # fmt: skip


def save_article(visit: Visit) -> Response:
    """Write one down; it is at every till once tills were heard."""
    form = Form(visit.sent, visit.texts)
    row = ArticleRow(
        article_id=form.text("article_id", letters_max=32, required=True),
        title=form.text("title", letters_max=knowledge.TITLE_LETTERS_MAX, required=True),
        body=form.text("body", letters_max=knowledge.BODY_LETTERS_MAX, required=True),
        words=tuple(form.text("words").split()),
        order=form.whole_number("order", 0, 9_999) if visit.sent.get("order") else 0,
    )
    if not form.errors:
        try:
            visit.desk.run(lambda work: knowledge.save(work, visit.viewer, [row]))
        except Refusal as refusal:
            form.refuse("article_id", refusal)
    if form.errors:
        return _articles_page(visit, form.errors, form.values)
    return go_to("articles", done="article_sent")


def remove_article(visit: Visit) -> Response:
    """It is gone from every till."""
    visit.desk.run(lambda work: knowledge.remove(work, visit.viewer, visit.path("article_id")))
    return go_to("articles", done="article_removed")


def _values(row: ArticleRow) -> dict[str, str]:
    return {
        "article_id": row.article_id,
        "title": row.title,
        "body": row.body,
        "words": " ".join(row.words),
        "order": str(row.order),
    }
