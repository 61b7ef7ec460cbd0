"""Enrolment: a new till introduces itself once, with a code that somebody at HQ gave out.

The till makes its own key and keeps it before it asks, so that an answer lost on the way can be asked for again with
the same key. Called by the command line and by the app's first screen.
"""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_client.ledger import Ledger
from pos_client.sync.hq_api import TooLarge, Transport, ask_to_enrol
from pos_client.sync.keys import TillKeys, load_keys, new_keys, save_keys
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest


def enrol(
    transport: Transport, code: str, ledger: Ledger, key_folder: Path, *, program_version: str = ""
) -> EnrolAnswer:
    """Enrol the till of this ledger. Refuses `enrolled_already`, what HQ refuses (`code_unknown`, `code_used`,
    `code_expired`), and `hq_key_wrong` for an answer that is not whole; raises Unreachable when HQ is silent."""
    if ledger.identity is not None:
        raise Refusal("enrolled_already", till_id=ledger.identity.till_id.hex, epoch=ledger.identity.epoch)
    keys = _own_keys(key_folder)
    try:
        answer = ask_to_enrol(
            transport,
            EnrolRequest(code=code.strip().upper(), public_key=keys.public_key, program_version=program_version),
        )
    except TooLarge:
        raise Refusal("code_unknown") from None
    _check_keys(answer)
    # The keys first: an identity without its phone key could not find a member, keys without an identity only wait.
    save_keys(key_folder, msgspec.structs.replace(keys, phone_key=answer.phone_key, phone_key_id=answer.phone_key_id))
    ledger.adopt_enrolment(answer)
    return answer


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
