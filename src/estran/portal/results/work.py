"""The long work of results, registered for the queue."""

from estran.portal.jobs import queue
from estran.portal.results import calculation, explained, export, years

queue.register_work("run")(calculation.compute_run)
queue.register_work("flow")(calculation.compute_flow)
queue.register_work("merge")(calculation.merge_answers)
queue.register_work("school")(calculation.compute_school)
queue.register_work("origin")(explained.open_run)
queue.register_work("export")(export.write_asked_zip)
queue.register_work("series")(years.restate)
