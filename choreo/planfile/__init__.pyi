from .counts import first_counts as first_counts
from .counts import step_bars as step_bars
from .credits import credits_text as credits_text
from .file import plan_to_dict as plan_to_dict
from .file import read_plan as read_plan
from .file import write_plan as write_plan
from .film import FilmScore as FilmScore
from .film import film_of as film_of
from .film import with_light as with_light
from .film import with_shot as with_shot
from .film_names import LIGHTS as LIGHTS
from .film_names import SHOTS as SHOTS
from .slices import part_of_plan as part_of_plan
from .slices import sliced_plan as sliced_plan
from .slices import whole_plan as whole_plan
from .table import plan_table as plan_table
from .troupe import Troupe as Troupe

__all__ = [
    "LIGHTS",
    "SHOTS",
    "FilmScore",
    "Troupe",
    "credits_text",
    "film_of",
    "first_counts",
    "part_of_plan",
    "plan_table",
    "plan_to_dict",
    "read_plan",
    "sliced_plan",
    "step_bars",
    "whole_plan",
    "with_light",
    "with_shot",
    "write_plan",
]
