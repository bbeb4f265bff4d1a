"""The long work of requests, registered for the queue."""

from estran.portal.jobs import queue
from estran.portal.requests import footprint

queue.register_work("request")(footprint.compute_footprint)
