"""What a model answers, or in a sentence why it cannot."""

from torch import Tensor, nn

from brushwork.errors import UserError

SMALL = 64  # pixels; a model that fails on pictures with a shorter side most likely fails for that


def need_batch(pictures: object) -> None:
    """Raises `UserError` for what is no batch of pictures (B, C, H, W) of floating-point numbers."""
    if not isinstance(pictures, Tensor) or not pictures.is_floating_point():
        kind = str(pictures.dtype) if isinstance(pictures, Tensor) else type(pictures).__name__
        raise UserError(
            f"pictures of {kind} were given; give a torch tensor of floating-point numbers, as the model wants them."
        )
    if pictures.ndim != 4 or not len(pictures):
        raise UserError(
            f"{tuple(pictures.shape)} was given as the pictures; give a batch (pictures, channels, height, width), "
            "one picture as picture[None]."
        )


def answer(model: nn.Module, pictures: Tensor) -> Tensor:
    """The model's answer (B, K) to pictures.

    `UserError` where they are too small for it, and where the answer is no tensor or not finite.
    """
    try:
        output = model(pictures)
    except (RuntimeError, ZeroDivisionError, ValueError, AssertionError) as error:
        if min(pictures.shape[2:]) < SMALL:
            raise UserError(
                f"the model cannot take a picture of {pictures.shape[3]} x {pictures.shape[2]} pixels ({_first_line(error)}); "
                "give a larger one: a layer's cell is often 16 or 32 pixels wide."
            ) from error
        raise
    if not isinstance(output, Tensor):
        raise UserError(
            f"the model answers with {type(output).__name__}, but maps need one tensor of scores (pictures, classes); "
            "give a model that returns just that, such as a small module around yours."
        )
    if not bool(output.isfinite().all()):
        weights = not all(bool(one.isfinite().all()) for one in model.parameters())
        raise UserError(
            "the model's answer is not a finite number"
            + (", as its weights hold NaN or infinity; load good ones." if weights else "; look at the pictures given.")
        )
    return output


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:120]
