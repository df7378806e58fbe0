"""The standard Inception network, in whose space alone distances are called FID and KID; its file must be given."""

import hashlib
import io
from pathlib import Path

import numpy as np
import torch

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator.features import Features, Floats
from brushwork.generator.quality import FRECHET, KERNEL

# Of `weights-inception-2015-12-05-6726825d.pth` (torch-fidelity) and `pt_inception-2015-12-05-6726825d.pth`
# (pytorch-fid), which are one file under two names.
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
NAMES = {KERNEL: "KID", FRECHET: "FID"}
BATCH = 16


def inception_features(weights: Path, device: torch.device | str = "cpu") -> Features:
    """The 2048 features of torch-fidelity's port of Inception v3, as the published FID and KID take them.

    The file is read once and believed only if its checksum is the published one's; what it holds is then loaded as tensors
    alone. Raises `UserError` when it is another file, cannot be read, or torch-fidelity is not installed.
    """
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise UserError(
            f"{weights} cannot be read ({error.strerror}); give the file of Inception's weights."
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise UserError(
            f"{weights} is not the standard Inception network (SHA-256 {found[:8]}…, needed {SHA256[:8]}…), and distances in "
            "the space of another are neither FID nor KID; give the file weights-inception-2015-12-05-6726825d.pth."
        )
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise UserError(
            "--inception needs torch-fidelity, which is not installed; `pip install brushwork[inception]`."
        ) from error
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    again = io.BytesIO()  # torch-fidelity unpickles what it is given, so that it is given nothing but what we wrote
    torch.save(state, again)
    again.seek(0)
    network = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=again).to(device)

    def features(pixels: Pixels) -> Floats:
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pixels), BATCH):
                pictures = torch.from_numpy(pixels[start : start + BATCH]).permute(0, 3, 1, 2).to(device)
                rows.append(network(pictures)[0].cpu().double().numpy())
        return np.concatenate(rows)

    about = "the standard Inception v3 taught to name things in photographs (ImageNet), as published FID and KID use it"
    return Features("Inception v3", features, about, known_as=SHA256[:12], published=NAMES)
