"""From candidates to one choreography: costs, motion graph, exact search, the sheet."""

from choreo.planning.choreograph import plan
from choreo.planning.costs import Weights
from choreo.planning.pace import dance_octave
from choreo.planning.sheet import plan_table, read_plan, write_plan

__all__ = ["Weights", "dance_octave", "plan", "plan_table", "read_plan", "write_plan"]
