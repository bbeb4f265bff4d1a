"""The long work of results, registered for the queue."""

from estran.portal.jobs import queue
from estran.portal.results import calculation, campaign_runs, explained, export, flow, years

queue.register_work("run")(calculation.compute)
queue.register_work("flow")(flow.carry_out)
queue.register_work("merge")(campaign_runs.carry_out)
queue.register_work("school")(campaign_runs.compute_own)
queue.register_work("origin")(explained.open_run)
queue.register_work("export")(export.carry_out)
queue.register_work(years.KIND)(years.restate)
