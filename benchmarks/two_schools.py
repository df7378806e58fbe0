"""Print what two-schools and a finished demo reached: painting speed, scores, maps on half-and-half canvases, distances.

Run `brushwork demo` first, then `python benchmarks/two_schools.py [demo]`.
"""

import sys
import time
from pathlib import Path

from brushwork.classifier.model import load_model
from brushwork.collection.half_and_half import STYLES, read_half_and_half
from brushwork.collection.sources.two_schools import two_schools
from brushwork.explain.localisation import evidence_on_own_half
from brushwork.run import Run, load_run


def main(demo: Path) -> None:
    """Print the tables."""
    entries = list(two_schools(48))
    began = time.process_time()
    for entry in entries:
        entry.read()
    print(f"two-schools: {len(entries) / (time.process_time() - began):.1f} paintings of 192 px a second on one core\n")
    if not (demo / "runs").is_dir():
        print(f"{demo} holds no demo; run `brushwork demo` for the rest.")
        return
    for name in ("scratch", "scratch/evaluation/random"):
        score = (load_run(demo / "runs" / name).results or {})["scores"]
        accuracy = score["balanced_accuracy"]
        print(
            f"{score['protocol']:34s} balanced accuracy {accuracy['value']:.3f} "
            f"[{accuracy['low']:.3f}, {accuracy['high']:.3f}], AUC {score['auc']['value']:.3f}"
        )
    halves = read_half_and_half(demo / "two-schools")
    found = evidence_on_own_half(load_model(demo / "runs" / "scratch"), halves, STYLES)
    print(f"\nevidence on its own half: {found.share:.3f} over {found.canvases} canvases ({found.by_style})\n")
    print(f"{'generator':30s} {'samples':>8s} {'floor':>8s} {'noise':>8s} {'of noise':>9s}")
    for folder in sorted((demo / "runs").iterdir()):
        run = Run(folder)
        if run.kind == "gan" and run.results:
            q = run.results["quality"]
            print(
                f"{folder.name:30s} {q['samples']:8.3f} {q['floor']:8.3f} {q['noise']:8.3f} {q['samples'] / q['noise']:9.2f}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
