"""HQ's signed word: what it covers, and that it can be read in one way only."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from shared_models.acknowledgement import Acknowledgement, digest_of_given
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.sync import ControlAnswer

TILL = UUID(int=7)
GRANT = GrantAdopted(subject=UUID(int=1), lot="principal:a", granted_total=500)
MOVE = TokenMove(token=UUID(int=2), kind="coupon", version=3, subject=UUID(int=1), terms=b"t")
ANSWER = ControlAnswer(
    request_number=4, outcome="ok", hq_epoch=1, acked_epoch=1, acked_seq=9, acked_hash=b"h" * 32, hq_time_ms=5,
    grants=(GRANT,), tokens=(MOVE,),
)  # fmt: skip


def signed(answer: ControlAnswer) -> bytes:
    return answer.acknowledgement().signed(TILL)


@pytest.mark.parametrize(
    "forged",
    [
        replace(ANSWER, grants=(replace(GRANT, granted_total=501),)),
        replace(ANSWER, grants=(replace(GRANT, lot="principal:b"),)),
        replace(ANSWER, grants=(replace(GRANT, subject=UUID(int=3)),)),
        replace(ANSWER, grants=(GRANT, GRANT)),
        replace(ANSWER, grants=()),
        replace(ANSWER, tokens=()),
        replace(ANSWER, grants=(), tokens=()),
        replace(ANSWER, tokens=(replace(MOVE, version=4),)),
        replace(ANSWER, tokens=(replace(MOVE, kind="home"),)),
        replace(ANSWER, tokens=(replace(MOVE, subject=None),)),
        replace(ANSWER, tokens=(replace(MOVE, terms=b"u"),)),
        replace(ANSWER, tokens=(replace(MOVE, token=UUID(int=3)),)),
        replace(ANSWER, acked_hash=b"i" * 32),
        replace(ANSWER, request_number=5),
    ],
)
def test_nothing_that_an_answer_gives_can_be_changed_on_the_way(forged: ControlAnswer) -> None:
    assert signed(forged) != signed(ANSWER)


def test_an_answer_that_gives_nothing_signs_as_it_always_did() -> None:
    nothing = Acknowledgement(hq_epoch=1, request_number=2, hq_time_ms=3, epoch=4, seq=5, entry_hash=b"h" * 32)

    assert digest_of_given((), ()) == b""
    assert nothing.signed(TILL) == b"".join(
        (b"tillbook-answer-1", TILL.bytes, *(figure.to_bytes(8, "big") for figure in range(1, 6)), b"h" * 32)
    )


def test_a_word_can_be_read_in_one_way_only() -> None:
    given = Acknowledgement(given=b"g" * 32)
    bent = [
        Acknowledgement(entry_hash=b"given" + b"g" * 32),
        Acknowledgement(entry_hash=b"h" * 31),
        Acknowledgement(given=b"g" * 31),
    ]

    assert given.signed(TILL) != Acknowledgement(entry_hash=b"g" * 32).signed(TILL)
    for word in bent:
        with pytest.raises(ValueError, match="no hashes"):
            word.signed(TILL)
