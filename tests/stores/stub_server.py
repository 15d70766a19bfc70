"""A service that answers as it is told, on a port of this machine; and what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One response. `drips`: its bytes come one by one, for longer than anybody waits."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False


class Stub:
    """The replies still to give (the last one again and again), and the requests so far."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.ended = threading.Event()
        self.url = ""

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def stub_server() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.requests.append((self.path, headers, json.loads(asked)))
            reply = stub.next()
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            if reply.drips:
                while not stub.ended.wait(0.02):
                    self.wfile.write(b" ")
            else:
                self.wfile.write(reply.body)

        def do_CONNECT(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.requests.append((self.path, headers, {}))
            self.send_error(502)

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:  # who asked is gone
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        stub.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def openai_reply(text: object, finish: str = "stop") -> Reply:
    document = {"choices": [{"finish_reason": finish, "message": {"role": "assistant", "content": text}}]}
    return Reply(body=json.dumps(document).encode())


def anthropic_reply(text: object, stop: str = "end_turn") -> Reply:
    document = {"stop_reason": stop, "content": [{"type": "text", "text": text}]}
    return Reply(body=json.dumps(document).encode())
