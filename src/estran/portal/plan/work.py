"""The long work of the plan, registered for the queue, and the register that its actions give to the indicators."""

from estran.portal.indicators import computation
from estran.portal.jobs import queue
from estran.portal.plan import actions, effects, objective_status

queue.register_work("projection")(effects.compute_projection)
queue.register_work("readings")(objective_status.read_indicators)

computation.kept_elsewhere[actions.PROGRESS_REGISTER] = computation.Source(
    actions.progress_rows, actions.progress_stamp, "plan:actions"
)
