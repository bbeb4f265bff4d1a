"""The long work of the plan, registered for the queue, and the progress that its actions tell the indicators."""

from __future__ import annotations

from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.plan import effects, objective_status, progress

queue.register_work("projection")(effects.carry_out)
queue.register_work("readings")(objective_status.read_indicators)

computation.kept_elsewhere[progress.REGISTER] = computation.Source(progress.rows, progress.stamp, "plan:actions")
