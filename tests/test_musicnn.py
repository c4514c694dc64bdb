"""The tagger: its checkpoint reader, its net beside a plain one, and what tags say of styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tf_checkpoints import net_arrays, write_checkpoint

from choreo import Listening, analyze, plugins
from choreo.cli.inspect import _facts
from choreo.errors import InputError
from choreo.music.tags import FLOOR, combined, moods_of, styles_of
from choreo.types import Audio
from choreo_musicnn.checkpoint import read_checkpoint
from choreo_musicnn.net import EPSILON, FRAMES, MELS, Net
from choreo_musicnn.tagger import TAGS, log_mel


def test_arrays_come_back_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {"a/kernel": rng.normal(size=(3, 2, 4)), "a/bias": rng.normal(size=4), "b": rng.normal(size=())}
    found = read_checkpoint(*write_checkpoint(tmp_path, arrays))
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array.astype(np.float32))


def test_a_damaged_index_is_told_not_followed(tmp_path: Path) -> None:
    index, data = write_checkpoint(tmp_path, {"a": np.ones((5, 5)), "bb": np.zeros(3)})
    whole = index.read_bytes()
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        broken = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            broken[at] = rng.integers(256)
        index.write_bytes(bytes(broken[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.3 else broken))
        try:
            found = read_checkpoint(index, data)
        except InputError as error:
            refused += str(index) in error.message
        else:
            assert sum(array.nbytes for array in found.values()) <= 2 * len(data.read_bytes())
    assert refused > 100


def test_lengths_that_lie_are_refused(tmp_path: Path) -> None:
    index, data = write_checkpoint(tmp_path, {"a": np.ones((5, 5))})
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(InputError, match="outside of the data"):
        read_checkpoint(index, data)
    index.write_bytes(index.read_bytes()[:-20])
    with pytest.raises(InputError, match="no footer"):
        read_checkpoint(index, data)


@pytest.mark.slow
def test_the_net_is_the_published_one_written_plainly() -> None:
    torch: Any = pytest.importorskip("torch")
    arrays = net_arrays()
    patch = np.random.default_rng(2).uniform(0, 3, (FRAMES, MELS)).astype(np.float32)

    def array(name: str) -> Any:
        return torch.from_numpy(arrays[f"model/{name}"])

    def numbered(kind: str, number: int) -> str:
        return kind + (f"_{number}" if number else "")

    def normed(x: Any, number: int, axis: int = 1) -> Any:
        name = numbered("batch_normalization", number)
        form = [1] * x.ndim
        form[axis] = -1
        mean, variance, gamma, beta = (
            array(f"{name}/{part}").reshape(form) for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return (x - mean) / torch.sqrt(variance + EPSILON) * gamma + beta

    def conv(x: Any, number: int, padding: tuple[int, int, int, int]) -> Any:
        name = numbered("conv2d", number)
        kernel = array(f"{name}/kernel").permute(3, 2, 0, 1)
        out = torch.nn.functional.conv2d(torch.nn.functional.pad(x, padding), kernel, array(f"{name}/bias"))
        return normed(torch.relu(out), number + 1)

    x = normed(torch.from_numpy(patch)[None, None], 0)
    front = [conv(x, k, (0, 0, 3, 3)).amax(dim=3) for k in (0, 1)]
    front += [conv(x, k, (0, 0, (n - 1) // 2, n // 2)).amax(dim=3) for k, n in ((2, 128), (3, 64), (4, 32))]
    features = torch.cat(front, dim=1).permute(0, 2, 1)[:, None]  # 1, 1, T, C

    def layer(z: Any, number: int) -> Any:
        return conv(z, number, (0, 0, 3, 3)).permute(0, 3, 2, 1)

    one = layer(features, 5)
    two = layer(one, 6) + one
    three = layer(two, 7) + two
    joined = torch.cat([features, one, two, three], dim=3)[0, 0]
    pooled = normed(torch.stack([joined.amax(dim=0), joined.mean(dim=0)], dim=1).reshape(1, -1), 9)
    hidden = normed(torch.relu(pooled @ array("dense/kernel") + array("dense/bias")), 10)
    wanted = torch.sigmoid(hidden @ array("dense_1/kernel") + array("dense_1/bias"))[0].numpy()
    np.testing.assert_allclose(Net(arrays).tags(patch), wanted, atol=2e-4)


def test_the_mel_spectrum_finds_a_tone_and_its_level() -> None:
    time = np.arange(22_050 * 2) / 22_050
    loud, soft = (
        log_mel(Audio((level * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 22_050)) for level in (1, 0.1)
    )
    assert loud.shape == (2 * 16_000 // 256 + 1, MELS)
    assert int(loud.mean(axis=0).argmax()) == int(soft.mean(axis=0).argmax())
    band = int(loud.mean(axis=0).argmax())
    assert 440 / 66.67 * MELS / (15 + 27 * np.log(8) / np.log(6.4)) == pytest.approx(band + 1, abs=1.5)
    assert float(loud.max() - soft.max()) == pytest.approx(2.0, abs=0.05)


def test_tags_speak_for_styles_and_moods() -> None:
    tags = dict.fromkeys(TAGS, 0.01) | {"metal": 0.8, "heavy metal": 0.5, "sad": 0.3}
    assert next(iter(styles_of(tags))) == "metal"
    assert sum(styles_of(tags).values()) == pytest.approx(1)
    assert next(iter(moods_of(tags))) == "sad"
    assert styles_of({"nonsense": 1.0}) == {}


def test_neither_expert_rules_out_alone_and_agreement_counts() -> None:
    rhythm = {"disco": 0.45, "house": 0.4, "rock": 0.05}
    both = combined(rhythm, {"house": 0.7, "pop": 0.3})
    assert next(iter(both)) == "house"
    assert both["house"] > 0.4
    assert sum(both.values()) < 1
    assert combined(rhythm, {}) == rhythm
    against = combined({"disco": 1.0}, {"disco": 0.0, "metal": 1.0})
    assert against["disco"] == pytest.approx(against["metal"])


def test_tags_tell_nothing_of_styles_that_they_cannot_name() -> None:
    soft = styles_of(dict.fromkeys(TAGS, 0.1) | {"rock": 0.3})
    assert "waltz" not in soft
    both = combined({"waltz": 0.9, "rock": 0.05}, soft)
    assert next(iter(both)) == "waltz"
    assert both["waltz"] > 0.5
    even = combined({"waltz": 0.5}, {"rock": 0.5, "pop": 0.5})
    assert even["waltz"] == pytest.approx(0.5 / (1 + 2 * FLOOR))


def test_weights_that_lack_are_told_before_the_song_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path))
    with pytest.raises(InputError, match="choreo models get musicnn"):
        analyze(tmp_path / "no.wav", Listening(tagger="musicnn"))


def test_analysis_has_the_moods_and_the_styles_of_a_tagger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Certain:
        name = "certain"

        def tags(self, audio: Audio) -> dict[str, float]:
            return dict.fromkeys(TAGS, 0.01) | {"metal": 0.9, "sad": 0.6}

    song = Audio(np.random.default_rng(3).normal(0, 0.1, 22_050 * 4).astype(np.float32), 22_050)
    monkeypatch.setattr(plugins, "ready", ready_but(Certain(), plugins.ready))
    found = analyze(song, Listening(tagger="certain", bpm=120))
    assert next(iter(found.moods)) == "sad"
    assert next(iter(found.styles)) == "metal"
    assert not analyze(song, Listening(bpm=120)).moods
    _facts(found)
    assert "sad 0.60\n" in capsys.readouterr().out


def ready_but(tagger: Any, ready: Any) -> Any:
    """`plugins.ready`, which has this tagger as well."""
    return lambda kind, name: tagger if kind == "taggers" else ready(kind, name)


def test_tags_that_agree_make_a_style_likelier() -> None:
    tagged = {"metal": 0.5, "rock": 0.3, "pop": 0.1, "house": 0.1}
    assert combined({"metal": 0.6, "rock": 0.3}, tagged)["metal"] > 0.6
    assert combined({}, {"rock": 1.0}) == {"rock": 1.0}
