from .many import SongResult as SongResult
from .many import generate_all as generate_all
from .outputs import Outputs as Outputs
from .outputs import resolve_outputs as resolve_outputs
from .plan_to_dance import Performance as Performance
from .plan_to_dance import perform_plan as perform_plan
from .result import Progress as Progress
from .result import ProgressScope as ProgressScope
from .result import Result as Result
from .run import generate as generate
from .run import render_motion as render_motion
from .run import render_plan as render_plan
from .song_to_plan import edit_plan as edit_plan
from .song_to_plan import make_plan as make_plan
from .song_to_plan import make_plans as make_plans

__all__ = [
    "Outputs",
    "Performance",
    "Progress",
    "ProgressScope",
    "Result",
    "SongResult",
    "edit_plan",
    "generate",
    "generate_all",
    "make_plan",
    "make_plans",
    "perform_plan",
    "render_motion",
    "render_plan",
    "resolve_outputs",
]
