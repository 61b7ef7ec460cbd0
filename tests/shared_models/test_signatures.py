"""Our own form of a request's signature is the standard's: what we write a library reads, and the other way round."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, algorithms
from http_message_signatures.resolvers import HTTPSignatureKeyResolver

from shared_models import signatures
from shared_models.sync import SIGNED_GET, SIGNED_POST

TILL = UUID(int=7)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CREATED = 1_750_000_000
BODY = b"what a till says"
REQUESTS = [("POST", "/v1/entries", BODY), ("GET", "/v1/changes?cursor=1.5&wait=0", b""), ("GET", "/v1/changes", b"")]


class _Message:
    def __init__(self, method: str, target: str, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = method, f"http://hq{target}", headers


class _Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == TILL.hex else None

    def resolve_private_key(self, key_id: str) -> Any:
        return KEY


def by_library(method: str, target: str, body: bytes, **other: Any) -> dict[str, str]:
    """Headers, names in lower case, of a request that the library signed."""
    message = _Message(method, target, {})
    asked = {"key_id": TILL.hex, "label": "tillbook", "tag": "tillbook", "body": body if method == "POST" else None}
    covered = SIGNED_POST if method == "POST" else SIGNED_GET
    signer: Any = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys())
    created = datetime.fromtimestamp(CREATED, UTC)
    signer.sign(message, created=created, **{"covered_component_ids": covered, **asked, **other})
    return {name.lower(): value for name, value in message.headers.items()}


@pytest.mark.parametrize(("method", "target", "body"), REQUESTS)
def test_what_we_write_the_library_reads(method: str, target: str, body: bytes) -> None:
    digest = signatures.content_digest(body) if method == "POST" else ""
    unsigned = signatures.to_sign(method, target, digest, TILL, CREATED)
    headers = {"Signature-Input": unsigned.signature_input, "Signature": unsigned.header(KEY.sign(unsigned.signed))}
    if digest:
        headers["Content-Digest"] = digest

    verifier: Any = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys())
    told = verifier.verify(
        _Message(method, target, headers), max_age=None, expect_tag="tillbook", expect_label="tillbook",
        require_components=SIGNED_POST if method == "POST" else SIGNED_GET, body=body if method == "POST" else None,
    )  # fmt: skip

    assert [one.parameters["keyid"] for one in told] == [TILL.hex]


@pytest.mark.parametrize(("method", "target", "body"), REQUESTS)
def test_what_the_library_writes_we_read(method: str, target: str, body: bytes) -> None:
    found = signatures.read(method, target, by_library(method, target, body), body)

    assert found is not None
    assert found.key_id == TILL.hex
    KEY.public_key().verify(found.signature, found.signed)


@pytest.mark.parametrize(
    "headers",
    [
        by_library("POST", "/v1/entries", BODY, label="other"),
        by_library("POST", "/v1/entries", BODY, tag="other"),
        by_library("POST", "/v1/entries", BODY, nonce="!once"),
        by_library("POST", "/v1/entries", BODY, include_alg=False),
        by_library("POST", "/v1/entries", BODY, covered_component_ids=("@path", "@method", "content-digest")),
        by_library("POST", "/v1/entries", BODY, covered_component_ids=("@method", "content-digest")),
        by_library("POST", "/v1/entries", BODY + b"!"),
        {},
    ],
)
def test_another_form_is_left_to_the_library(headers: dict[str, str]) -> None:
    assert signatures.read("POST", "/v1/entries", headers, BODY) is None


def test_what_hq_said_is_part_of_what_is_signed() -> None:
    target, word = "/v1/changes?cursor=1.5&wait=0", "19a.00ff"
    unsigned = signatures.to_sign("GET", target, "", TILL, CREATED, word)
    ours = {"signature-input": unsigned.signature_input, "signature": unsigned.header(KEY.sign(unsigned.signed))}
    theirs = by_library("GET", target, b"", nonce=word)

    assert ours == theirs
    found = signatures.read("GET", target, theirs, b"")
    assert found is not None
    assert (found.nonce, found.signed) == (word, unsigned.signed)


def test_a_target_with_two_spellings_is_left_to_the_library() -> None:
    target = "/v1/changes?cursor=%31"

    assert signatures.read("GET", target, by_library("GET", target, b""), b"") is None
