"""Long work of the strategy, as the queue finds it."""

from __future__ import annotations

from estran.portal.jobs import queue
from estran.portal.strategy import plan_effects, plan_standing, requests_footprint, vision_effect

queue.work("projection")(plan_effects.carry_out)
queue.work("readings")(plan_standing.read_indicators)
queue.work("request")(requests_footprint.carry_out)
queue.work("idea")(vision_effect.carry_out)
