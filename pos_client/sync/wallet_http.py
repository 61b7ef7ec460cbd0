"""A wallet's provider over HTTP: one small JSON interface, as aggregators of WeChat Pay and Alipay offer it.

    POST /v1/payments                {"payment_id", "wallet", "amount_fen", "payment_code", "merchant"}
    GET  /v1/payments/{id}           how it stands
    POST /v1/payments/{id}/reverse   give it back, and never take it
    POST /v1/payments/{id}/refunds   {"refund_id", "amount_fen"}

Answers are {"state": "paid|waiting|refused|reversed|returned|not_returned|not_reversed", "trade_number", "code",
"amount_fen"}; 404 is a payment nobody heard of. Requests carry an HMAC-SHA256 of method, path and body under the
merchant's key. Beside `hq_api` the only module that uses the network. A payment code is never logged.
"""

import hashlib
import hmac
from typing import Any, Literal, get_args
from uuid import UUID

import httpx
import msgspec

from pos_client.devices.wallets import Told, WalletAnswer, WalletKind
from shared_models.refusals import Refusal

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 8.0
ANSWER_BYTES_MAX = 64 * 1024
SIGNATURE_HEADER = "X-Signature"
_WORD_LENGTH_MAX = 64


class _Answer(msgspec.Struct):
    state: Literal["paid", "waiting", "refused", "reversed", "not_reversed", "returned", "not_returned"]
    trade_number: str = ""
    code: str = ""
    amount_fen: int | None = None


_decoder = msgspec.json.Decoder(_Answer)
assert set(get_args(_Answer.__annotations__["state"])) <= set(get_args(Told))


def signature(key: bytes, method: str, path: str, body: bytes) -> str:
    """What a request carries: HMAC-SHA256 (RFC 2104), hex, over method, path and body."""
    return hmac.new(key, b"\n".join((method.encode(), path.encode(), body)), hashlib.sha256).hexdigest()


class HttpWalletProvider:
    """One provider of one merchant. For several threads. Refuses `setting_invalid` for a wrong address."""

    def __init__(
        self, base_url: str, merchant: str, key: bytes, *, name: str = "", answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        try:
            self.name = name or httpx.URL(base_url).host or "wallets"
        except httpx.InvalidURL:
            raise Refusal("setting_invalid", name="wallet_url") from None
        self._merchant = merchant
        self._key = key
        timeout = httpx.Timeout(answer_seconds, connect=min(answer_seconds, CONNECT_SECONDS))
        self._client = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False, follow_redirects=False)

    def pay(self, payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> WalletAnswer:
        """Take the money. `not_sent` is said only where no connection came about."""
        asked = {
            "payment_id": payment_id.hex,
            "wallet": kind,
            "amount_fen": amount_fen,
            "payment_code": payment_code,
            "merchant": self._merchant,
        }
        return self._ask(payment_id, "POST", "/v1/payments", asked)

    def query(self, payment_id: UUID) -> WalletAnswer:
        """How it stands."""
        return self._ask(payment_id, "GET", f"/v1/payments/{payment_id.hex}")

    def reverse(self, payment_id: UUID) -> WalletAnswer:
        """Give it back, or close it."""
        return self._ask(payment_id, "POST", f"/v1/payments/{payment_id.hex}/reverse", {})

    def refund(self, refund_id: UUID, payment_id: UUID, amount_fen: int) -> WalletAnswer:
        """Give a part back."""
        asked = {"refund_id": refund_id.hex, "amount_fen": amount_fen}
        return self._ask(refund_id, "POST", f"/v1/payments/{payment_id.hex}/refunds", asked)

    def close(self) -> None:
        """Give the connections back; what is under way ends as silent."""
        self._client.close()

    def _ask(self, number: UUID, method: str, path: str, asked: dict[str, Any] | None = None) -> WalletAnswer:
        body = b"" if asked is None else msgspec.json.encode(asked)
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signature(self._key, method, path, body)}
        try:
            with self._client.stream(method, path, content=body, headers=headers) as answer:
                said = b""
                for chunk in answer.iter_raw():
                    said += chunk
                    if len(said) > ANSWER_BYTES_MAX:
                        return WalletAnswer(payment_id=number, told="silent", code="not_a_provider")
                return _read(number, answer.status_code, said)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL):
            return WalletAnswer(payment_id=number, told="not_sent", code="unreachable")
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError):
            # RuntimeError: the client was closed while another thread was waiting in it.
            return WalletAnswer(payment_id=number, told="silent", code="no_answer")


def _read(number: UUID, status: int, said: bytes) -> WalletAnswer:
    """An answer that cannot be read is none: the money may have moved all the same."""
    if status == 404:
        return WalletAnswer(payment_id=number, told="not_known")
    if status != 200:
        return WalletAnswer(payment_id=number, told="silent", code=f"status_{status}")
    try:
        answer = _decoder.decode(said)
    except ValueError:  # msgspec's own, and that of bytes that are no UTF-8
        return WalletAnswer(payment_id=number, told="silent", code="not_a_provider")
    return WalletAnswer(
        payment_id=number,
        told=answer.state,
        trade_number=answer.trade_number[:_WORD_LENGTH_MAX],
        code=answer.code[:_WORD_LENGTH_MAX],
        amount_fen=answer.amount_fen,
    )
