"""From candidates to choreographies: costs, motion graph, search, wishes, the sheet."""

from choreo.planning.choreograph import plan, plans
from choreo.planning.costs import Weights
from choreo.planning.edit import Edit
from choreo.planning.pace import dance_octave
from choreo.planning.sheet import plan_table, plan_to_dict, read_plan, write_plan
from choreo.planning.wishes import Wishes

__all__ = [
    "Edit",
    "Weights",
    "Wishes",
    "dance_octave",
    "plan",
    "plan_table",
    "plan_to_dict",
    "plans",
    "read_plan",
    "write_plan",
]
