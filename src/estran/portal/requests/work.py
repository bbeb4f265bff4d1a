"""The long work of requests, registered for the queue."""

from __future__ import annotations

from estran.portal.jobs import queue
from estran.portal.requests import footprint

queue.register_work("request")(footprint.compute_footprint)
