"""What the strategy brings to the rest of the portal: long work for the queue, the progress of the plan."""

from __future__ import annotations

from estran.portal.jobs import queue
from estran.portal.results import followed
from estran.portal.strategy import plan_effects, plan_progress, plan_standing, requests_footprint, vision_effect

queue.work("projection")(plan_effects.carry_out)
queue.work("readings")(plan_standing.read_indicators)
queue.work("request")(requests_footprint.carry_out)
queue.work("idea")(vision_effect.carry_out)

followed.kept_elsewhere[plan_progress.REGISTER] = followed.Source(
    plan_progress.rows, plan_progress.stamp, "plan:actions"
)
