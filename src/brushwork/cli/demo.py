"""`brushwork demo`: the same commands a user would type, one after another."""

import os
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from brushwork.cli.options import FOLDER, answer, json_option, seed_option
from brushwork.errors import UserError

SCHOOLS = ("Alder", "Kessel")
# At the papers' widths one generator alone would take two cores hours; these are narrower, and the exhibit says by how
# much. `quick` is for tests: it shows that everything runs and nothing else.
GENERATORS = {
    "dcgan-torch": ["--width", "32", "--batch", "32", "--kimg", "32", "--sheets", "6"],
    "wgan-gp-paper": ["--width", "16", "--batch", "32", "--kimg", "100", "--sheets", "6"],
}
TRUST = ["--pictures", "60", "--costly", "2"]
QUICK = ["--width", "4", "--batch", "4", "--kimg", "0.1", "--sheets", "2"]


@click.command("demo")
@click.option("--out", type=FOLDER, default=Path("demo"), show_default=True, help="Where everything goes.")
@click.option("--quick", is_flag=True, help="A toy run of a few minutes that only shows that everything works.")
@seed_option
@click.option("--open/--no-open", "show", default=True, help="Open the exhibit at the end where there is a screen.")
@json_option
def command(out: Path, quick: bool, show: bool, seed: int, as_json: bool) -> None:
    """Paint a collection, train a classifier and generators on it, test them and its maps, and show all of it on a page.

    Needs no data, no GPU and no network; two cores take five to thirty-five minutes. Interrupted and started again, it goes on
    where it was.

    \b
    Example:
      brushwork demo
    """
    began = time.monotonic()
    for commands in _steps(out, quick, seed):
        _together(commands, to_stderr=as_json)
    page = out / "exhibit" / "index.html"
    seconds = time.monotonic() - began
    words = f"Done in {seconds // 60:.0f} min {seconds % 60:.0f} s. The exhibit: {page.resolve()}"
    answer({"page": str(page.resolve()), "seconds": round(seconds, 1)}, words, as_json)
    if show and sys.stdout.isatty() and (sys.platform != "linux" or os.environ.get("DISPLAY")):
        webbrowser.open(page.resolve().as_uri())


def _steps(out: Path, quick: bool, seed: int) -> list[list[list[str]]]:
    """The commands of the demo; those of one inner list run side by side, a core each."""
    schools, runs, seeded = str(out / "two-schools"), out / "runs", ["--seed", str(seed)]
    classifier = [
        "train",
        "classifier",
        schools,
        *seeded,
        *(["--passes", "1", "--batch", "8"] if quick else ["--passes", "30"]),
    ]
    ours, small = str(runs / "scratch"), str(runs / "scratch-32")
    collect = ["collect", "two-schools", "--out", schools, *seeded, *(["--count", "120"] if quick else [])]
    made: list[str] = []
    painting: list[list[str]] = []
    for preset, options in GENERATORS.items():
        train = ["train", "gan", schools, "--preset", preset, "--size", "32", *seeded, *(QUICK if quick else options)]
        for school in SCHOOLS:
            made.append(str(runs / f"{preset}-{school.lower()}"))
            painting.append([*train, "--styles", school, "--out", made[-1]])
    few = ["--pictures", "8"] if quick else ["--pictures", "60"]
    trust = ["trust", ours, *seeded, *(["--pictures", "4", "--costly", "0", "--steps", "2"] if quick else TRUST)]
    otherwise = ["interventions", ours, *seeded, *few]
    concepts = ["concepts", ours, *seeded, *few, "--count", "3" if quick else "6"]
    judge = ["judge", small, *made, *seeded, "--count", "8" if quick else "60"]
    return [
        [collect],
        [[*classifier, "--out", ours], painting[0]],
        [["evaluate", ours], painting[1]],  # trains a companion on the random split, about as long as `ours`
        [trust, painting[2]],
        # One that has seen paintings as small as the generators' alone: of others it cannot be the judge.
        [otherwise, concepts, [*classifier, "--set", "detail=32", "--out", small], painting[3]],
        [judge],
        [["exhibit", schools, ours, *made, "--out", str(out / "exhibit")]],
    ]


def _together(commands: Sequence[list[str]], to_stderr: bool) -> None:
    """Run commands of this program side by side; the first that fails ends the others and the demo."""
    environment = dict(os.environ)
    if len(commands) > 1:
        environment |= {"OMP_NUM_THREADS": "1"}
    running: list[subprocess.Popen[str]] = []
    readers = []
    try:
        for place, arguments in enumerate(commands):
            click.secho(f"$ brushwork {' '.join(arguments)}", bold=True, err=to_stderr)
            environment["BRUSHWORK_BAR"] = str(place)  # side by side, each bar has its own line
            process = subprocess.Popen(
                [sys.executable, "-m", "brushwork", *arguments], env=environment, stdout=subprocess.PIPE, text=True
            )
            running.append(process)
            if process.stdout:
                readers.append(_collected(process.stdout))
        while any(process.poll() is None for process in running) and not any(process.poll() for process in running):
            time.sleep(0.2)
    except KeyboardInterrupt:
        # The terminal has told them too: trainings save first, and a second Ctrl-C ends them.
        for process in running:
            process.wait()
        raise
    finally:
        for process in running:
            if process.poll() is None:
                process.terminate()
                process.wait()
    for thread, lines in readers:
        thread.join()
        click.echo("".join(lines), nl=False, err=to_stderr)
    for arguments, process in zip(commands, running, strict=True):
        if process.returncode < 0:
            raise UserError(
                f"`brushwork {' '.join(arguments[:3])} …` was ended by the system (signal {-process.returncode}), most likely "
                "for want of memory; run the demo again and it goes on where it was."
            )
    if any(process.returncode for process in running):
        raise click.exceptions.Exit(max(process.returncode for process in running))


def _collected(stream: IO[str]) -> tuple[threading.Thread, list[str]]:
    """A thread that reads a program's answer while it runs, to be printed when the bars are done."""
    lines: list[str] = []
    thread = threading.Thread(target=lambda: lines.extend(stream), daemon=True)
    thread.start()
    return thread, lines
