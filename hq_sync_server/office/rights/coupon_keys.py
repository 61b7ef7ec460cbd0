"""HQ's coupon keys: they sign printed coupons, and tills know their public halves from the feed.

They lie with HQ's other keys (`coupon-<id>.key`, Ed25519), several at a time: the newest signs, the older ones stay
good for what they signed, until one is revoked because it was stolen. What tills get is certified by HQ's signing key.
"""

import re

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.signing.keys import HqKeys, write_secret
from shared_models import printed_coupons
from shared_models.printed_coupons import CouponKeyRow
from shared_models.refusals import Refusal

_FILE = re.compile(r"coupon-(\d{1,3})\.key")
_encoder = msgspec.msgpack.Encoder()


def all_keys(keys: HqKeys) -> dict[int, Ed25519PrivateKey]:
    """Every coupon key by its id."""
    found = {}
    for path in sorted(keys.folder.iterdir()):
        named = _FILE.fullmatch(path.name)
        if named:
            found[int(named[1])] = Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    return found


def newest(work: Work) -> tuple[int, Ed25519PrivateKey]:
    """(id, key) that signs; the first one is made when it is first needed."""
    gone = work.keys.revoked_coupon_keys()
    usable = {key_id: key for key_id, key in all_keys(work.keys).items() if key_id not in gone}
    if not usable:
        key_id = renew(work)
        return key_id, all_keys(work.keys)[key_id]
    key_id = max(usable)
    return key_id, usable[key_id]


def renew(work: Work) -> int:
    """A new key signs from now on. Refuses `coupon_keys_used_up`."""
    key_id = max(all_keys(work.keys), default=0) + 1
    if key_id > printed_coupons.KEY_ID_MAX:
        raise Refusal("coupon_keys_used_up")
    write_secret(work.keys.folder / f"coupon-{key_id}.key", Ed25519PrivateKey.generate().private_bytes_raw())
    publish(work)
    return key_id


def revoke(work: Work, key_id: int) -> None:
    """Nothing this key signed is redeemed any more. Refuses `coupon_key_unknown`."""
    if key_id not in all_keys(work.keys):
        raise Refusal("coupon_key_unknown", key_id=key_id)
    work.keys.add_revoked_coupon_key(key_id)  # with the keys, where no restored database undoes it
    publish(work)


def publish(work: Work) -> None:
    """Tell tills all keys."""
    gone = work.keys.revoked_coupon_keys()
    for key_id, key in all_keys(work.keys).items():
        verify_key = key.public_key().public_bytes_raw()
        certificate = work.keys.sign(printed_coupons.key_certificate_input(key_id, verify_key))
        row = CouponKeyRow(key_id=key_id, verify_key=verify_key, certificate=certificate, revoked=key_id in gone)
        feed.publish(work, "coupon_key", str(key_id), _encoder.encode(row))


def signed_by_us(work: Work, content: bytes, key_id: int) -> bool:
    """Whether one of HQ's coupon keys signed this."""
    key = all_keys(work.keys).get(key_id)
    return key is not None and printed_coupons.signature_is_right(content, key.public_key().public_bytes_raw())
