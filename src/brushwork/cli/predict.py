"""`brushwork predict`."""

import json
from pathlib import Path

import click

from brushwork.cli.options import FOLDER, device_option, json_option


@click.command("predict")
@click.argument("run", type=FOLDER)
@click.argument("pictures", type=FOLDER, nargs=-1, required=True)
@device_option
@json_option
def command(run: Path, pictures: tuple[Path, ...], device: str, as_json: bool) -> None:
    """Ask a classifier which style each picture resembles; a folder stands for every file in it.

    \b
    Example:
      brushwork predict runs/transfer my-painting.jpg scans/ --json
    """
    from brushwork.classifier.model import fingerprint, load_model
    from brushwork.classifier.predict import picture_files, predict
    from brushwork.errors import UserError
    from brushwork.run import load_run
    from brushwork.training import choose_device

    load_run(run, "classifier")
    model = load_model(run, choose_device(device))
    failed, files = 0, picture_files(pictures)
    if not files:
        raise UserError(f"{', '.join(map(str, pictures))} holds no file; give pictures or a folder of them.")
    for verdict in predict(model, files, f"{run.name} {fingerprint(run)}"):
        failed += bool(verdict.reason)
        value = verdict.to_dict() | ({"log_odds": None} if verdict.reason else {})
        click.echo(json.dumps(value, ensure_ascii=False) if as_json else verdict.in_words())
    if failed:
        click.echo(f"{failed} could not be read; the reason stands with each.", err=True)
    if failed == len(files):
        raise click.exceptions.Exit(1)
