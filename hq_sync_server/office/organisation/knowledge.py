"""The knowledge base: short articles for the counter, written here and published to every till."""

import re
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, delete, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import bulk, service_tables
from shared_models.refusals import Refusal
from shared_models.service import ArticleRow

TITLE_LETTERS_MAX = 60
BODY_LETTERS_MAX = 4_000
ARTICLES_MAX = 2_000
ARTICLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_articles = service_tables.articles


def listed(connection: Connection) -> list[ArticleRow]:
    """All articles, in their order."""
    rows = connection.scalars(select(_articles.c.row))
    found = (msgspec.msgpack.decode(row, type=ArticleRow) for row in rows)
    return sorted(found, key=lambda row: (row.order, row.article_id))


def save(work: Work, viewer: Viewer, articles: Iterable[ArticleRow]) -> int:
    """Add or change articles and publish them; how many. Refuses `not_allowed`, `article_id_invalid`, `text_missing`,
    `text_too_long`, `articles_too_many`."""
    viewer.require("knowledge.edit")
    wanted = list(articles)
    for row in wanted:
        _check(row)
    known = {row.article_id for row in listed(work.connection)}
    if len(known | {row.article_id for row in wanted}) > ARTICLES_MAX:
        raise Refusal("articles_too_many", count_max=ARTICLES_MAX)
    columns = ("article_id", "row", "changed_at_ms", "changed_by")
    rows = [(row.article_id, msgspec.msgpack.encode(row), work.now_ms, viewer.login) for row in wanted]
    bulk.upsert(work.connection, _articles, columns, rows)
    feed.publish_many(work, [feed.FeedChange("article", row[0], row[1]) for row in rows])
    for row in wanted:
        audit.note(work, viewer, "article_saved", f"article:{row.article_id}", {}, {"title": row.title})
    return len(rows)


def remove(work: Work, viewer: Viewer, article_id: str) -> None:
    """It is gone from every till. Refuses `not_allowed`, `not_found`."""
    viewer.require("knowledge.edit")
    gone = work.connection.execute(delete(_articles).where(_articles.c.article_id == article_id))
    if not gone.rowcount:
        raise Refusal("not_found")
    feed.publish_many(work, [feed.FeedChange("article", article_id, deleted=True)])
    audit.note(work, viewer, "article_removed", f"article:{article_id}")


def _check(row: ArticleRow) -> None:
    if not ARTICLE_ID.fullmatch(row.article_id):
        raise Refusal("article_id_invalid", article_id=row.article_id)
    if not row.title or not row.body:
        raise Refusal("text_missing")
    if len(row.title) > TITLE_LETTERS_MAX:
        raise Refusal("text_too_long", letters_max=TITLE_LETTERS_MAX)
    if len(row.body) > BODY_LETTERS_MAX:
        raise Refusal("text_too_long", letters_max=BODY_LETTERS_MAX)
