from .db import MotionDB as MotionDB
from .motion.positions import motion_from_positions as motion_from_positions
from .music import analyze as analyze
from .music import phrases as phrases
from .options import Choosing as Choosing
from .options import Listening as Listening
from .options import Rigging as Rigging
from .pipeline.many import SongResult as SongResult
from .pipeline.many import generate_all as generate_all
from .pipeline.preview import preview as preview
from .pipeline.result import Progress as Progress
from .pipeline.result import Result as Result
from .pipeline.run import generate as generate
from .pipeline.run import render_motion as render_motion
from .pipeline.run import render_plan as render_plan
from .pipeline.song_to_plan import edit_plan as edit_plan
from .pipeline.song_to_plan import make_plan as make_plan
from .pipeline.song_to_plan import make_plans as make_plans
from .planfile import read_plan as read_plan
from .planfile import write_plan as write_plan
from .planfile.troupe import Troupe as Troupe
from .planning import Edit as Edit
from .planning import Wishes as Wishes
from .planning import plan as plan
from .retrieval import retrieve as retrieve
from .synthesis import perform as perform
from .version import __version__ as __version__
from .video.look import Look as Look

__all__ = [
    "Choosing",
    "Edit",
    "Listening",
    "Look",
    "MotionDB",
    "Progress",
    "Result",
    "Rigging",
    "SongResult",
    "Troupe",
    "Wishes",
    "__version__",
    "analyze",
    "edit_plan",
    "generate",
    "generate_all",
    "make_plan",
    "make_plans",
    "motion_from_positions",
    "perform",
    "phrases",
    "plan",
    "preview",
    "read_plan",
    "render_motion",
    "render_plan",
    "retrieve",
    "write_plan",
]
