"""A web server on this machine, with the manners and the bad manners of a mirror."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, threading.Event], None]


@dataclass(frozen=True)
class MirrorServer:
    url: str
    requests: list[str]


def _begin(handler: BaseHTTPRequestHandler, length: int | None = None) -> None:
    handler.send_response(200)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def whole(content: bytes) -> Answer:
    def answer(handler, closing):
        _begin(handler, len(content))
        handler.wfile.write(content)

    return answer


def cut_off(content: bytes) -> Answer:
    def answer(handler, closing):
        _begin(handler, len(content))
        handler.wfile.write(content[: len(content) // 2])

    return answer


def missing(handler, closing):
    handler.send_error(404)


def silent(handler, closing):
    closing.wait(30)


def stalled(handler, closing):
    _begin(handler, 1000)
    handler.wfile.write(b"0123456789")
    closing.wait(30)


def trickling(handler, closing):
    _begin(handler)
    while not closing.wait(0.01):
        handler.wfile.write(b"0")


def endless(handler, closing):
    _begin(handler)
    while not closing.is_set():
        handler.wfile.write(bytes(1 << 16))


def unused_url() -> str:
    """An address that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@contextmanager
def serve(answers: Mapping[str, Answer]) -> Iterator[MirrorServer]:
    """Answer requests by path, without its slash; unknown paths are missing."""
    closing = threading.Event()
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.removeprefix("/")
            requests.append(name)
            with suppress(ConnectionError):
                answers.get(name, missing)(self, closing)

        def log_message(self, *args):
            """Say nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield MirrorServer(f"http://127.0.0.1:{server.server_port}/", requests)
        finally:
            closing.set()
            server.shutdown()
            thread.join()
