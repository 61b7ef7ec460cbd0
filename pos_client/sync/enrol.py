"""Enrolment: a till introduces itself, with a code that somebody at HQ gave out; once, or again when it has to.

The till makes its own key and keeps it before it asks, so that an answer lost on the way can be asked for again with
the same key. Called by the command line and by the app's first screen.
"""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.ledger import Ledger
from pos_client.sync.hq_api import TooLarge, Transport, ask_to_enrol
from pos_client.sync.keys import TillKeys, drop_next_keys, load_keys, new_keys, next_keys, save_keys
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest


def enrol(
    transport: Transport, code: str, ledger: Ledger, key_folder: Path, *, program_version: str = ""
) -> EnrolAnswer:
    """Enrol the till of this ledger; with a code that HQ gave for that, enrol it again, under another key and in a new
    epoch. Refuses `enrolled_already`, what HQ refuses (`code_unknown`, `code_used`, `code_expired`,
    `book_of_another_till`), and `hq_key_wrong` for an answer that is not whole; raises Unreachable when HQ is silent.
    """
    again = ledger.identity is not None
    request = EnrolRequest(code=code.strip().upper(), public_key=b"", program_version=program_version)
    if again:
        request = _with_book(request, ledger)
    keys, answer = _ask(transport, request, key_folder, again=again)
    _check_keys(answer)
    kept = msgspec.structs.replace(keys, phone_key=answer.phone_key, phone_key_id=answer.phone_key_id)
    if again:
        # The old key stays in use until the book has taken the new epoch in; asked again, HQ says the same.
        _adopt_again(ledger, answer)
        save_keys(key_folder, kept)
    else:
        # The keys first: an identity without its phone key could not find a member, keys without an identity only wait.
        save_keys(key_folder, kept)
        ledger.adopt_enrolment(answer)
    drop_next_keys(key_folder)
    return answer


def _with_book(request: EnrolRequest, ledger: Ledger) -> EnrolRequest:
    """What this till's book is, and where it ends."""
    identity, head = ledger.identity, ledger.head()
    assert identity is not None, "it has a book"
    return msgspec.structs.replace(
        request,
        previous_till_id=identity.till_id,
        previous_epoch=head.epoch,
        previous_seq=head.seq,
        previous_hash=head.entry_hash,
    )


def _ask(transport: Transport, request: EnrolRequest, key_folder: Path, *, again: bool) -> tuple[TillKeys, EnrolAnswer]:
    """(the key HQ knows from now on, its answer). A key that HQ has known before is not asked with twice."""
    keys = next_keys(key_folder) if again else _own_keys(key_folder)
    try:
        return keys, _answer(transport, request, keys)
    except Refusal as refusal:
        if refusal.code != "key_wrong" or again:
            raise
    keys = next_keys(key_folder)
    return keys, _answer(transport, request, keys)


def _answer(transport: Transport, request: EnrolRequest, keys: TillKeys) -> EnrolAnswer:
    try:
        return ask_to_enrol(transport, msgspec.structs.replace(request, public_key=keys.public_key))
    except TooLarge:
        raise Refusal("code_unknown") from None


def _adopt_again(ledger: Ledger, answer: EnrolAnswer) -> None:
    known = ledger.identity
    assert known is not None, "it is enrolled already"
    if (answer.till_id, answer.epoch) == (known.till_id, known.epoch) and ledger.is_enrolled_again():
        return  # the power went between the book and the key
    ledger.adopt_enrolment(answer)


def _own_keys(key_folder: Path) -> TillKeys:
    try:
        return load_keys(key_folder)
    except Refusal as refusal:
        if refusal.code != "keys_missing":
            raise
    keys = new_keys()
    save_keys(key_folder, keys)
    return keys


def _check_keys(answer: EnrolAnswer) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(answer.hq_verify_key)
    except ValueError:
        raise Refusal("hq_key_wrong") from None
    if len(answer.hq_seal_key) != 32 or not answer.phone_key:
        raise Refusal("hq_key_wrong")
