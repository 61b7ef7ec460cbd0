"""People of the made-up chain: names, telephone numbers, birthdays, tiers and opening balances by a seed.

Nobody here exists: names are drawn from common characters and numbers from the ranges of mobile networks. Used by
`tests.together.seed_chain` alone.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from shared_models.codes import CARD_BITS, member_code
from shared_models.moments import month_after

# Surname and how many of a thousand people bear it, roughly.
SURNAMES = tuple(
    (word.split(":")[0], int(word.split(":")[1]))
    for word in """
    王:72 李:72 张:68 刘:54 陈:46 杨:31 黄:23 赵:21 吴:20 周:19 徐:15 孙:14 马:13 朱:12 胡:11 郭:11 何:10 林:10
    高:9 罗:9 郑:9 梁:8 谢:8 宋:7 唐:7 许:6 韩:6 邓:6 冯:6 曹:5 彭:5 曾:5 肖:5 田:5 董:5 潘:5 袁:4 蔡:4 蒋:4
    余:4 于:4 杜:4 叶:4 程:4 魏:4 苏:4 吕:4 丁:4 沈:3 任:3 姚:3 卢:3 钟:3 姜:3 崔:3 谭:3 陆:3 范:3 欧阳:1 上官:1
    """.split()
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅琳晨雨欣怡梓涵子轩浩宇思佳诗雅博文"
    "俊凯嘉慧颖婷雪倩莹琪瑶晓云飞龙翔鹏志远国庆建春兰菊香美玲珍凤洁梦晴可心若曦安然乐天一诺沐辰语桐知夏景行书瑾望舒"
)
MOBILE_PREFIXES = (
    "130", "131", "132", "133", "135", "136", "137", "138", "139", "150", "151", "152", "153", "155", "156", "157",
    "158", "159", "176", "177", "178", "180", "181", "182", "183", "185", "186", "187", "188", "189", "198", "199",
)  # fmt: skip
TIERS = (("standard", 70), ("silver", 20), ("gold", 8), ("black", 2))
TAGS = ("宝妈", "上班族", "学生", "低糖", "爱吐司", "常订蛋糕")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedMember:
    """A member as the system before would export one. Money in fen; `points_until` is a month or ''."""

    phone: str
    name: str
    birthday: str
    tier: str
    card: str
    home_store: str
    tags: tuple[str, ...]
    principal_fen: int
    bonus_fen: int
    points: int
    points_until: str


def names(randomness: random.Random) -> Iterator[str]:
    """Names without end."""
    surnames = [surname for surname, _ in SURNAMES]
    weights = list(accumulate(weight for _, weight in SURNAMES))
    while True:
        (surname,) = randomness.choices(surnames, cum_weights=weights)
        length = 2 if randomness.random() < 0.8 else 1
        yield surname + "".join(randomness.choices(GIVEN, k=length))


def phones(randomness: random.Random) -> Iterator[str]:
    """Mobile numbers without end, none twice."""
    seen: set[str] = set()
    while True:
        number = randomness.choice(MOBILE_PREFIXES) + f"{randomness.randrange(10**8):08d}"
        if number not in seen:
            seen.add(number)
            yield number


def member_cards(randomness: random.Random) -> Iterator[str]:
    """Codes of member cards without end; of 60 bits, so none comes twice."""
    while True:
        yield member_code(randomness.getrandbits(CARD_BITS))


def _birthday(randomness: random.Random, today: date) -> str:
    if randomness.random() < 0.25:
        return ""
    age_days = randomness.randrange(16 * 365, 72 * 365)
    return (today - timedelta(days=age_days)).isoformat()


def _stored_value(randomness: random.Random) -> tuple[int, int]:
    """(principal, bonus) left, fen: two members of five have some, of top-ups of 100 to 3,000 yuan."""
    if randomness.random() < 0.6:
        return 0, 0
    paid_in_fen = randomness.choice((10_000, 30_000, 30_000, 50_000, 50_000, 100_000, 300_000))
    bonus_basis_points = {100_000: 500, 300_000: 800}.get(paid_in_fen, 300)
    left_in_thousand = randomness.randrange(20, 1000)
    principal_fen = paid_in_fen * left_in_thousand // 1000
    return principal_fen, paid_in_fen * bonus_basis_points // 10_000 * left_in_thousand // 1000


def make_members(
    randomness: random.Random, count: int, stores: tuple[str, ...], business_date: str
) -> list[SeedMember]:
    """`count` members of the stores named by their codes, with what they bring along on `business_date`."""
    today = date.fromisoformat(business_date)
    months = [month_after(business_date, ahead) for ahead in range(13)]
    tiers = [tier for tier, _ in TIERS]
    tier_weights = list(accumulate(weight for _, weight in TIERS))
    name_source, phone_source, cards = names(randomness), phones(randomness), member_cards(randomness)
    members = []
    for _ in range(count):
        principal_fen, bonus_fen = _stored_value(randomness)
        points = 0 if randomness.random() < 0.15 else randomness.randrange(1, 6000)
        members.append(
            SeedMember(
                phone=next(phone_source),
                name=next(name_source),
                birthday=_birthday(randomness, today),
                tier=randomness.choices(tiers, cum_weights=tier_weights)[0],
                card=next(cards) if randomness.random() < 0.7 else "",
                home_store=randomness.choice(stores),
                tags=(randomness.choice(TAGS),) if randomness.random() < 0.3 else (),
                principal_fen=principal_fen,
                bonus_fen=bonus_fen,
                points=points,
                points_until=randomness.choice(months) if points else "",
            )
        )
    return members
