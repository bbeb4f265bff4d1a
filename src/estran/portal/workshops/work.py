"""The long work of workshops, registered for the queue."""

from estran.portal.jobs import queue
from estran.portal.workshops import visions

queue.register_work("idea")(visions.compute_effect)
