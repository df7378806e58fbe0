"""An MP4 has the frames that were written, and is not there in half."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from brushwork.errors import UserError
from brushwork.generator.provenance import provenance
from brushwork.generator.walk import save_moving, walk
from tests.generator.painters import painter
from tests.generator.test_provenance import told_by


def read(path: Path) -> list[np.ndarray]:
    film, frames = cv2.VideoCapture(str(path)), []
    while (one := film.read())[0]:
        frames.append(np.asarray(one[1])[..., ::-1])
    assert film.get(cv2.CAP_PROP_FPS) == 12
    return frames


def test_frames_come_back_as_they_were(tmp_path: Path) -> None:
    own, path = painter("stylegan2"), tmp_path / "walk.mp4"
    pixels = walk(own, [0, 1, 2], 4, 0)
    save_moving(pixels, path, provenance(own, 0, walk=[0, 1]), 4)
    found = read(path)
    assert len(found) == 12
    wanted = pixels.repeat(4, 1).repeat(4, 2)
    for k, frame in enumerate(found):
        own_error = np.abs(frame.astype(int) - wanted[k]).mean()
        assert own_error < 8  # compressed
        assert own_error < np.abs(frame.astype(int) - wanted[(k + 6) % 12]).mean()
        assert own_error < np.abs(frame.astype(int) - wanted[k, ..., ::-1]).mean()  # red is red
    assert told_by(path)["walk"] == [0, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["walk.mp4"]


def test_without_opencv_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"MP4 needs OpenCV; pip install 'brushwork\[video\]'"):
        save_moving(walk(painter("dcgan-torch"), [0, 1], 2, 0), tmp_path / "walk.mp4", {}, 4)
    assert not list(tmp_path.iterdir())
