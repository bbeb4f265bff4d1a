"""How gunicorn serves the portal: `gunicorn -c python:estran.portal.web_server estran.portal.wsgi`.

A request holds a thread from its first byte to the last of its answer. There are more threads than slow clients that a
small authority would meet, and each request has its time: behind a web server that gathers requests first
(docs/guides/nginx.conf) neither counts.
"""

import contextlib
import logging
import socket
import time
from typing import Any

from gunicorn import glogging
from gunicorn.workers.gthread import ThreadWorker

from estran.portal.common.logs import DiscreetFormatter

HEADER_TIME = 10.0  # seconds for the first lines of a request to arrive
REQUEST_TIME = 300.0  # seconds from there to the last byte of the answer: 20 MB over a slow line


class Worker(ThreadWorker):
    """A worker that hangs up on requests past their time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._due: dict[Any, float] = {}  # connection in hand → when it is hung up

    def handle(self, conn: Any) -> Any:
        """Read a request of a connection and answer it."""
        self._due[conn] = time.monotonic() + HEADER_TIME
        try:
            kept = super().handle(conn)
        finally:
            del self._due[conn]
        if not kept:
            # Here, not in the thread that accepts: taking leave of a client that does not hang up lasts two seconds.
            with contextlib.suppress(OSError):
                conn.close(graceful=True)
            conn.close = _leave_closed
        return kept

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose first lines are read."""
        self._due[conn] = time.monotonic() + REQUEST_TIME
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Hang up, once a second."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, due in self._due.copy().items() if due < now]:
            with contextlib.suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR)  # its thread finds the end of what it reads


def _leave_closed(graceful: bool = False) -> None:
    """In place of the end of a connection that has ended."""


class Logger(glogging.Logger):
    """The logs of gunicorn, without secrets."""

    def _set_handler(self, log: logging.Logger, output: Any, fmt: logging.Formatter, stream: Any = None) -> None:
        super()._set_handler(log, output, DiscreetFormatter(fmt._fmt, fmt.datefmt), stream)


workers = 2
threads = 256
preload_app = True  # read once for both workers; one that dies is replaced at once
keepalive = 5  # seconds
timeout = 120  # seconds for a worker that no longer gives a sign of life
worker_class = Worker
logger_class = Logger
control_socket_disable = True
loglevel = "warning"
