"""What a provider says that nobody can read is silence: the payment may have moved."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest

from pos_client.sync.wallet_http import HttpWalletProvider
from shared_models.refusals import Refusal

PAYMENT = UUID("019371c0-0000-7000-8000-00000000aa01")


@pytest.mark.parametrize("said", [b"<html>", '{"state": "refused", "code": "余额不足"}'.encode("gb18030")])
def test_an_answer_in_another_encoding_is_silence(said: bytes) -> None:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name under which http.server looks for it
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        provider = HttpWalletProvider(f"http://127.0.0.1:{server.server_port}", "mai-xiang", b"key")
        answer = provider.query(PAYMENT)
        provider.close()
        serving.join()

    assert (answer.told, answer.code) == ("silent", "not_a_provider")


def test_an_address_that_is_none_is_a_setting_that_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        HttpWalletProvider("http://pay.example:port", "mai-xiang", b"key")
    assert (refused.value.code, refused.value.fields) == ("setting_invalid", {"name": "wallet_url"})
