"""Goods of the made-up bakery chain: bread without codes, drinks and packaged food with EAN-13, fruit by weight.

Names are combined from words of the trade, so that 2,000 of them read like a real price list; prices end as shops let
them end. Used by `tests.together.seed_chain` alone.
"""

import itertools
import random
from collections.abc import Iterator

from shared_models.barcodes import check_digit
from shared_models.catalog import GoodsRow
from shared_models.sales import Price


def _priced(text: str) -> tuple[tuple[str, int], ...]:
    """(name, fen) of words such as `吐司:1280`."""
    return tuple((name, int(fen)) for name, fen in (word.split(":") for word in text.split()))


BREAD_FLAVOURS = """
    原味 红豆 抹茶 芝士 巧克力 蔓越莓 肉松 椰蓉 奶酥 黑糖 葡萄干 核桃 南瓜 紫薯 咖啡 榴莲 芋泥 海盐 蜂蜜 全麦
""".split()
BREADS = (
    *(
        (name, fen, "bread")
        for name, fen in _priced(
            "吐司:1280 欧包:1680 可颂:980 小餐包:680 贝果:880 软法:1180 菠萝包:700 毛毛虫面包:850 手撕包:1580 司康:900"
        )
    ),
    *((name, fen, "pastry") for name, fen in _priced("蛋挞:500 泡芙:600 麻薯:350 曲奇:1980 甜甜圈:780 铜锣烧:650")),
    *((name, fen, "cake") for name, fen in _priced("蛋糕卷:2600 戚风蛋糕:2800 慕斯杯:1880 千层切块:2280")),
)
CAKE_KINDS = (
    "鲜果裱花蛋糕",
    "黑森林蛋糕",
    "提拉米苏蛋糕",
    "芒果千层蛋糕",
    "草莓奶油蛋糕",
    "栗子蒙布朗蛋糕",
    "酸奶慕斯蛋糕",
    "生日寿桃蛋糕",
)
CAKE_SIZES = (("6寸", 12800), ("8寸", 16800), ("10寸", 23800))
DRINK_BRANDS = "晨曦牧场 麦禾 山泉里 果然鲜 茶屿 北坡 半日闲 青柠社 云顶 悦活源".split()
DRINKS = _priced(
    """
    纯牛奶:450 酸奶:650 燕麦奶:780 豆浆:400 橙汁:880 苹果汁:850 乌龙茶:500 茉莉花茶:500 柠檬茶:550 美式咖啡:990
    拿铁咖啡:1090 气泡水:480 矿泉水:200 椰子水:950 可可牛奶:720
    """
)
DRINK_SIZES = (("250ml", 100), ("330ml", 120), ("500ml", 160), ("1L", 260))
FRUITS = _priced(
    """
    红富士苹果:899 皇冠梨:699 香蕉:459 巨峰葡萄:1290 阳光玫瑰葡萄:2590 砂糖橘:690 赣南脐橙:790 沃柑:890
    火龙果:980 猕猴桃:1090 芒果:1190 凤梨:650 麒麟西瓜:459 哈密瓜:590 红颜草莓:3280 蓝莓:3990 车厘子:4990
    水蜜桃:1290 黑布林:990 蜜柚:450 金枕榴莲:2890 山竹:2190 桂圆:1390 妃子笑荔枝:1690 木瓜:590 百香果:1290
    石榴:1090 冬枣:1390 柿子:690 圣女果:890
    """
)
FRUIT_GRADES = (("", 100), ("精选", 130), ("有机", 180), ("特惠", 80))
FOOD_BRANDS = "麦禾 老街坊 谷语 小满 稻香田 粒粒 山野集 团圆 知味 阿嬷 半亩 北纬".split()
FOODS = _priced(
    """
    苏打饼干:890 威化:650 薯片:780 海苔:1290 每日坚果:1590 山核桃仁:2980 果干:1390 牛肉干:3280 凤梨酥:2680
    蛋黄酥:3280 沙琪玛:1180 麦片:2390 蜂蜜:3590 果酱:1980 花生酱:1880 水果糖:690 巧克力排块:1290 月饼礼盒:12800
    桃酥:1480 绿豆糕:1680
    """
)
FOOD_SIZES = (("80g", 70), ("150g", 100), ("300g", 170), ("500g", 240))
TAX_OF = {"fruit": 900}
TAX_ELSE = 1300
PARTY_GOODS = (
    ("打包袋(大)", 50),
    ("打包袋(小)", 30),
    ("生日蜡烛", 500),
    ("数字蜡烛", 300),
    ("蛋糕刀叉套装", 200),
    ("生日帽", 200),
)


def _shop_price(fen: int) -> int:
    """Prices end in 0, 5, 8 or 9 jiao."""
    jiao = fen // 10
    return max(20, (jiao - jiao % 10 + {0: 0, 1: 0, 2: 0, 3: 5, 4: 5, 5: 5, 6: 5, 7: 8, 8: 8, 9: 9}[jiao % 10]) * 10)


def make_goods(randomness: random.Random, count: int) -> list[GoodsRow]:
    """`count` articles (at most some 2,100): all of the bakery's own, all fruit, then drinks and packaged food in turn.

    No name, article number, barcode or PLU comes twice.
    """
    own = [*_breads(), *_cakes(), *_fruit(), *_party_goods()]
    bought_in = itertools.chain(*itertools.zip_longest(_drinks(randomness), _packaged_food(randomness)))
    goods = [*own, *(row for row in bought_in if row is not None)][:count]
    if len(goods) < count:
        raise ValueError(f"there are words for {len(goods)} goods only")
    return goods


def _tax(category: str) -> int:
    return TAX_OF.get(category, TAX_ELSE)


def _breads() -> Iterator[GoodsRow]:
    """Sold from the touch grid: no code, by the piece, better today than tomorrow."""
    for number, ((thing, fen, category), flavour) in enumerate(itertools.product(BREADS, BREAD_FLAVOURS), start=1):
        price_fen = _shop_price(fen + 40 * BREAD_FLAVOURS.index(flavour))
        yield GoodsRow(
            goods_id=f"B{number:04d}",
            name=flavour + thing,
            price=Price(price_fen),
            member_price=Price(price_fen - 100) if number % 9 == 0 else None,
            category=category,
            tags=("baked_today",) if category != "cake" else (),
            tax_category="food",
            tax_rate_basis_points=_tax(category),
        )


def _cakes() -> Iterator[GoodsRow]:
    for number, (kind, (size, fen)) in enumerate(itertools.product(CAKE_KINDS, CAKE_SIZES), start=1):
        yield GoodsRow(
            goods_id=f"C{number:04d}",
            name=f"{kind}{size}",
            price=Price(fen),
            category="birthday_cake",
            tax_category="food",
            tax_rate_basis_points=_tax("birthday_cake"),
        )


def _fruit() -> Iterator[GoodsRow]:
    """Sold by weight, priced by the jin, with a PLU that the scale's labels carry."""
    for number, ((fruit, fen), (grade, percent)) in enumerate(itertools.product(FRUITS, FRUIT_GRADES), start=1):
        yield GoodsRow(
            goods_id=f"F{number:04d}",
            name=grade + fruit,
            plu=f"{10000 + number}",
            price=Price(_shop_price(fen * percent // 100), 500),
            unit="jin",
            weighed=True,
            category="fruit",
            tags=("special",) if grade == "特惠" else (),
            tax_category="fruit",
            tax_rate_basis_points=_tax("fruit"),
        )


def _party_goods() -> Iterator[GoodsRow]:
    for number, (name, fen) in enumerate(PARTY_GOODS, start=1):
        yield GoodsRow(
            goods_id=f"P{number:04d}",
            name=name,
            price=Price(fen),
            category="service",
            tax_category="service",
            tax_rate_basis_points=TAX_ELSE,
            no_discount=True,
            no_points=True,
        )
    yield GoodsRow(
        goods_id="P0090", name="其他商品", open_price=True, category="service", tax_rate_basis_points=TAX_ELSE
    )


def _bought_in(number: int, name: str, fen: int, category: str, maker: int) -> GoodsRow:
    price_fen = _shop_price(fen)
    first_twelve = f"69{50000 + maker:05d}{number:05d}"
    return GoodsRow(
        goods_id=f"{category[0].upper()}{number:05d}",
        name=name,
        barcodes=(first_twelve + check_digit(first_twelve),),
        price=Price(price_fen),
        member_price=Price(price_fen * 9 // 100 * 10) if number % 11 == 0 and price_fen >= 500 else None,
        category=category,
        tax_category="food",
        tax_rate_basis_points=_tax(category),
    )


def _drinks(randomness: random.Random) -> Iterator[GoodsRow]:
    kinds = list(itertools.product(DRINK_BRANDS, DRINKS, DRINK_SIZES))
    randomness.shuffle(kinds)
    for number, (brand, (drink, fen), (size, percent)) in enumerate(kinds, start=1):
        maker = DRINK_BRANDS.index(brand)
        yield _bought_in(number, f"{brand}{drink}{size}", fen * percent // 100, "drink", maker)


def _packaged_food(randomness: random.Random) -> Iterator[GoodsRow]:
    kinds = list(itertools.product(FOOD_BRANDS, FOODS, FOOD_SIZES))
    randomness.shuffle(kinds)
    for number, (brand, (food, fen), (size, percent)) in enumerate(kinds, start=1):
        maker = 100 + FOOD_BRANDS.index(brand)
        yield _bought_in(number, f"{brand}{food}{size}", fen * percent // 100, "grocery", maker)
