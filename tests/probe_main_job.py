"""Look into what ``choreo generate`` wrote: python tests/probe_main_job.py renders/song --duration 20."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import av
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base", help="path of the outputs without suffix")
    parser.add_argument("--duration", type=float, required=True)
    given = parser.parse_args()
    for suffix in (".mp4", ".plan.json", ".bvh", ".credits.txt"):
        assert Path(given.base + suffix).stat().st_size > 100, suffix
    plan = json.loads(Path(given.base + ".plan.json").read_text(encoding="utf-8"))
    assert len(plan["steps"]) >= 2, plan["steps"]
    film = given.base + ".mp4"
    facts = streams(film)
    print(json.dumps(facts))
    assert facts["video"] == ["h264", 1280, 720, 30.0], facts
    assert facts["audio"] == "aac", facts
    assert abs(facts["picture_s"] - given.duration) < 1.0, facts
    assert abs(facts["picture_s"] - facts["sound_s"]) <= 1 / 30 + 1e-3, facts
    assert facts["brightness"] > 10, "the picture is black"
    assert facts["contrast"] > 8, "the picture is empty"
    assert facts["movement"] > 0.2, "nothing moves"
    assert facts["loudness"] > 0.01, "there is no sound"


def streams(film: str) -> dict[str, Any]:
    """Decode all of it: what a player would show and play."""
    with av.open(film) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        kind = [video.codec_context.name, video.width, video.height, float(video.average_rate)]
        sound_name, rate = audio.codec_context.name, audio.codec_context.sample_rate
        small, frames = [], 0
        for frame in container.decode(video):
            if frames % 10 == 0:
                small.append(frame.reformat(320, 180, "gray").to_ndarray().astype(np.float32))
            frames += 1
    with av.open(film) as container:
        blocks = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
    sound = np.concatenate(blocks)
    pictures = np.stack(small)
    return {
        "video": kind,
        "audio": sound_name,
        "frames": frames,
        "picture_s": round(frames / kind[3], 3),
        "sound_s": round(stream_seconds(film), 3),
        "decoded_sound_s": round(len(sound) / rate, 3),
        "brightness": round(float(pictures.mean()), 2),
        "contrast": round(float(pictures.std()), 2),
        "movement": round(float(np.abs(np.diff(pictures, axis=0)).mean()), 3),
        "loudness": round(float(np.sqrt(np.mean(sound**2))), 4),
    }


def stream_seconds(film: str) -> float:
    with av.open(film) as container:
        audio = container.streams.audio[0]
        return float(audio.duration * audio.time_base)


if __name__ == "__main__":
    main()
