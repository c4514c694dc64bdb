"""Make ``metrics.json``: published measures of seeded dances, in plain loops, as their definitions are written.

    python tests/goldens/make_metrics.py

Convention: positions are those of ``metrics_support.wandering`` at 60 frames a second, metres, +Y up. Kinetic
numbers are three a joint: mean squared horizontal velocity, mean squared vertical velocity, mean acceleration, over
windows of two frames to either side, frame time 1/60 s. Geometric numbers are shares of frames, lengths of SMPL's mean
body, frame time 1/120 s. Nothing here is used by choreo itself: these loops are slow and the library's are not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEEDS, SECONDS = (1, 2, 3), 2.0
DT = 1 / 60
ARM, SHOULDERS, HIPS = 0.2568381, 0.3908484, 0.1192471
AT = {
    "root": 0, "lhip": 1, "rhip": 2, "belly": 3, "lknee": 4, "rknee": 5, "lankle": 7, "rankle": 8, "chest": 9,
    "ltoes": 10, "rtoes": 11, "neck": 12, "lshoulder": 16, "rshoulder": 17, "lelbow": 18, "relbow": 19, "lwrist": 20,
    "rwrist": 21,
}  # fmt: skip


def windows(frames: int, frame: int, spare: int) -> list[int]:
    """Frames about one that have a frame before and `spare` after them."""
    return [k for k in range(frame - 2, frame + 3) if k >= 1 and k + spare < frames]


def kinetic(dance: np.ndarray, *, slip: bool) -> list[float]:
    """Seventy-two numbers."""
    out: list[float] = []
    for joint in range(24):
        p = dance[:, joint]
        across = upward = push = 0.0
        for frame in range(1, len(p)):
            at = windows(len(p), frame, 0)
            mean = sum((p[k] - p[k - 1] for k in at), np.zeros(3)) / (len(at) * DT)
            across += mean[0] ** 2 + mean[2] ** 2
            upward += mean[1] ** 2
            at = windows(len(p), frame, 1)
            total = np.zeros(3)
            for k in at:
                after = (p[k + 1] - p[k]) / DT
                before = (p[k] - p[k - 1] / DT) if slip else (p[k] - p[k - 1]) / DT
                total += (after - before) / DT
            push += float(np.linalg.norm(total / len(at)))
        out += [value / (len(p) - 1) for value in (across, upward, push)]
    return out


def geometric(dance: np.ndarray) -> list[float]:
    """Thirty-two shares."""
    rows = []
    for frame in range(1, len(dance)):
        now, old = dance[frame], dance[frame - 1]
        low = float(now[:, 1].min())

        def vector(a: str, b: str) -> np.ndarray:
            return np.asarray(now[AT[b]] - now[AT[a]])  # noqa: B023

        def unit(v: np.ndarray) -> np.ndarray:
            return np.asarray(v / np.linalg.norm(v))

        def went(seen: str, mover: str) -> np.ndarray:
            return np.asarray((now[AT[mover]] - now[AT[seen]] - old[AT[mover]] + old[AT[seen]]) * 120)  # noqa: B023

        def angle(a: str, b: str, c: str, d: str, least: float, most: float) -> bool:
            cosine = float(np.clip(unit(vector(a, b)) @ unit(vector(c, d)), -1, 1))
            return least < float(np.degrees(np.arccos(cosine))) < most

        def plane(a: str, b: str, c: str) -> np.ndarray:
            return unit(np.cross(vector(a, c), vector(a, b)))

        def fast(joint: str, arms: float) -> bool:
            return float(np.linalg.norm(now[AT[joint]] - old[AT[joint]])) * 120 > arms * ARM  # noqa: B023

        trunk = float(np.degrees(np.arccos(np.clip(unit(vector("neck", "root"))[1], -1, 1))))
        chest = float(went("belly", "chest") @ unit(vector("belly", "chest"))) > 1.8 * ARM
        rows.append([
            float(went("neck", "rwrist") @ plane("neck", "rhip", "lhip")) > 1.8 * ARM,
            float(went("neck", "lwrist") @ plane("neck", "lhip", "rhip")) > 1.8 * ARM,
            float(vector("neck", "rwrist") @ unit(vector("chest", "neck"))) > 0.2 * ARM,
            float(vector("neck", "lwrist") @ unit(vector("chest", "neck"))) > 0.2 * ARM,
            chest, chest,
            angle("relbow", "rshoulder", "relbow", "rwrist", 0, 110),
            angle("lelbow", "lshoulder", "lelbow", "lwrist", 0, 110),
            float(vector("lwrist", "rwrist") @ unit(vector("lshoulder", "rshoulder"))) > 2.5 * SHOULDERS,
            float(went("lwrist", "rwrist") @ unit(vector("lwrist", "rwrist"))) > 1.4 * ARM,
            float(went("rwrist", "lwrist") @ unit(vector("rwrist", "root"))) > 1.4 * ARM,
            float(went("lwrist", "rwrist") @ unit(vector("lwrist", "root"))) > 1.4 * ARM,
            fast("rwrist", 2.5), fast("lwrist", 2.5),
            float(vector("root", "rankle") @ plane("root", "lhip", "ltoes")) > 0.38 * ARM,
            float(vector("root", "lankle") @ plane("root", "rhip", "rtoes")) > 0.38 * ARM,
            now[AT["rankle"], 1] - low > 1.2 * ARM,
            now[AT["lankle"], 1] - low > 1.2 * ARM,
            float(vector("lankle", "rankle") @ unit(vector("lhip", "rhip"))) > 2.1 * HIPS,
            angle("rknee", "rhip", "rknee", "rankle", 0, 110),
            angle("lknee", "lhip", "lknee", "lankle", 0, 110),
            fast("rankle", 2.5), fast("lankle", 2.5),
            angle("neck", "root", "rshoulder", "relbow", 25, 180),
            angle("neck", "root", "lshoulder", "lelbow", 25, 180),
            angle("neck", "root", "rhip", "rknee", 50, 180),
            angle("neck", "root", "lhip", "lknee", 50, 180),
            float(vector("rankle", "root") @ plane("rankle", "neck", "lankle")) > 0.5 * ARM,
            70 < trunk < 110,
            now[AT["rwrist"], 1] - low < 1.2 * ARM,
            now[AT["lwrist"], 1] - low < 1.2 * ARM,
            fast("root", 2.3),
        ])  # fmt: skip
    return [float(share) for share in np.array(rows, float).mean(axis=0)]


def pfc(dance: np.ndarray) -> float:
    """EDGE's score of a dance at 30 frames a second."""
    pushes, feet = [], []
    for k in range(len(dance) - 2):
        push = (dance[k + 2, 0] - 2 * dance[k + 1, 0] + dance[k, 0]) * 900
        push[1] = max(push[1], 0)
        pushes.append(float(np.linalg.norm(push)))
        way = [float(np.hypot(*(dance[k + 2, j] - dance[k + 1, j])[[0, 2]])) for j in (7, 10, 8, 11)]
        feet.append(min(way[0], way[1]) * min(way[2], way[3]))
    return 10_000 * float(np.mean([f * p / max(pushes) for f, p in zip(feet, pushes, strict=True)]))


def skating(dance: np.ndarray) -> float:
    """Lodge's ratio of a dance at 30 frames a second, signed means and all."""
    left, right = dance[0, 10, 1], dance[0, 11, 1]
    floor = (left + right) / 2 if abs(left - right) < 0.02 else min(left, right)
    ratios = []
    for ankle, toe in ((7, 10), (8, 11)):
        stands = slides = 0
        for k in range(len(dance)):
            if dance[k, ankle, 1] - floor <= 0.08 and dance[k, toe, 1] - floor <= 0.05:
                stands += 1
                if k + 1 < len(dance):
                    means = [abs(float((dance[k + 1, j] - dance[k, j])[[0, 2]].mean())) for j in (ankle, toe)]
                    slides += max(means) > 0.01
        ratios.append(slides / stands)
    return float(np.mean(ratios))


def grounded(dance: np.ndarray) -> np.ndarray:
    """The dance with feet that stay low, so that there are contacts."""
    out = dance.copy()
    out[:, [7, 8], 1], out[:, [10, 11], 1] = 0.06, 0.01
    return out


def main() -> None:
    """Write."""
    sys.path.insert(0, str(HERE.parent))
    from metrics_support import wandering

    cases = []
    for seed in SEEDS:
        dance = wandering(SECONDS, 60.0, seed)
        rooted = dance - dance[:1, :1]
        cases.append(
            {
                "seed": seed,
                "kinetic": kinetic(dance, slip=False),
                "kinetic_bailando": kinetic(rooted, slip=True),
                "geometric": geometric(dance),
                "pfc": pfc(dance[::2]),
                "skating": skating(grounded(dance)[::2]),
            }
        )
    text = json.dumps({"seconds": SECONDS, "cases": cases}, indent=1)
    (HERE / "metrics.json").write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
