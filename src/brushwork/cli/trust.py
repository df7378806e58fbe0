"""`brushwork trust`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, kept_options


@click.command("trust")
@click.argument("run", type=FOLDER)
@click.option(
    "--pictures", default=200, show_default=True, type=click.IntRange(4), help="Test paintings, of all styles."
)
@click.option("--costly", default=6, show_default=True, type=click.IntRange(0),
              help="Of these, for methods that look many times (Score-CAM, RISE, ...).")  # fmt: skip
@click.option("--steps", default=10, show_default=True, type=click.IntRange(2), help="Of deletion and insertion.")
@click.option("--retrain", is_flag=True, help="Train again on random labels, which takes as long as training did.")
@click.option("--weights", type=FOLDER, help="Where the trunk's weights are, if they were moved (for --retrain).")
@kept_options
def command(
    run: Path,
    pictures: int,
    costly: int,
    steps: int,
    retrain: bool,
    again: bool,
    collection: Path | None,
    weights: Path | None,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Test whether a classifier's maps can be believed: faithfulness, localisation, sanity, each beside controls.

    On paintings by artists whom the network never saw. 200 of them take a quarter of an hour on two cores, methods that
    look many times a third of that (--costly). The result is kept as RUN/trust.json, which `exhibit` shows, and is read
    back when just the same is asked again; what is interrupted begins anew.

    \b
    Example:
      brushwork trust runs/transfer --pictures 200
    """
    from brushwork.explain.trust import Plan, trust
    from brushwork.explain.trust_file import same_again
    from brushwork.explain.trust_words import in_words
    from brushwork.run import load_run

    plan = Plan(pictures, costly, steps)
    opened = load_run(run, "classifier", "folds")
    found = None if again else same_again(opened, plan, seed, retrain)
    found = found or trust(opened, plan, collection, device, seed, retrain, weights)
    answer(found.to_dict(), in_words(found), as_json)
