"""Runs the AWS emulator behind checks that its loopback port does not make: every process of the machine, and every web
page in its browsers, can send requests there. The emulator verifies the signatures of roles and users itself
(AUTH=true), but accepts the key `test`, any account ID and unsigned requests as root."""

import hmac
import json
import mmap
import os
import re
from types import SimpleNamespace

from ministack.core import iam_evaluator, lambda_runtime

ROOT_KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
# any port: a proxy of the tests forwards the Host header, which is signed
OWN_HOST = re.compile(rb"(127\.0\.0\.1|localhost)(:\d+)?")
# only browsers send them
BROWSER_HEADERS = {b"origin", b"sec-fetch-site"}

# only the stack's own key is root, and its signature is verified like any other
iam_evaluator.is_root_access_key = lambda key: key == ROOT_KEY
iam_evaluator._is_root_key = lambda key: False
# the emulator derives the credentials of a function from its ARN, which can be guessed
lambda_runtime.hashlib = SimpleNamespace(sha256=lambda text: hmac.new(SECRET, text, "sha256"))

from ministack import app as emulator  # noqa: E402
from ministack.services import s3  # noqa: E402

unguarded = emulator.app
read_object = s3._read_body
# bytes
PIECE = 1 << 20
LARGE = 64 << 20


class LargeObject(mmap.mmap):
    """An object's file, of which only the requested range is read."""

    def encode(self, _encoding):
        """The emulator calls it for a body that is not of type bytes; `in_pieces` reads it."""
        return self


def read_large_object(bucket, key, record):
    path = None if record.get("body") is not None else s3._object_disk_path(bucket, key)
    if path is None or not os.path.exists(path) or os.path.getsize(path) < LARGE:
        return read_object(bucket, key, record)
    with open(path, "rb") as file:
        return LargeObject(file.fileno(), 0, access=mmap.ACCESS_READ)


# the emulator reads all of an object for each of its ranges: seconds, during which it answers nobody
s3._read_body = read_large_object


def refusal(scope):
    """Returns why a request is refused, or None."""
    headers = [(name.lower(), value) for name, value in scope["headers"]]
    if scope["type"] != "http":
        return "only HTTP requests are answered"
    if any(name in BROWSER_HEADERS for name, _ in headers):
        return "requests of web pages are not answered"
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not OWN_HOST.fullmatch(hosts[0]):
        return "the Host header names another server"
    if scope["path"] == "/_ministack/health":
        return None
    if scope["path"].startswith(("/_ministack", "/_localstack")):
        return "the emulator's own API is closed"
    if not any(name == b"authorization" and value.startswith(b"AWS4-HMAC-SHA256 ") for name, value in headers):
        return "the request is not signed"
    return None


def in_pieces(send):
    """Sends a large body in pieces: in one piece, gigabytes block all other requests for seconds."""

    async def send_pieces(message):
        body = memoryview(message.get("body", b""))
        for start in range(0, len(body) - PIECE, PIECE):
            await send({**message, "body": bytes(body[start : start + PIECE]), "more_body": True})
        last = max(0, (len(body) - 1) // PIECE * PIECE)
        await send({**message, "body": bytes(body[last:])} if body else message)

    return send_pieces


async def guarded(scope, receive, send):
    """ASGI application."""
    reason = None if scope["type"] == "lifespan" else refusal(scope)
    if reason is None:
        return await unguarded(scope, receive, in_pieces(send))
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008})
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


emulator.app = guarded
emulator.main()
