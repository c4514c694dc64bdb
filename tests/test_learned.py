"""Embedders that learn: what each method promises, what is saved of them, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip, two_kinds
from two_views import class_map, known_problem, training_set

from choreo import plugins
from choreo.cli.app import run
from choreo.errors import InputError, PluginError
from choreo.music import phrases
from choreo.music.phrasing import stretch
from choreo.retrieval import dances_for, models, retrieve
from choreo.retrieval.bench import DIRECTIONS, benchmark, song_folds
from choreo.retrieval.learned import MODEL, unit
from choreo.retrieval.motion_side import motion_sequences, motion_vectors
from choreo.retrieval.music_side import music_sequences, music_vectors
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.ranking_metrics import above_chance, chance, first_ranks, mean_average_precision, ranking
from choreo.types import Clip
from choreo_cca import Cca, ClusterCca

torch = pytest.importorskip("torch")

LEARNERS = models.learners()


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return two_kinds()


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


# the two sides


def test_a_clip_is_the_same_wherever_it_is_danced() -> None:
    from choreo.motion import rotations as rot

    clip = sway_clip("a")
    turn = rot.yaw(1.1).astype(np.float32)
    rotations = clip.motion.rotations.copy()
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    moved = rot.rotate(turn, clip.motion.translation).astype(np.float32) + np.array([3, 0, -2], np.float32)
    there = replace(clip, motion=replace(clip.motion, rotations=rotations, translation=moved))
    for mine, other in zip(motion_vectors([clip]).values(), motion_vectors([there]).values(), strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-3)
    np.testing.assert_allclose(motion_sequences([clip])[0], motion_sequences([there])[0], atol=2e-3)


def test_speed_is_kept() -> None:
    slow, fast = sway_clip("a", bpm=70), sway_clip("b", bpm=140)
    blocks = motion_vectors([slow, fast])
    assert np.abs(blocks["body"][0] - blocks["body"][1]).max() > 0.3
    np.testing.assert_allclose(blocks["tempo"][0], blocks["tempo"][1], atol=1e-6)  # an octave apart
    assert np.abs(blocks["seconds"][0] - blocks["seconds"][1]).max() > 0.5


def test_music_features_are_by_beat() -> None:
    analysis = song(bpm=110)
    parts = phrases(analysis)
    blocks = music_vectors(analysis, parts)
    assert {name: block.shape[0] for name, block in blocks.items()} == dict.fromkeys(blocks, len(parts))
    assert all(np.isfinite(block).all() for block in blocks.values())
    steps, mask = music_sequences(analysis, [*parts, stretch(analysis, 0, 20), stretch(analysis, 0, 2)])
    assert mask.sum(axis=1).tolist() == [8] * len(parts) + [16, 2]
    assert np.isfinite(steps).all()
    assert not steps[-1, 2:].any()


# measures


def test_ranks_share_ties_and_precision_is_as_defined() -> None:
    apart = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4]], np.float32)
    right = np.array([[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]], bool)
    assert first_ranks(apart, right).tolist() == [2, 2.5]
    assert mean_average_precision(apart[:1], right[:1]) == pytest.approx((1 / 2 + 2 / 4) / 2)
    numbers = ranking(apart, right, right)
    assert numbers["R@1"] == 0
    assert numbers["R@5"] == 1
    assert numbers["gallery"] == 4


def test_chance_is_chance_and_a_perfect_ranking_is_far_above_it() -> None:
    rng = np.random.default_rng(0)
    right = np.eye(60, dtype=bool)
    by_chance = chance(right, right)
    assert by_chance["R@5"] == pytest.approx(5 / 60, abs=0.02)
    assert by_chance["MedR/gallery"] == pytest.approx(0.5, abs=0.05)
    assert above_chance(1 - right.astype(np.float32), right) > 20
    assert abs(above_chance(rng.random((60, 60)).astype(np.float32), right)) < 3


def test_folds_part_songs_and_spread_styles(pairs: Pairs) -> None:
    seen = []
    for train, test in song_folds(pairs, 3, seed=1):
        assert not set(train) & set(test)
        assert len(train) + len(test) == len(pairs.songs)
        assert {pairs.style[pairs.songs[k].clips[0]] for k in test} == {0, 1}
        seen += test
    assert sorted(seen) == list(range(len(pairs.songs)))
    with pytest.raises(InputError, match="folds"):
        next(song_folds(pairs, 40, seed=0))


# every method


@pytest.mark.parametrize("name", LEARNERS)
def test_every_method_finds_which_songs_are_fast(name: str, pairs: Pairs) -> None:
    few: dict[str, Any] = {"steps": 60} if "steps" in models.untrained(name).settings else {}
    result = benchmark(pairs, lambda: models.untrained(name, few), folds=3, seeds=(0,))
    for direction in ("music to dance", "dance to music"):
        assert result.mean(direction, "MAP style") > 0.85, direction  # chance is about .55


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_seed_learns_the_same(name: str, pairs: Pairs) -> None:
    few: dict[str, Any] = {"steps": 8} if "steps" in models.untrained(name).settings else {}
    one, two = (models.untrained(name, few).fit(pairs, seed=5) for _ in range(2))
    assert one.arrays.keys() == two.arrays.keys()
    for key, array in one.arrays.items():
        np.testing.assert_array_equal(array, two.arrays[key])


@pytest.mark.parametrize("name", ["dcca", "contrastive", "rating"])
def test_a_training_that_was_killed_goes_on(
    name: str, pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choreo_deep import nets

    monkeypatch.setattr(nets, "CHECKPOINT_SECONDS", 0.0)
    whole = models.untrained(name, {"steps": 12}).fit(pairs, seed=1)
    state = tmp_path / "training.pt"

    def killed(done: float) -> None:
        if done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.untrained(name, {"steps": 12}).fit(pairs, seed=1, report=killed, checkpoint=state)
    assert state.is_file()
    seen: list[float] = []
    again = models.untrained(name, {"steps": 12}).fit(pairs, seed=1, report=seen.append, checkpoint=state)
    assert seen[0] > 0.5
    for key, array in whole.arrays.items():
        np.testing.assert_allclose(again.arrays[key], array, atol=1e-5, err_msg=key)
    state.write_bytes(b"no state at all")
    models.untrained(name, {"steps": 4}).fit(pairs, seed=1, checkpoint=state)


# single methods


def test_deep_cca_sees_what_linear_cca_cannot() -> None:
    from choreo_deep import DeepCca

    rng = np.random.default_rng(0)
    z = rng.uniform(-1, 1, size=(1200, 2))
    views = []
    for power in (np.abs, np.square):
        bent = np.concatenate([power(z), 0.3 * rng.normal(size=(1200, 4))], axis=1)
        views.append(
            (bent * rng.choice([-1, 1], size=(1200, 1)) + 0.05 * rng.normal(size=bent.shape)).astype(np.float32)
        )
    held = slice(900, None)
    label = np.zeros(1200, np.int64)
    correlations = []
    for embedder in (Cca(dims=2), DeepCca(dims=2, steps=250, dropout=0.0)):
        embedder.learn(training_set(views[0][:900], views[1][:900], label[:900], 0))
        tested = training_set(views[0], views[1], label, 0)
        a, b = embedder.project_music(tested.music)[held], embedder.project_motion(tested.motion)[held]
        correlations.append(sum(abs(np.corrcoef(a[:, k], b[:, k])[0, 1]) for k in range(2)))
    assert correlations[1] > correlations[0] + 0.5


@pytest.mark.slow
def test_the_published_order_of_supervised_deep_cca() -> None:
    from choreo_deep import SupervisedDeepCca

    views = known_problem()
    linear, deep = class_map(ClusterCca(), views)["forward"], class_map(SupervisedDeepCca(), views)["forward"]
    assert deep > linear + 0.05


def test_the_joint_embedding_needs_its_cosine(pairs: Pairs) -> None:
    """Without the term that pulls pairs together, classes alone remain: pairs are found less often."""
    whole = benchmark(pairs, lambda: models.untrained("joint"), folds=3, seeds=(0,))
    classes = benchmark(pairs, lambda: models.untrained("joint", {"cosine_weight": 0.0}), folds=3, seeds=(0,))
    for direction in DIRECTIONS:
        assert whole.mean(direction, "MAP tag") > classes.mean(direction, "MAP tag")


def test_structure_costs_only_orders_that_are_broken() -> None:
    from choreo_deep.vmnet import ranking_loss, structure

    before = torch.tensor([[0.0], [1.0], [3.0]])
    triples = torch.tensor([[0, 1, 2]])
    assert float(structure(before, 2 * before, triples)) == 0
    assert float(structure(before, torch.tensor([[0.0], [3.0], [1.0]]), triples)) == pytest.approx(2 * (9 - 1))
    cosine, right = torch.tensor([[0.9, 0.5, 0.2]]), torch.tensor([[True, False, False]])
    assert float(ranking_loss(cosine, right, 0.1, 2)) == 0
    assert float(ranking_loss(torch.tensor([[0.5, 0.9, 0.2]]), right, 0.1, 1)) == pytest.approx(0.5)


def test_correlation_of_a_view_with_itself_is_its_width() -> None:
    from choreo_deep.correlation import correlation

    rows = torch.randn(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert float(correlation(rows, rows @ torch.randn(3, 3, dtype=torch.float64), 1e-9)) == pytest.approx(3, abs=1e-4)


def test_a_rating_is_between_nothing_and_one(pairs: Pairs) -> None:
    rating = models.untrained("rating", {"steps": 60}).fit(pairs)
    fast = pairs.songs[1]
    found = rating.compare(rating.embed_music(fast.analysis, fast.phrases), rating.embed_motion(pairs.clips))["rating"]
    assert ((found >= 0) & (found <= 1)).all()
    assert found[:, 4:].mean() < found[:, :4].mean() - 0.2


def test_attention_sums_to_one_over_words_that_are_there(pairs: Pairs) -> None:
    from choreo_deep import TextBridge

    bridge = models.untrained("text-bridge", {"steps": 10}).fit(pairs)
    assert isinstance(bridge, TextBridge)
    tags = torch.as_tensor(bridge.embed_motion(pairs.clips)).reshape(len(pairs.clips), 24, 64)
    words = torch.as_tensor(bridge.embed_music(pairs.songs[0].analysis, pairs.songs[0].phrases[:1])).reshape(1, 48, 64)
    share = bridge.net.attention(tags, words).detach()
    torch.testing.assert_close(share.sum(dim=-1), torch.ones(share.shape[:-1]))
    there = int((words.abs().sum(dim=-1) > 0).sum())
    assert float(share[..., there:].abs().max()) < 1e-6


def test_a_lyric_that_names_the_movement_brings_it_nearer(pairs: Pairs, tmp_path: Path) -> None:
    from choreo.retrieval.lyrics import read_lyrics
    from choreo_deep import TextBridge

    bridge = models.untrained("text-bridge", {"steps": 30}).fit(pairs)
    assert isinstance(bridge, TextBridge)
    clips = [replace(sway_clip("x", counts=4), clip_id=name, name=name) for name in ("spin", "kick")]
    analysis = song()
    parts = phrases(analysis)

    def near(text: str) -> np.ndarray:
        path = tmp_path / "words.txt"
        path.write_text(text)
        bridge.lyrics = read_lyrics(path)
        found = bridge.compare(bridge.embed_music(analysis, parts), bridge.embed_motion(clips))["text-bridge"]
        return np.asarray(found.mean(axis=0))

    spin, kick = near("spin spin spin me"), near("we kick it high")
    assert spin[0] < kick[0]
    assert kick[1] < spin[1]


# files


@pytest.fixture(scope="module")
def small() -> Cca:
    return Cca(dims=4).fit(two_kinds(), seed=2)


def test_a_model_has_a_card(small: Cca, tmp_path: Path) -> None:
    small.save(tmp_path)
    told = (tmp_path / "README.md").read_text()
    for words in ("two kinds", "CC0-1.0", "seed: 2", "12 songs", "Hotelling"):
        assert words in told
    again = Cca().load(tmp_path)
    assert again.settings["dims"] == 4
    assert again.card.songs == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", MODEL]


def _broken(path: Path, change: dict[str, Any]) -> None:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    facts = json.loads(header["__metadata__"]["choreo"]) | change
    header["__metadata__"]["choreo"] = json.dumps(facts)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "kcca"}, "is a model of 'kcca'"),
        ({"features": 0}, "version 0"),
        ({"skeleton": ["hips", "spine"]}, "skeleton of 2 joints"),
        ({"settings": None}, "is not a model"),
        ({"card": 3}, "is not a model"),
    ],
)
def test_a_model_of_something_else_is_refused(change: dict[str, Any], words: str, small: Cca, tmp_path: Path) -> None:
    small.save(tmp_path)
    _broken(tmp_path / MODEL, change)
    with pytest.raises(InputError, match=words):
        Cca().load(tmp_path)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\xff" * 8, (10**18).to_bytes(8, "little") + b"{}"])
def test_a_broken_model_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / MODEL).write_bytes(data)
    with pytest.raises(InputError, match="not a model"):
        Cca().load(tmp_path)
    with pytest.raises(InputError, match="choreo train cca"):
        Cca().load(tmp_path / "nowhere")


# what cannot be learnt from


def test_too_few_pairs_say_what_needs_none(pairs: Pairs) -> None:
    one = pairs.songs[0]
    with pytest.raises(InputError, match="zeroshot"):
        replace(pairs, songs=(replace(one, phrases=one.phrases[:3], clips=one.clips[:3]),))


def test_numbers_that_are_none_are_refused() -> None:
    broken = two_kinds(4)
    broken.music["song"][0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        Cca().fit(broken)


def test_what_never_changes_is_told_of() -> None:
    alike = two_kinds(4)
    same = replace(alike, clips=tuple(replace(alike.clips[0], clip_id=clip.clip_id) for clip in alike.clips))
    learnt = ClusterCca(classes="tag").fit(same)
    assert any("never changes" in line for line in learnt.card.warnings)
    assert any("regularised" in line for line in learnt.card.warnings)


def test_settings_that_are_none(pairs: Pairs) -> None:
    with pytest.raises(InputError, match="no setting 'depth'"):
        Cca(depth=3)
    with pytest.raises(InputError, match="needs no training"):
        models.untrained("zeroshot")
    with pytest.raises(PluginError, match="learnt nothing"):
        Cca().embed_motion(pairs.clips)
    rows = np.zeros((2, 3), np.float32)
    np.testing.assert_array_equal(unit(rows), rows)


# in use


def test_a_trained_embedder_serves_search_and_dance(pairs: Pairs, models_folder: Path) -> None:
    analysis = song(32.0, bpm=136, energy=0.7)
    parts = phrases(analysis)
    with pytest.raises(InputError, match="choreo train contrastive"):
        retrieve(analysis, parts, pairs.clips, embedder="contrastive")
    seen: set[str] = set()
    _, now = models.train(
        "contrastive", pairs, folds=2, settings={"steps": 40}, progress=lambda stage, _: seen.add(stage)
    )
    assert now
    assert len(seen) == 2
    hits = dances_for(analysis, parts, pairs.clips, top=2, embedder="contrastive")
    assert [len(row) for row in hits] == [2] * len(parts)
    assert all(hit.name.startswith("fast") for row in hits for hit in row)
    _, again = models.train("contrastive", pairs, folds=2, settings={"steps": 40})
    assert not again
    assert models.train("contrastive", pairs, folds=0, settings={"steps": 40}, again=True)[1]
    assert not list(models_folder.rglob("*.pt"))


def test_a_clip_is_compared_with_as_much_music_as_it_lasts(pairs: Pairs, models_folder: Path) -> None:
    models.train("cca", pairs, folds=0)
    analysis = song(32.0, bpm=136)
    clips: list[Clip] = [sway_clip("two", counts=2), sway_clip("eight"), sway_clip("four", counts=4)]
    parts = phrases(analysis)
    together = retrieve(analysis, parts, clips, embedder="cca").distances
    alone = np.concatenate([retrieve(analysis, parts, [clip], embedder="cca").distances for clip in clips], axis=1)
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_lyrics_without_times_need_an_embedder_that_reads(tmp_path: Path) -> None:
    analysis = song()
    (tmp_path / "song.txt").write_text("turn around")
    with pytest.raises(InputError, match="text-bridge"):
        retrieve(analysis, phrases(analysis), [sway_clip("a")], lyrics=tmp_path / "song.txt")


def test_commands(tmp_path: Path, models_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataset_support import write_bvh
    from motion_support import dance
    from test_music_audio import write_wav
    from test_music_beats import band

    for number, bpm in enumerate((96, 120)):
        folder = tmp_path / "dances"
        (folder / str(number)).mkdir(parents=True)
        write_bvh(dance(24.0, bpm=bpm), folder / str(number)).rename(folder / f"take-{number}.bvh")
        write_wav(folder / f"take-{number}.wav", band(bpm, 4, 24.0)[0].samples)
    dances = str(tmp_path / "dances")
    assert run(["train", "cca", "bvh", dances, "--folds", "2", "--set", "dims=3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)[0]
    assert told["trained"]
    assert 0 <= told["measured"]["music to dance, R@5"] <= 1
    assert (
        run(["bench", "retrieval", "bvh", dances, "--embedders", "zeroshot,cca", "--folds", "2", "--seeds", "1"]) == 0
    )
    out = capsys.readouterr().out
    assert "| zeroshot |" in out
    assert "| cca |" in out
    assert run(["train", "cca", "bvh", dances, "--set", "dims"]) == 2
    assert run(["train", "zeroshot", "bvh", dances]) == 2
    assert run(["train", "cca", "starter", dances]) == 2
    assert run(["train", "cca", "bvh", str(tmp_path / "none")]) == 2
    (tmp_path / "silent").mkdir()
    (tmp_path / "dances" / "take-0.bvh").rename(tmp_path / "silent" / "lonely.bvh")
    assert run(["train", "cca", "bvh", str(tmp_path / "silent")]) == 2
    assert "song of its name" in capsys.readouterr().err


def test_choreonet_gives_pairs(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo_c3d.choreonet import ChoreoNetDataset

    reader = plugins.load("datasets", "choreonet")
    home = shared / "choreonet"
    files = [path for path in reader.files(home) if path.stem in ("14", "15", "17", "mm_tg_03_1")]
    monkeypatch.setattr(ChoreoNetDataset, "files", lambda self, path: files)
    dances = __import__("choreo_c3d.choreonet", fromlist=["x"])
    some = [dance for dance in dances.choreographies(home) if dance.name == "T_2"]
    monkeypatch.setattr(dances, "choreographies", lambda path: some)
    found = reader.pairs(home)
    assert set(found.tags) >= {found.tags[k] for k in found.clip}
    assert len(found) > 20
    for song_of in found.songs:
        firsts = [phrase.first_beat for phrase in song_of.phrases]
        assert firsts == sorted(firsts)
        assert all(phrase.counts >= 1 for phrase in song_of.phrases)
    assert all(clip.labels[-1] == tag for clip, tag in zip(found.clips, found.tags, strict=True))
