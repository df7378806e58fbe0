"""Print what each step of training from scratch is worth on artists never seen: see docs/verdict.md.

`python benchmarks/recipes.py COLLECTION OUT [PASSES]`: `--preset scratch` with one setting changed at a time, five
artist-disjoint folds, seed 0. Every row is a run of `brushwork train classifier COLLECTION --preset scratch --folds 5
--passes PASSES --set ...`, kept in OUT: what is finished is not trained again, and what was interrupted goes on.
"""

import sys
from dataclasses import replace
from pathlib import Path

from brushwork.classifier.folds import train_folds
from brushwork.classifier.scores import Scores
from brushwork.classifier.train import RECIPES, Asked
from brushwork.collection import open_collection
from brushwork.settings import changed

ROWS = (
    "",
    "mirrored=false",
    "colour=0.1",
    "smoothing=0",
    "cap=50",
    "ema=0.998",
    "keep_best=true",
    "smallest=0.25",
    "largest=1.0",
)


def main(folder: Path, out: Path, passes: float = RECIPES["scratch"].passes) -> None:
    """Print the table, row by row as the runs finish."""
    collection, preset = open_collection(folder), replace(RECIPES["scratch"], passes=passes)
    print(f"{'':24}balanced accuracy          AUC     log-loss   each fold")
    for row in ROWS:
        recipe = changed(preset, [row] if row else [], "a recipe")
        run = train_folds(Asked(collection, recipe), out / (row.replace("=", "-") or "as-it-is"), 5)
        results = run.results or {}
        found = Scores.from_dict(results["scores"])
        each = " ".join(f"{fold['balanced_accuracy']['value']:.3f}" for fold in results["folds"])
        accuracy = found.balanced_accuracy
        print(
            f"{row or 'as it is':24}{accuracy.value:.3f} [{accuracy.low:.3f}, {accuracy.high:.3f}]      "
            f"{found.auc.value:.3f}   {found.log_loss.value:.3f}      {each}",
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(float, sys.argv[3:]))
