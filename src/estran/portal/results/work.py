"""The long work of results, registered for the queue."""

from __future__ import annotations

from estran.portal.jobs import queue
from estran.portal.results import calculation, campaign_runs, explained, export, flow, years

queue.work("run")(calculation.compute)
queue.work("flow")(flow.carry_out)
queue.work("merge")(campaign_runs.carry_out)
queue.work("school")(campaign_runs.compute_own)
queue.work("origin")(explained.open_run)
queue.work("export")(export.carry_out)
queue.work(years.KIND)(years.restate)
