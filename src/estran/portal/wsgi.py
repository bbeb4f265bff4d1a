"""What gunicorn serves."""

import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from estran.reporting.charts import shelf

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estran.portal.settings")
_portal = get_wsgi_application()
shelf.keep_in(settings.DRAWINGS, settings.DRAWING_WAIT)  # the worker draws, not who answers requests


class WholeBody:
    """The body of a request, which must have the length it declares: « 12 » would count for « 1200 »."""

    def __init__(self, body: Any) -> None:
        self.body, self.readline = body, body.readline

    def read(self, size: int) -> bytes:
        """The next bytes: Django asks for no more than are due. Errors: OSError (the sender went, or was cut off)."""
        content: bytes = self.body.read(size)
        if len(content) < size:
            raise OSError("the body ends before its length")
        return content


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request."""
    return _portal(environ | {"wsgi.input": WholeBody(environ["wsgi.input"])}, start_response)
