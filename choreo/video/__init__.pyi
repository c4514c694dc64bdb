from .camera import fixed_camera as fixed_camera
from .camera import follow_camera as follow_camera
from .camera import project as project
from .camera import view_bases as view_bases
from .director import director_camera as director_camera
from .encode import write_video as write_video
from .media_facts import probe as probe
from .scene import build_scene as build_scene

__all__ = [
    "build_scene",
    "director_camera",
    "fixed_camera",
    "follow_camera",
    "probe",
    "project",
    "view_bases",
    "write_video",
]
