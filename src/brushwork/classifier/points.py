"""Pictures as points: standardised features in their principal components, and distances between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brushwork.randomness import stream, stream_seed

COMPONENTS = 64  # principal components kept of the features, at most
FITTED = 5_000  # pictures, at most, on which components are found
CHUNK = 512  # pictures whose distances are held at once

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """Standardised features in their principal components: where points lie in them, and how far outside."""

    mean: Floats  # (C,)
    scale: Floats  # (C,)
    components: Floats  # (K, C)

    def points(self, pooled: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Pooled features (B, C) as coordinates (B, K) and the square (B,) of what the components leave out."""
        z = (np.asarray(pooled, np.float64) - self.mean) / self.scale
        inside = z @ self.components.T
        return inside, np.maximum((z**2).sum(1) - (inside**2).sum(1), 0)


def fitted(values: Floats, seed: int) -> Features:
    """Scales and principal components of features (N, C), found on at most 5,000 of them."""
    from sklearn.decomposition import PCA

    chosen = values[stream(seed, "gallery", "fitted").permutation(len(values))[:FITTED]]
    mean, std = chosen.mean(0), chosen.std(0)
    scale = np.maximum(std, 0.1 * std.mean() + 1e-9)  # a channel that hardly any painting wakes must not shout
    count = max(1, min(COMPONENTS, len(chosen) - 1, values.shape[1]))
    found = PCA(count, svd_solver="randomized", random_state=stream_seed(seed, "gallery", "components") % 2**32)
    return Features(mean, scale, found.fit((chosen - mean) / scale).components_)


def nearest_distances(
    points: Floats, others: Floats, extra: Floats | None = None, theirs: Floats | None = None
) -> Floats:
    """Each point's (B, K) Euclidean distance to the nearest of others (N, K), squares (B,) and (N,) outside K added.

    What lies outside the components of two pictures is taken as at right angles, so that their squares add.
    """
    found = [
        distances(
            points[start : start + CHUNK], others, None if extra is None else extra[start : start + CHUNK], theirs
        ).min(1)
        for start in range(0, len(points), CHUNK)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def distances(points: Floats, others: Floats, extra: Floats | None = None, theirs: Floats | None = None) -> Floats:
    """All distances (B, N) of points (B, K) from others (N, K); see `nearest_distances`."""
    own = (points**2).sum(1) + (0 if extra is None else extra)
    other = (others**2).sum(1) + (0 if theirs is None else theirs)
    return np.asarray(np.sqrt(np.maximum(own[:, None] + other - 2 * points @ others.T, 0)))


def unit(points: Floats) -> Floats:
    """Points (B, K) brought to length 1."""
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12))
