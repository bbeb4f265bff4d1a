"""The long work of indicators, registered for the queue."""

from estran.portal.indicators import computation
from estran.portal.jobs import queue

queue.register_work(computation.KIND)(computation.compute)
