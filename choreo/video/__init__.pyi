from .camera import fixed_camera as fixed_camera
from .camera import follow_camera as follow_camera
from .camera import project as project
from .camera import view_bases as view_bases
from .director import director_camera as director_camera
from .encode import write_video as write_video
from .film_plan import FilmBlock as FilmBlock
from .film_plan import film_blocks as film_blocks
from .media_facts import probe as probe
from .scene import build_scene as build_scene

__all__ = [
    "FilmBlock",
    "build_scene",
    "director_camera",
    "film_blocks",
    "fixed_camera",
    "follow_camera",
    "probe",
    "project",
    "view_bases",
    "write_video",
]
