"""Watching over a training: how near, how various, how much is learned by heart; the best kept, and an end when it goes wrong."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.generator.distances import distances, kernel_distance
from brushwork.generator.features import Floats, scaled
from brushwork.generator.networks import BEST, Painter, save_generator
from brushwork.generator.random_network import random_features
from brushwork.generator.sample import painted_like, save_progress
from brushwork.generator.sides import Sides, drawn
from brushwork.painting import Painting
from brushwork.processes import first, is_writer, say
from brushwork.run import Run

MOST = 256  # pictures compared at a look
VARIED, LOST = 0.3, 0.3  # of real pictures' spread, to have been varied; of its own widest, to have collapsed
BY_HEART, ALL_BY_HEART = 0.5, 0.8  # shares of the discriminator's judgement that is memory: told, and ending
WORSE = 1.5  # times the best distance
COLLAPSED, PATIENCE = 2, 3  # looks in a row
FEWEST = 16  # paintings to compare with
FAR = 3.0  # deviations


class Watched(Protocol):
    """A training that can be looked at."""

    steps_done: int

    def painter(self) -> Painter:
        """What paints now."""

    def scores(self, pictures: Tensor, styles: Tensor) -> Tensor:
        """What the discriminator makes of pictures (B, 3, S, S) in styles (B,)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What looks have found so far; distances are kernel distances on the random network."""

    best: float | None = None
    best_step: int = 0
    widest: float = 0.0  # spread of the generated pictures over that of real ones
    narrow: int = 0  # looks in a row at which it had collapsed
    by_heart: int = 0  # looks in a row at which it overfitted and was worse
    told: bool = False  # that it learns by heart
    ended: str = ""  # why it went wrong beyond return

    def after(self, step: int, distance: float, spread: float, overfitting: float, floor: float = 0.0) -> "Seen":
        """What has been seen once a look has found these at a step; `floor` is the distance that paintings themselves have."""
        better = self.best is None or distance < self.best
        best = distance if self.best is None else min(distance, self.best)
        narrow = self.narrow + 1 if self.widest >= VARIED and spread < LOST * self.widest else 0
        worse = overfitting > ALL_BY_HEART and distance > WORSE * max(best, floor) and not better
        by_heart = self.by_heart + 1 if worse else 0
        ended = ""
        if narrow >= COLLAPSED:
            ended = f"its pictures have collapsed: they vary {spread / self.widest:.0%} as much as they once did"
        elif by_heart >= PATIENCE:
            ended = f"the discriminator knows the paintings by heart ({overfitting:.0%}) and the pictures get worse"
        return Seen(
            best,
            step if better else self.best_step,
            max(self.widest, spread),
            narrow,
            by_heart,
            self.told or overfitting > BY_HEART,
            ended,
        )


class Looks:
    """What a training is compared with: some of the paintings it learns from, and as many by artists it never sees."""

    def __init__(
        self, run: Run, collection: Collection, learned: list[Painting], styles: list[str], size: int, seed: int
    ) -> None:
        others = collection.select(styles, "validation") or [p for p in collection.select(styles) if p.split != "train"]
        self.run, self.seed, self.styles, self.seen = run, seed, styles, Seen()
        self.met = len(learned)
        # Both sides and the pictures have the styles in the same shares.
        self.counts = Sides(learned, others).counts(MOST) if others else {}
        self.of_each = np.repeat([styles.index(style) for style in self.counts], list(self.counts.values()))
        self.learned, self.others = (self._some(collection, side, size) for side in (learned, others))
        self.features = random_features()
        self.real: Floats = self.features.of(self.others)
        self.beside, self.floor = self.real, 0.0
        if self.watching:
            self.beside = _held(scaled(self.real, self.real))
            self.floor = abs(kernel_distance(self._rows(self.learned), self.beside))
        else:
            say(
                f"{run.folder.name}: {len(self.others)} paintings by other artists can be compared with, each style in its share "
                f"of those learned from, and {FEWEST} are needed: nothing watches over this training, so that a collapse or "
                "learning by heart is not seen, and no best state is kept. Add paintings by other artists in the styles that "
                "have few."
            )

    def _some(self, collection: Collection, paintings: list[Painting], size: int) -> Pixels:
        """Squares (N, S, S, 3) of some paintings, as many of each style as are compared, the styles one after another."""
        chosen = [paintings[i] for i in drawn(paintings, self.counts, "looks", self.seed)]
        return collection.squares(size, chosen)

    def _rows(self, pixels: Pixels) -> Floats:
        """Features (N, D) of pictures in deviations of the paintings by others, held."""
        return _held(scaled(self.features.of(pixels), self.real))

    def look(self, task: Watched) -> dict[str, float]:
        """Save the generator as it is, a sheet, and the best so far; say what goes wrong. Returns numbers to log.

        Where there are fewer than 16 paintings by others to compare with, there is nothing to be seen.
        """
        painter, step = task.painter(), task.steps_done
        if is_writer():
            save_progress(self.run, painter, self.seed, step)
        if not self.watching:
            return {}
        pictures = painted_like(painter, self.counts, self.seed)
        rows, real = self._rows(pictures), self.beside
        found = (
            kernel_distance(rows, real),
            _spread(rows) / max(_spread(real), 1e-12),
            # Nobody knows by heart what he has not met.
            self._overfitting(task, pictures) if painter.kimg * 1000 >= self.met else 0.0,
        )
        distance, spread, overfitting = map(first, found)  # every process must come to the same end
        before, self.seen = self.seen, self.seen.after(step, distance, spread, overfitting, self.floor)
        if self.seen.best_step == step and is_writer():
            save_generator(self.run, painter, BEST)
        if self.seen.told and not before.told:
            say(
                f"{self.run.folder.name}: at step {step}, {overfitting:.0%} of what tells its paintings from generated ones does "
                "not hold for paintings by others: the discriminator learns by heart; more paintings or augmentation help."
            )
        return {"distance": distance, "spread": spread, "overfitting": overfitting}

    def _overfitting(self, task: Watched, pictures: Pixels) -> float:
        """The share of the discriminator's judgement that is memory (Karras et al. 2020, limited data, eq. 1).

        How much higher it scores the paintings it learns from than others, over how much higher than generated ones: 0 where it
        knows none by heart, or is fooled, 1 where others are no better to it than generated ones.
        """
        parts = self.learned, self.others, pictures
        learned, others, generated = (_scores(task, pixels, self.of_each) for pixels in parts)
        gap = learned.mean() - generated.mean()
        if gap <= 2 * ((learned.var() + generated.var()) / len(learned)).sqrt():  # it tells no painting from a picture
            return 0.0
        return float(((learned.mean() - others.mean()) / gap).clamp(0, 1))

    @property
    def watching(self) -> bool:
        """Whether there are enough paintings by others to tell by them how a training goes."""
        return len(self.others) >= FEWEST

    @property
    def collapsed(self) -> bool:
        """Whether it ended because its pictures had collapsed, so that an earlier state has to paint."""
        return self.seen.narrow >= COLLAPSED

    @property
    def never_varied(self) -> bool:
        """Whether its pictures were alike at every look, so that nothing can collapse."""
        return 0 < self.seen.widest < VARIED

    def done(self) -> str:
        """Why the training must end, empty while it may go on."""
        return self.seen.ended

    def state(self) -> dict[str, Any]:
        """What was seen, as plain data."""
        return asdict(self.seen)

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.seen = replace(Seen(), **state)


def _spread(rows: Floats) -> float:
    """The mean distance between two rows (N, D)."""
    return float(distances(rows, rows).sum() / max(len(rows) * (len(rows) - 1), 1))


def _held(rows: Floats) -> Floats:
    """Features (N, D) in deviations, none beyond three: a few wild ones would be all that a cubic kernel sees."""
    return np.asarray(rows.clip(-FAR, FAR))


def _scores(task: Watched, pixels: Pixels, styles: np.ndarray[Any, np.dtype[np.int64]]) -> Tensor:
    device = next(task.painter().network.parameters()).device
    found = []
    with torch.inference_mode():
        for start in range(0, len(pixels), 64):
            pictures = torch.from_numpy(pixels[start : start + 64]).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
            found.append(task.scores(pictures, torch.from_numpy(styles[start : start + 64]).to(device)))
    return torch.cat(found).double()
