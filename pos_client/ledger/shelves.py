"""Goods in the mirror: by code, PLU, name and pinyin initials, and what they cost in a store."""

from uuid import UUID

from sqlalchemy import bindparam, select

from pos_client.ledger.database import prepared
from pos_client.ledger.finding import after, with_all_terms
from pos_client.ledger.mirror import Mirror
from pos_client.ledger.mirror_rows import goods_decoder
from pos_client.ledger.names import TERMS_MAX, Search, folded, search_of
from pos_client.ledger.tables import goods, goods_terms
from shared_models.catalog import GoodsRow
from shared_models.sales import Price

CANDIDATES_MAX = 400

_BY_ID = prepared(select(goods.c.payload).where(goods.c.goods_id == bindparam("goods_id"), goods.c.deleted == 0))
_BY_TERM = prepared(
    select(goods.c.payload)
    .join(goods_terms, goods_terms.c.number == goods.c.number)
    .where(goods_terms.c.term == bindparam("term"))
    .order_by(goods.c.number)
)
_BY_BEGINNING = prepared(
    select(goods.c.payload)
    .join(goods_terms, goods_terms.c.number == goods.c.number)
    .where(goods_terms.c.term >= bindparam("first"), goods_terms.c.term < bindparam("after"))
    .order_by(goods_terms.c.term)
    .limit(CANDIDATES_MAX)
    .distinct()
)


_BY_TERMS = {
    count: prepared(with_all_terms(goods, goods_terms, count, CANDIDATES_MAX)) for count in range(1, TERMS_MAX + 1)
}


class Shelves(Mirror):
    """The room in which goods are found."""

    def goods(self, goods_id: str) -> GoodsRow | None:
        """An article by the chain's own number."""
        row = self._mirror.row(_BY_ID, {"goods_id": goods_id})
        return goods_decoder.decode(row[0]) if row else None

    def goods_by_code(self, code: str) -> GoodsRow | None:
        """An article by barcode, own number or PLU; of several that share a code, an active one first."""
        return self._best(f"b{code}")

    def goods_by_plu(self, plu: str) -> GoodsRow | None:
        """An article by PLU, as typed or printed on a scale label: leading zeros do not count."""
        found = self._best(f"p{plu}")
        bare = plu.lstrip("0")
        return found if found is not None or bare == plu or not bare else self._best(f"p{bare}")

    def search_goods(self, text: str, limit: int = 20) -> list[GoodsRow]:
        """Active goods by code, PLU, part of the name, or pinyin initials; those that begin with it first."""
        plain, search = folded(text), search_of(text)
        found: dict[str, GoodsRow] = {}
        for payload in self._candidates(plain, search):
            article = goods_decoder.decode(payload)
            if article.active and search.fits(article.name, article.name_en):
                found.setdefault(article.goods_id, article)
        ranked = sorted(found.values(), key=lambda article: (not folded(article.name).startswith(plain), article.name))
        return ranked[:limit]

    def price_of(self, goods_id: str, store_id: UUID | None = None) -> Price | None:
        """What an article costs in a store (this till's when none is named): its own price, else the chain's. None for
        unknown goods."""
        wanted = store_id or (self._identity.store_id if self._identity else None)
        if wanted is not None:
            own = self._object("goods_price", f"{wanted.hex}/{goods_id}", Price)
            if own is not None:
                return own
        article = self.goods(goods_id)
        return article.price if article else None

    def _best(self, term: str) -> GoodsRow | None:
        rows = self._mirror.rows(_BY_TERM, {"term": term})
        found = [goods_decoder.decode(row[0]) for row in rows]
        return max(found, key=lambda article: article.active, default=None)

    def _candidates(self, plain: str, search: Search) -> list[bytes]:
        rows: list[tuple[bytes]] = []
        if search.terms:
            asked = {f"term_{place}": term for place, term in enumerate(search.terms)}
            rows += self._mirror.rows(_BY_TERMS[len(search.terms)], asked)
        beginnings = search.beginnings
        if plain and plain.isascii():
            beginnings = (*beginnings, f"b{plain}", f"p{plain}")
        for beginning in beginnings:
            rows += self._mirror.rows(_BY_BEGINNING, {"first": beginning, "after": after(beginning)})
        return [row[0] for row in rows]
