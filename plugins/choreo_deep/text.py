"""The text bridge: tags of a movement attend over the words of a song (after Image2song, Li, Hu and Lu, ICCV 2017)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.errors import InputError
from choreo.motion.tags import clip_words
from choreo.retrieval.learned import TrainingSet
from choreo.retrieval.lyrics import Lyrics
from choreo.retrieval.words import WIDTH, music_words, word_matrix
from choreo.types import Clip, Floats, MusicAnalysis, Phrase
from choreo_deep.base import DeepEmbedder

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

MUSIC_WORDS, TAGS = 48, 24
"""Word slots of a phrase and of a clip; words beyond are dropped."""

COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 6: "six", 8: "eight", 12: "twelve", 16: "sixteen"}


def length_word(counts: int) -> str:
    """Word for a length, e.g. ``eightcount``, so that attention can match phrases and clips of one length."""
    return f"{COUNTS.get(counts, 'many' if counts > 8 else 'odd')}count"


def tags_of(clip: Clip) -> tuple[str, ...]:
    """Words of a clip, without the numbers in names."""
    return tuple(word for word in clip_words(clip) if word.isalpha() and len(word) > 1)


def used_slots(rows: Tensor) -> Tensor:
    """Drop the word slots of ``(N, W, D)`` that no row fills, so that attention runs over fewer."""
    count = int((rows.abs().sum(dim=-1) > 0).any(dim=0).sum())
    return rows[:, : max(count, 1)]


class TextBridge(DeepEmbedder):
    """Every tag of a clip attends over the words of the music, and a small perceptron scores tag and context.

    The words are the lyrics, where there are any, and words for tempo, metre, energy and style of the music. An exact
    match of a word always raises the score; the rest is learnt. Word vectors are hashed from letters, so that words
    never seen in training are near words of their stem.
    """

    name = "text-bridge"
    description = "tags of the movement attend over the words of the song; understands lyrics"
    paper = "Li, Hu and Lu, Image2song: song retrieval via bridging image content and lyric words, ICCV 2017"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "steps": 100, "hidden": 48, "dropout": 0.2, "batch": 48, "plain": 4.0
    }  # fmt: skip
    uses_features = False
    lyrics: Lyrics | None = None
    """Lyrics of the song; set before `embed_music`."""

    def build(self, music: int, motion: int) -> nn.Module:
        """Attention whose query and key maps start as the identity, so that it begins as word similarity."""
        import torch
        from torch import nn

        s = self.settings

        class AttentionNet(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.ask, self.answer = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
                nn.init.eye_(self.ask.weight)
                nn.init.eye_(self.answer.weight)
                self.read = nn.Sequential(
                    nn.Linear(3 * WIDTH, s["hidden"]), nn.ReLU(), nn.Dropout(s["dropout"]), nn.Linear(s["hidden"], 1)
                )

            def attention(self, tags: Tensor, words: Tensor) -> Tensor:
                scores = 8 * self.ask(tags) @ self.answer(words).transpose(-1, -2)
                absent = words.abs().sum(dim=-1) == 0
                return torch.softmax(scores.masked_fill(absent[..., None, :], -1e4), dim=-1)

            def forward(self, tags: Tensor, words: Tensor) -> Tensor:
                context = self.attention(tags, words) @ words
                tags = tags.expand(context.shape)
                filled = (tags.abs().sum(dim=-1) > 0).float()
                learnt = self.read(torch.cat([tags, context, tags * context], dim=-1))[..., 0]
                # the 4th power keeps near-exact matches and fades words that merely share letters
                named = (tags @ words.transpose(-1, -2)).max(dim=-1).values.clamp(min=0) ** 4
                count = filled.sum(dim=-1).clamp(min=1)
                mean = (learnt * filled).sum(dim=-1) / count
                return torch.as_tensor(mean + s["plain"] * (named * filled).sum(dim=-1) / count)

        return AttentionNet()

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Ranking loss in a batch, both directions; clips of the same movement tag are never negatives."""
        import torch

        from choreo_deep import nets

        s = self.settings
        if data.pairs is None:
            raise InputError(f"{self.name}: learns from clips and songs with words, not from bare numbers.")
        clip, tag, weight = map(nets.tensor, (data.clip, data.tag, data.weight))
        tags = used_slots(nets.tensor(self.embed_motion(data.pairs.clips)).reshape(-1, TAGS, WIDTH))
        songs = [self.embed_music(song.analysis, song.phrases) for song in data.pairs.songs]
        words = used_slots(nets.tensor(np.concatenate(songs)).reshape(-1, MUSIC_WORDS, WIDTH))

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            scores = net(tags[danced], words[rows][:, None])
            same = tag[danced][:, None] == tag[danced]
            good = scores.masked_fill(~same, -1e4)
            forward = torch.logsumexp(scores, dim=1) - torch.logsumexp(good, dim=1)
            back = torch.logsumexp(scores, dim=0) - torch.logsumexp(good, dim=0)
            return (forward + back).mean()

        return loss

    def embed_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Floats:
        """Vectors of the words of each phrase ``(P, 48 * 64)``; the lyrics come last."""
        rows = []
        for phrase in phrases:
            sung = self.lyrics.within(float(phrase.beats[0]), float(phrase.beats[-1])) if self.lyrics else ()
            words = [*music_words(analysis, phrase), *([length_word(phrase.counts)] if self.lengths else [])]
            rows.append(word_matrix([*words, *dict.fromkeys(sung)], MUSIC_WORDS).ravel())
        return np.array(rows, np.float32).reshape(len(phrases), MUSIC_WORDS * WIDTH)

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        """Vectors of the tags of each clip ``(C, 24 * 64)``."""
        rows = []
        for clip in clips:
            length = [length_word(clip.counts)] if self.lengths else []
            rows.append(word_matrix([*length, *tags_of(clip)], TAGS).ravel())
        return np.array(rows, np.float32).reshape(len(clips), TAGS * WIDTH)

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """One minus the score, 0 to 1."""
        import torch

        from choreo_deep import nets

        tags = used_slots(nets.tensor(motion).reshape(-1, TAGS, WIDTH))
        rows = []
        with torch.no_grad():
            for words in used_slots(nets.tensor(music).reshape(-1, MUSIC_WORDS, WIDTH)):
                rows.append(1 - torch.sigmoid(self.net(tags, words)).cpu().numpy())
        return {self.name: np.stack(rows).astype(np.float32)}
