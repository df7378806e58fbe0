"""Moving pictures as MP4, by the optional extra `video`."""

import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator.provenance import xmp_of
from brushwork.run import write_atomically

CODEC = "vp09"  # VP9: played by browsers, free, and among what OpenCV comes with
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # Adobe XMP specification, part 3: XMP in MP4


def need_video(path: Path) -> None:
    """Raises `UserError` where the extra is missing, with what to install."""
    if importlib.util.find_spec("cv2") is None:
        raise UserError(
            f"{path} was asked for, and MP4 needs OpenCV; pip install 'brushwork[video]', or write a .gif or .webp."
        )


def save_video(pixels: Pixels, path: Path, about: Mapping[str, Any], scale: int, rate: int) -> None:
    """Write pictures (N, S, S, 3) as an MP4, `rate` a second, each enlarged `scale` times, with their provenance.

    Raises `UserError` where the extra is missing or encodes no VP9.
    """
    need_video(path)
    import cv2

    side = (pixels.shape[2] * scale, pixels.shape[1] * scale)
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "video.mp4"
        writer = cv2.VideoWriter(str(aside), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*CODEC), rate, side)
        if not writer.isOpened():
            raise UserError(f"{path} was asked for, and this OpenCV encodes no VP9; write a .gif or .webp.")
        for picture in pixels:
            writer.write(cv2.resize(np.ascontiguousarray(picture[..., ::-1]), side, interpolation=cv2.INTER_NEAREST))
        writer.release()
        packet = xmp_of(about)
        box = (len(packet) + 24).to_bytes(4, "big") + b"uuid" + XMP_BOX + packet
        write_atomically(path, aside.read_bytes() + box)
