"""Motion out of videos of dancers: BlazePose finds landmarks, which are followed over time and lifted to motion."""

from __future__ import annotations

from choreo_video.dataset import VideoDataset
from choreo_video.landmarks import Landmarks, landmarks_of

__all__ = ["Landmarks", "VideoDataset", "landmarks_of"]
