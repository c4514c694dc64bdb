"""Draw docs/moves-gallery.md: a looping picture of every move that comes with choreo."""

from __future__ import annotations

from pathlib import Path

from choreo.moves import load_moves
from choreo.video.move_pictures import frames_of
from choreo.video.pictures import save_loop

HERE = Path(__file__).parent
PICTURES = HERE / "moves"
FPS, SIZE = 6.0, (84, 108)
HEAD = """\
# All moves

<!-- Made by docs/gallery_moves.py; change the moves, not this page. -->

The moves that come with choreo, each danced once at its own tempo. In a dance they go over into each other, and are
turned, mirrored, enlarged, lowered and varied. `choreo moves preview` draws yours like this.
"""


def main() -> None:
    """Draw what is missing or older than its move, and write the page."""
    PICTURES.mkdir(exist_ok=True)
    styles: dict[str, list[str]] = {}
    moves = load_moves()
    for old in PICTURES.glob("*.webp"):
        if old.stem not in moves:
            old.unlink()
    for move in moves.values():
        target = PICTURES / f"{move.name}.webp"
        source = Path(move.file.split(",")[0])
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            save_loop(frames_of(move, fps=FPS, size=SIZE), target, FPS, quality=20)
        tempo = f"{move.tempo_range[0]:g} to {move.tempo_range[1]:g} beats/min"
        picture = f"![{move.name}](moves/{move.name}.webp){{ loading=lazy }}"
        text = f"{picture}<br>**{move.name}**<br>{move.counts} counts, {tempo}"
        styles.setdefault(move.styles[0], []).append(text)
    parts = [HEAD]
    for style, cells in sorted(styles.items()):
        rows = [cells[k : k + 4] for k in range(0, len(cells), 4)]
        table = ["| " + " | ".join(row + [""] * (4 - len(row))) + " |" for row in rows]
        parts.append(f"## {style}\n\n" + "\n".join(["| | | | |", "|---|---|---|---|", *table]) + "\n")
    (HERE / "moves-gallery.md").write_text("\n".join(parts), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
