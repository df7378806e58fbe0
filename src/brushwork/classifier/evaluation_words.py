"""An evaluation for a terminal: what the model card says of it, as plain text."""

from brushwork.classifier.analyses import analyses
from brushwork.classifier.document import plain_text
from brushwork.classifier.evaluate import EVALUATION, Evaluation


def in_words(found: Evaluation) -> str:
    """The whole evaluation: the numbers, the baselines, leakage, calibration, abstention, genres and artists."""
    lead = (
        f"{found.run}: {', '.join(found.styles)}. The headline is the column of artists never seen; guessing reaches "
    )
    lead += f"{1 / len(found.styles):.3f}."
    last = f"Every artist, every interval: {EVALUATION} in the run, or --json."
    return plain_text([lead, *analyses(found), last])
