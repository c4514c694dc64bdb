"""A motion becomes a scene, a scene's frames become a video.

Imported only when something is to be rendered; PyAV is imported when a file is opened.
"""

from __future__ import annotations

from choreo.video.camera import fixed_camera, follow_camera, project, view_bases
from choreo.video.director import director_camera
from choreo.video.encode import write_video
from choreo.video.probe import probe
from choreo.video.stage import build_scene

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
