"""The page of ``life.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

HEAD = """\
# How much like people choreo's own moves dance

<!-- Made by `python benchmarks/life.py --write`; change that script, not this page. -->

Default dances, choreo's own moves only, 40 s of songs of {count} kinds. Medians over windows of five seconds, beside
five takes of street dance (locking, popping, krump, lindy hop: eleven minutes) and the 33 takes of ballroom dance of
ChoreoNet. `street` and `ballroom` are medians, in brackets the 5th and 95th percentile.
"""


def _z(values: list[float]) -> Any:
    spread = np.std(values)
    return (np.array(values) - np.mean(values)) / (spread if spread > 1e-9 else 1.0)


def energy_correlation(dances: list[dict[str, Any]]) -> float:
    """Correlation of a section's energy with size, travel and levels, each in standard deviations of its dance."""
    music, danced = [], []
    for dance in dances:
        rows = dance["energy"]
        if len(rows) < 2:
            continue
        music += list(_z([row["energy"] for row in rows]))
        danced += list(sum(_z([row[k] for row in rows]) for k in ("size", "travel", "level")))
    return float(np.corrcoef(music, danced)[0, 1]) if len(music) > 2 else float("nan")


def spread_of(windows: list[dict[str, float]], real: dict[str, Any], left_out: tuple[str, ...]) -> float:
    """Median over all figures of our interquartile range as a share of street dance's."""
    out = []
    for key in windows[0]:
        if any(part in key for part in left_out):
            continue
        low, high = np.percentile([w[key] for w in windows], [25, 75])
        street = real["street"][key]
        out.append((high - low) / (street[3] - street[1] + 1e-9))
    return float(np.median(out))


def _range(percentiles: list[float]) -> str:
    return f"{percentiles[2]:.2f} [{percentiles[0]:.2f}, {percentiles[4]:.2f}]"


def page_of(found: dict[str, Any], real: dict[str, Any], figures: Any, left_out: tuple[str, ...]) -> str:
    """The page's text."""
    dances = found["dances"]
    windows = [w for dance in dances for w in dance["windows"]]
    lines = [
        HEAD.format(count=len(dances)),
        f"{len(windows)} windows.",
        "",
        "| per 5 s | choreo | street | ballroom | wanted |",
        "|---|---|---|---|---|",
    ]
    for label, key, wanted in figures:
        ours = np.median([w[key] for w in windows])
        street, ball = (_range(real[name][key]) for name in ("street", "ballroom"))
        lines.append(f"| {label} | {ours:.2f} | {street} | {ball} | {wanted} |")
    share = spread_of(windows, real, left_out)
    lines.append(
        f"| spread: interquartile range, share of street's, median over figures | {share:.2f} | 1 | | >= .85 |"
    )

    def median(key: str) -> float:
        return float(np.nanmedian([dance[key] for dance in dances]))

    slide = max(dance["guarantees"].get("contact_slide_p95", 0.0) for dance in dances)
    seam = max(dance["guarantees"].get("worst_seam", 0.0) for dance in dances)
    rows = [
        (
            "steps that begin within 12 cm rms of the commonest pose",
            f"{100 * np.mean([d['commonest'] for d in dances]):.0f} %",
            "5 %",
            "<= 30 %",
        ),
        (
            "own material danced again (1 s, 4 cm, >= 2 s back, mirrored too)",
            f"{100 * np.mean([d['repeated'] for d in dances]):.0f} %",
            "5 %",
            "<= 10 %",
        ),
        ("first repeat (6 cm, >= 1.5 s back)", f"{median('first_repeat'):.0f} s", "20 s", ">= 15 s"),
        ("intervals of motion beats, CV", f"{median('interval_cv'):.2f}", ".44", ">= .38"),
        ("beat F1 at 70 ms", f"{median('f1'):.2f}", "", ">= .60"),
        ("lag behind the beat", f"{1000 * median('lag'):.0f} ms", "", "within 15 ms"),
        ("speed of the body where steps meet, as a share of its mean", f"{median('seam_speed'):.2f}", "", ">= .8"),
        (
            "energy of a section against size, travel and levels, correlation",
            f"{energy_correlation(dances):.2f}",
            "",
            ">= .6",
        ),
        ("slide of standing soles, p95, worst dance", f"{100 * slide:.1f} cm/s", "", "<= 1.5"),
        ("worst seam over the 99th percentile elsewhere, worst dance", f"{seam:.1f}", "", "<= 3"),
    ]
    use = found["usage"]
    if use:
        rows += [
            (
                f"most danced move over {use['songs']} songs",
                f"{100 * use['most']:.1f} % ({use['most_name']})",
                "",
                "<= 4 %",
            ),
            ("moves never danced", f"{100 * use['never']:.0f} %", "", "<= 5 %"),
            ("the five commonest moves of a dance, share of its steps", f"{100 * use['five']:.0f} %", "", "<= 45 %"),
            ("moves that two of five seeds share in a song", f"{100 * use['shared']:.0f} %", "", "<= 50 %"),
        ]
    lines += [
        "",
        "| over a dance | choreo | street | wanted |",
        "|---|---|---|---|",
        *(f"| {a} | {b} | {c} | {d} |" for a, b, c, d in rows),
    ]
    lines += [
        "",
        "| song | style danced | first repeat, s | danced again | beat F1 | lag, ms |",
        "|---|---|---|---|---|---|",
    ]
    for d in dances:
        again, lag = 100 * d["repeated"], 1000 * d["lag"]
        lines.append(
            f"| {d['song']} | {d['style']} | {d['first_repeat']:.0f} | {again:.0f} % | {d['f1']:.2f} | {lag:.0f} |"
        )
    return "\n".join(lines) + "\n"
