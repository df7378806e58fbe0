"""Print how much of evidence maps lies in the corners and at the edges of canvases, whatever is painted there.

Give a run with its collection in place: `python benchmarks/corners.py runs/transfer`. Networks fill what lies beyond the canvas
with zeros, and cells near it see them: so evidence maps are levelled, by what varies over an even canvas of the same size.
"""

import argparse
from pathlib import Path

import numpy as np

from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.metrics import Floats
from brushwork.explain import attribute
from brushwork.explain.judges import input_of, judges_of
from brushwork.run import load_run
from brushwork.training import choose_device


def shares(maps: list[Floats]) -> str:
    """Mean sizes of corner, edge and inner cells, in thousandths of a nat."""
    parts: dict[str, list[float]] = {"corners": [], "edges": [], "inside": []}
    for one in maps:
        size = np.abs(one)
        parts["corners"] += size[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()
        parts["edges"] += [*size[0, 1:-1], *size[-1, 1:-1], *size[1:-1, 0], *size[1:-1, -1]]
        parts["inside"] += size[1:-1, 1:-1].ravel().tolist()
    return ", ".join(f"{name} {1000 * float(np.mean(values)):.0f}" for name, values in parts.items())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--pictures", type=int, default=200)
    asked = parser.parse_args()
    run = load_run(asked.run, "classifier", "folds")
    collection = collection_of(run, None)
    for levelled in (False, True):
        maps: list[Floats] = []
        for judge in judges_of(run, collection, asked.pictures, choose_device("auto"), 0):
            vars(judge.model)["levelled"] = levelled
            pair = (judge.model.styles[0], judge.model.styles[1])
            for painting in judge.paintings:
                picture = input_of(judge.model, collection, painting)
                maps.append(attribute(judge.model, picture, target=pair).maps[0].double().cpu().numpy())
        print(
            f"{len(maps)} paintings, {'levelled' if levelled else 'as it is'}, mean size of a cell's evidence, "
            f"thousandths of a nat: {shares(maps)}"
        )


if __name__ == "__main__":
    main()
