"""Receivers for the tests of deliveries: an HTTP and an SMTP server on loopback, as unkind as they are told to be."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def http_receiver(*answers):
    """Serve posts: to the nth, the nth answer is given, to all later ones 200.

    An answer is a status, or a function that is given the handler. ``received`` holds (headers, body) of each.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.received.append((self.headers, body))
            number = len(self.server.received) - 1
            answer = answers[number] if number < len(answers) else 200
            if callable(answer):
                answer(self)
            else:
                respond(self, answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.received = []
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    with _running(server):
        yield server


def respond(handler, status, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def asking_to_wait(status, after):
    return lambda handler: respond(handler, status, Retry_After=str(after))


def redirecting(place):
    return lambda handler: respond(handler, 302, Location=place)


def dripping(handler):
    """Answer a byte at a time: no single read takes long."""
    for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500:
        try:
            handler.wfile.write(bytes([sign]))
        except OSError:
            return
        time.sleep(0.05)


def answering_twice(handler):
    respond(handler, 200)
    respond(handler, 500)


def hanging_up(handler):
    """Take the body, and close without a word."""
    handler.close_connection = True


@contextmanager
def smtp_receiver(refused=(), *, greeting=b"220 ready", answer=b"250 taken"):
    """Serve SMTP without encryption; ``received`` holds (recipients, message) of each mail."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(greeting + b"\r\n")
            recipients = []
            while line := self.rfile.readline():
                command = line.strip()
                if command.upper().startswith(b"RCPT TO:"):
                    address = command[8:].strip(b"<> ").decode()
                    recipients.append(address)
                    self.wfile.write(b"550 no such user\r\n" if address in refused else b"250 ok\r\n")
                elif command.upper() == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.received.append((recipients, b"".join(lines)))
                    self.wfile.write(answer + b"\r\n")
                elif command.upper() == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.received = []
    with _running(server):
        yield server
