"""Distances are those of the definition, and components keep what they should."""

import numpy as np

from brushwork.classifier.points import fitted, nearest_distances, unit


def test_distances_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    points, others = rng.normal(size=(7, 4)), rng.normal(size=(11, 4))
    wanted = np.linalg.norm(points[:, None] - others, axis=2)
    assert np.allclose(nearest_distances(points, others), wanted.min(1))
    extra, theirs = rng.uniform(size=7), rng.uniform(size=11)
    full = np.sqrt(wanted**2 + extra[:, None] + theirs)
    assert np.allclose(nearest_distances(points, others, extra, theirs), full.min(1))


def test_components_and_what_they_leave_out_make_up_the_whole() -> None:
    values = np.random.default_rng(0).normal(size=(200, 90)) * np.linspace(1, 5, 90)
    features = fitted(values, 0)
    inside, outside = features.points(values)
    z = (values - features.mean) / features.scale
    assert np.allclose((inside**2).sum(1) + outside, (z**2).sum(1))
    assert np.allclose(features.components @ features.components.T, np.eye(64), atol=1e-6)
    assert outside.min() > 0


def test_points_on_few_axes_are_kept_whole_and_silent_channels_do_not_shout() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=(50, 3)) @ rng.normal(size=(3, 20)), np.zeros((50, 4))], 1)
    features = fitted(values, 0)
    inside, outside = features.points(values)
    assert np.allclose(outside, 0, atol=1e-6 * (inside**2).sum(1).max())
    nudged = values[:1].copy()
    nudged[0, -1] += 0.01 * values.std()
    assert features.points(nudged)[1][0] < 1


def test_the_origin_has_no_direction() -> None:
    assert np.isfinite(unit(np.zeros((1, 3)))).all()
