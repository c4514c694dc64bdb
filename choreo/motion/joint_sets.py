"""Joint sets of public data: what the numbers of an array of joint positions ``(T, J, 3)`` stand for.

A joint that the canonical skeleton has goes by its canonical name; others, such as ``nose`` and ``left_heel``, by plain
words. Sources: SMPL (Loper et al., 2015) and its followers SMPL-H, SMPL-X and HumanML3D (Guo et al., CVPR 2022);
COCO (Lin et al., 2014); Human3.6M's 17 as VideoPose3D (Pavllo et al., CVPR 2019) orders them; OpenPose (Cao et al.,
2019); BlazePose as MediaPipe has it (Bazarevsky et al., 2020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from choreo.errors import MotionError
from choreo.motion.skeleton import NAMES

BODY = NAMES[:22]
"""Joints that SMPL, SMPL-H, SMPL-X and HumanML3D share, in this order."""


@dataclass(frozen=True)
class JointSet:
    """Names of the joints in the order of an array; `title` is what people call the set, `fps` its usual rate.

    `camera`: coordinates are usually a camera's, in which y points down.
    """

    name: str
    title: str
    joints: tuple[str, ...]
    fps: float = 30.0
    camera: bool = False

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Number of each joint by name."""
        return {name: number for number, name in enumerate(self.joints)}

    def __len__(self) -> int:
        """Count joints."""
        return len(self.joints)


def _words(text: str) -> tuple[str, ...]:
    """Names; ``hip+`` is the left and then the right one, ``hip-`` the right and then the left one."""
    found: list[str] = []
    for word in text.split():
        sides = {"+": ("left", "right"), "-": ("right", "left")}.get(word[-1])
        found += [word] if sides is None else [f"{side}_{word[:-1]}" for side in sides]
    return tuple(found)


def _chain(side: str, text: str) -> str:
    return " ".join(f"{side}_{part}" for part in text.split())


_ARM, _LEG = "shoulder elbow wrist", "hip knee ankle"
_HAND = "index1 index2 index3 middle1 middle2 middle3 pinky1 pinky2 pinky3 ring1 ring2 ring3 thumb1 thumb2 thumb3"
_FINGERS = (*_words(_chain("left", _HAND)), *_words(_chain("right", _HAND)))
_OPENPOSE = f"nose neck {_chain('right', _ARM)} {_chain('left', _ARM)}"
_BLAZE = (
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer ear+ mouth+ shoulder+ "
    "elbow+ wrist+ pinky+ index+ thumb+ hip+ knee+ ankle+ heel+ toe+"
)

SETS: Mapping[str, JointSet] = {
    each.name: each
    for each in (
        JointSet("humanml3d", "HumanML3D's 22", BODY, fps=20.0),
        JointSet("smpl", "SMPL's 24", NAMES),
        JointSet("smplh", "SMPL-H's 52", (*BODY, *_FINGERS)),
        JointSet("smplx", "SMPL-X's 55", (*BODY, "jaw", "left_eye", "right_eye", *_FINGERS)),
        JointSet("coco", "COCO's 17", _words("nose eye+ ear+ shoulder+ elbow+ wrist+ hip+ knee+ ankle+")),
        JointSet(
            "h36m",
            "Human3.6M's 17",
            _words(
                f"pelvis {_chain('right', _LEG)} {_chain('left', _LEG)} spine2 neck nose head_top "
                f"{_chain('left', _ARM)} {_chain('right', _ARM)}"
            ),
        ),
        JointSet(
            "openpose18",
            "OpenPose's 18",
            _words(f"{_OPENPOSE} {_chain('right', _LEG)} {_chain('left', _LEG)} eye- ear-"),
            camera=True,
        ),
        JointSet(
            "body25",
            "OpenPose's BODY_25",
            _words(
                f"{_OPENPOSE} pelvis {_chain('right', _LEG)} {_chain('left', _LEG)} eye- ear- "
                f"{_chain('left', 'big_toe small_toe heel')} {_chain('right', 'big_toe small_toe heel')}"
            ),
            camera=True,
        ),
        JointSet("mediapipe", "MediaPipe's 33", _words(_BLAZE), camera=True),
    )
}
"""Joint sets by name."""


def sets_of(count: int) -> tuple[JointSet, ...]:
    """Joint sets of so many joints; more than one where the number does not tell (17: COCO and Human3.6M).

    Raises
    ------
    MotionError
        When no known set has so many.
    """
    found = tuple(each for each in SETS.values() if len(each) == count)
    if not found:
        known = ", ".join(f"{len(each)} ({each.title})" for each in sorted(SETS.values(), key=len))
        raise MotionError(f"{count} joints, expected one of the known sets: {known}; or name the joints.")
    return found


def in_order(names: Sequence[str]) -> Mapping[str, int]:
    """Number of each named joint.

    Raises
    ------
    MotionError
        When a name stands for two joints.
    """
    found = {name: number for number, name in enumerate(names)}
    if len(found) < len(names):
        twice = sorted({name for name in names if list(names).count(name) > 1})
        raise MotionError(f"the joints {', '.join(twice[:5])} are there twice; expected a name for each joint.")
    return found
