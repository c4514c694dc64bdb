"""Limits that moves are checked against. Those of real dance come from ``python benchmarks/moves.py --limits``.

Real dance is ChoreoNet's 33 takes and three dances in BVH, in windows of four seconds every two, without those in
which people stand about (mean speed of hands, feet, head and pelvis under 0.4 m/s): 442 windows.
"""

from __future__ import annotations

from collections.abc import Mapping

SLIDE = 0.01
"""m/s, 95th percentile of standing feet."""
SUNK = 0.005
"""Metres that a sole may be in the floor."""
ACCENTS = 0.9
"""Share of the notated accents of the vocabulary that must be seen within 50 ms."""
ACCELERATION, JERK = 1493.0, 98_900.0
"""rad/s^2 and rad/s^3 of any joint: 99.5th percentile of the windows' peaks."""
SPEEDS: Mapping[str, float] = {"knee": 7.0, "ankle": 9.5, "elbow": 11.0, "wrist": 11.5, "head": 6.0, "pelvis": 5.5}
"""m/s of any such joint: 1.4 times the 99.5th percentile of the windows' peaks for knees, ankles and wrists, twice that
for elbows, heads and pelves, which ballroom holds still: it neither hits, bangs heads nor jumps. Knees of locking and
krump come to 5.8 m/s where those of the windows come to 5.1."""
TURNS: Mapping[str, float] = {"knee": 225, "ankle": 200, "elbow": 175, "wrist": 275, "head": 80, "pelvis": 75}
"""m/s^2 by which any such joint may be thrown about: twice the 99.5th percentile of the windows' peaks."""
ENERGY = (0.50, 1.52)
"""m/s, 5th to 95th percentile of mean speeds, for moves of at least `MEDIUM` energy."""
MEDIUM = 0.5
STIFF = 4
"""Joints of a medium move that may turn less than the 5th percentile of `RANGES` before it counts as stiff.

The 95th percentile over the windows of how many of their joints do. That every joint turns as far is not asked, for
real dance does not do so either: in 33 % of the windows all twenty joints are inside `RANGES`.
"""
RANGES: Mapping[str, tuple[float, float]] = {
    "pelvis": (41, 335), "left_hip": (50, 110), "right_hip": (50, 112), "spine1": (8, 43), "left_knee": (38, 141),
    "right_knee": (39, 145), "spine2": (7, 32), "left_ankle": (36, 100), "right_ankle": (37, 104), "spine3": (8, 32),
    "neck": (17, 79), "left_collar": (0, 41), "right_collar": (0, 48), "head": (17, 76), "left_shoulder": (15, 197),
    "right_shoulder": (19, 202), "left_elbow": (7, 163), "right_elbow": (5, 166), "left_wrist": (7, 140),
    "right_wrist": (5, 138),
}  # fmt: skip
"""Degrees that each joint turns, 5th to 95th percentile."""
JOINTS: Mapping[str, float] = {
    "hip": 130, "knee": 150, "ankle": 65, "foot": 60, "spine1": 45, "spine2": 40, "spine3": 40, "neck": 55, "head": 60,
    "collar": 50, "shoulder": 180, "elbow": 160, "wrist": 100, "hand": 60,
}  # fmt: skip
"""Degrees from the rest pose that a joint may be turned; ranges of motion of healthy people (AAOS, 1965), rounded up,
those of the spine and neck shared out over our joints."""
BALANCE = (0.3, 0.7)
"""Share of the hands' and feet's way that is the left side's, for moves that are not danced to one side."""
NEIGHBOURS, REACHABLE = 5, 0.176
"""Moves that must lead into a move, and out of it, and the transition cost up to which they do: the 5th percentile
of transitions between any two of ChoreoNet's movement units."""
