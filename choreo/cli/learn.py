"""Commands ``train`` and ``bench``: embedders learn from a dataset with music, and are judged on songs held out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.say import say

if TYPE_CHECKING:
    from choreo.cli.progress import ProgressCallback
    from choreo.retrieval.pairs import Pairs

MUSIC = click.option("--music", type=click.Path(path_type=Path), help="Folder of the songs; PATH by default.")
LENGTHS = click.option(
    "--lengths/--no-lengths", default=True, show_default=True, help="Whether how long a phrase and a clip last is told."
)


class Settings(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``name=value``, the value as JSON where it is JSON."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Name and value."""
        import json

        name, equals, text = value.partition("=")
        if not equals or not name:
            self.fail(f"{value!r}: write name=value, e.g. dims=16.", param, ctx)
        try:
            return name, json.loads(text)
        except ValueError:
            return name, text


@click.command(
    epilog=options.examples(
        "choreo train contrastive choreonet ChoreoNet/",
        "choreo train all bvh my_dances/ --music my_songs/",
        "choreo train kcca choreonet ChoreoNet/ --set kernel=polynomial --set dims=16",
    )
)
@click.argument("method", metavar="EMBEDDER|all")
@click.argument("dataset", type=options.PluginName("datasets"))
@click.argument("path", type=click.Path(path_type=Path))
@MUSIC
@LENGTHS
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the training.")
@click.option("--folds", type=click.IntRange(0, 100), default=5, show_default=True, help="Songs held out; 0: none.")
@click.option("--set", "settings", type=Settings(), multiple=True, help="A setting of the method; may be repeated.")
@click.option("--again", is_flag=True, help="Also what is trained already on the same data.")
@options.engine
@options.telling
def train(method: str, dataset: str, path: Path, music: Path | None, **given: Any) -> None:
    """Teach an embedder which dance goes with which music.

    DATASET is how to read PATH, which holds dances and the songs that they were danced to: ChoreoNet's folder, or any
    motion files with a song of the same name beside them (or in --music). The model is kept for 'choreo generate
    --embedder EMBEDDER', with a card that says what it was made of and what it scores on songs held out. Can be
    stopped at any time and run again.
    """
    from choreo.cli.progress import progress_bar, warn
    from choreo.errors import InputError
    from choreo.plugins import ready, suggest
    from choreo.retrieval.models import able, learners, model_folder
    from choreo.retrieval.models import train as learn

    known = learners()
    if method not in ("all", *known):
        raise InputError(f"no embedder that learns is called {method!r}.{suggest(method, ['all', *known])}")
    chosen, rows = known if method == "all" else [method], []
    for name in chosen:
        ready("embedders", name)
    with progress_bar(given["quiet"]) as bar:
        pairs = _pairs(dataset, path, music, bar)
        if method == "all":
            chosen = able(chosen, pairs)
        for name in chosen:
            embedder, now = learn(
                name,
                pairs,
                seed=given["seed"],
                folds=given["folds"],
                lengths=given["lengths"],
                settings=dict(given["settings"]),
                again=given["again"],
                engine=given["engine"],
                progress=bar,
            )
            warn([f"{name}: {line}" for line in embedder.card.warnings], given["quiet"])
            rows.append((name, embedder.card.measured, str(model_folder(name, pairs.view)), now))
    if given["as_json"]:
        options.echo_json([{"name": n, "measured": dict(m), "folder": f, "trained": now} for n, m, f, now in rows])
        return
    for name, measured, folder, now in rows:
        say(f"{name}: {'trained' if now else 'was trained already (--again trains anew)'}, {folder}")
        for metric in ("music to dance, R@5", "music to dance, MAP style", "dance to music, R@5"):
            if metric in measured:
                say(f"  {metric} on songs held out: {measured[metric]:.2f}")


@click.group()
def bench() -> None:
    """Measure choreo on your data."""


@bench.command(
    epilog=options.examples(
        "choreo bench retrieval choreonet ChoreoNet/",
        "choreo bench retrieval choreonet ChoreoNet/ --embedders zeroshot,cca,contrastive --seeds 1",
    )
)
@click.argument("dataset", type=options.PluginName("datasets"))
@click.argument("path", type=click.Path(path_type=Path))
@MUSIC
@LENGTHS
@click.option("--embedders", metavar="NAMES", help="Only these, with commas between; all by default.")
@click.option("--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="Parts of the songs.")
@click.option("--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="Splits into folds.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; one a processor by default.")
@options.engine
@options.telling
def retrieval(dataset: str, path: Path, music: Path | None, **given: Any) -> None:
    """Compare embedders: music finds its dance, and dance its music, on songs that were not learnt from.

    Songs are split into folds; each embedder learns from all but one and is judged on that one, in both directions.
    Right is what has the same movement tag (R@k, median rank, MAP tag) or the same dance style (MAP style).
    """
    from choreo.cli.progress import progress_bar
    from choreo.plugins import available, ready
    from choreo.retrieval.report import as_json, compare_all, table

    names = given["embedders"].split(",") if given["embedders"] else list(available("embedders"))
    names = [options.PluginName("embedders").convert(name.strip(), None, None) for name in names]
    for name in names:
        ready("embedders", name)
    with progress_bar(given["quiet"]) as bar:
        pairs = _pairs(dataset, path, music, bar)
        found = compare_all(
            pairs,
            names,
            lengths=given["lengths"],
            folds=given["folds"],
            seeds=range(given["seeds"]),
            jobs=given["jobs"],
            engine=given["engine"],
            progress=bar,
        )
    if given["as_json"]:
        options.echo_json(as_json(found))
    else:
        say(table(found))


def _pairs(dataset: str, path: Path, music: Path | None, bar: ProgressCallback | None) -> Pairs:
    from choreo import plugins
    from choreo.errors import InputError
    from choreo.retrieval.pairs import paired_files

    reader = plugins.load("datasets", dataset)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder.")

    def report(done: int, total: int) -> None:
        if bar:
            bar("reading dances and songs", done / max(total, 1))

    with plugins.blame("datasets", dataset):
        if hasattr(reader, "pairs"):
            pairs: Pairs = reader.pairs(path, progress=report)
            return pairs
        if not hasattr(reader, "files"):
            raise InputError(f"{dataset} has no music that goes with its dances; choose a dataset of recordings.")
        return paired_files(reader, path, music, progress=report)
