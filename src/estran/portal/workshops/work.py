"""The long work of workshops, registered for the queue."""

from estran.portal.jobs import queue
from estran.portal.workshops import idea_effects

queue.register_work("idea")(idea_effects.compute_effect)
