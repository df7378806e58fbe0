"""`brushwork explain`."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import click

from brushwork.cli.options import FOLDER, Number, device_option, json_option, seed_option

SHOWN = 512  # pixels on the short side of what maps are drawn on, at most


def _list_methods(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from brushwork.explain.methods import METHODS

        click.echo("\n".join(f"{name:22s}{one.shows} ({one.source})" for name, one in METHODS.items()))
        ctx.exit()


@click.command("explain")
@click.argument("run", type=FOLDER)
@click.argument("pictures", type=FOLDER, nargs=-1, required=True)
@click.option("--method", "methods", multiple=True, default=("evidence", "cam", "grad-cam"), show_default=True,
              help="Give it again for each; --methods says what there is.")  # fmt: skip
@click.option("--methods", "listed", is_flag=True, is_eager=True, expose_value=False, callback=_list_methods,
              help="Say what methods there are, and what each shows.")  # fmt: skip
@click.option("--style", help="Explain this style; default the most probable.")
@click.option("--against", help="Weigh it against this one; default the most probable other.")
@click.option("--size", type=int, help="Pixels on the short side of what the network sees, for finer maps.")
@click.option("--opacity", default=0.84, show_default=True, type=Number(0, 1), help="Of the map at full colour.")
@click.option("--contours/--no-contours", default=True, show_default=True, help="Lines at half of full colour.")
@click.option("--out", type=FOLDER, default=Path("explained"), show_default=True, help="Where the panels go.")
@seed_option
@device_option
@json_option
def command(
    run: Path,
    pictures: tuple[Path, ...],
    methods: tuple[str, ...],
    style: str | None,
    against: str | None,
    size: int | None,
    opacity: float,
    contours: bool,
    out: Path,
    seed: int,
    device: str,
    as_json: bool,
) -> None:
    """Draw where on each canvas the verdict comes from, one panel a picture, and save the maps as JSON beside it.

    \b
    Example:
      brushwork explain runs/transfer my-painting.jpg --method evidence --out explained
    """
    from brushwork.classifier.folding import folded
    from brushwork.classifier.gallery import NO_GALLERY, load_gallery
    from brushwork.classifier.model import fingerprint, load_model
    from brushwork.classifier.predict import picture_bytes, picture_files, verdict
    from brushwork.errors import PictureError, UserError
    from brushwork.explain.attribution import need_methods
    from brushwork.explain.panels import drawn, explain, panel_of
    from brushwork.images import open_picture, write_image
    from brushwork.progress import say
    from brushwork.run import load_run, write_json
    from brushwork.training import choose_device

    need_methods(methods)
    if against and not style:
        raise UserError("--against was given without --style; say for which style the maps are to be.")
    load_run(run, "classifier", "folds")
    model, gallery = load_model(run, choose_device(device)), load_gallery(run)
    judge = folded(model)  # as `predict` has it, so that both say the same
    if gallery is None:
        say(f"{run} {NO_GALLERY}")
    name, number, made = f"{run.resolve().name} {fingerprint(run)}", -1, 0
    for number, path in enumerate(picture_files(pictures)):
        try:
            data = picture_bytes(path)
            image = open_picture(data, model.preprocessing.detail)  # what the network sees, and what is drawn on
            shown = open_picture(data, max(SHOWN, model.preprocessing.detail))
        except PictureError as error:
            click.echo(
                json.dumps({"file": str(path), "reason": str(error)}) if as_json else f"{path}: not explained, {error}"
            )
            continue
        digest = sha256(data).hexdigest()
        said = replace(verdict(judge, image, str(path), name, gallery), sha256=digest)
        explained = explain(model, image, methods, (style, against) if style and against else style, size, seed)
        how = {"methods": list(methods), "style": style, "against": against, "size": size, "seed": seed}
        asked = {"sha256": digest, "model": name} | how
        target, made = panel_of(out, f"{number:03d}-{path.stem}", asked), made + 1
        value = {"file": str(path), "asked": asked, "verdict": said.to_dict(), **explained.to_dict()}
        write_json(target.with_suffix(".json"), value)
        aim = f"evidence for {explained.style} against {explained.against}"
        title = f"{path.name}: {said.told}{said.warned(why=False)}; {aim}"
        write_image(drawn(shown, explained, methods, title, opacity, contours), target)
        words = (
            f"{said.in_words()}; {aim} {explained.log_odds:+.2f} nats. {explained.sentence} {explained.held} {target}"
        )
        click.echo(json.dumps(value | {"panel": str(target)}, ensure_ascii=False) if as_json else words)
    if number < 0:
        raise UserError(f"{', '.join(map(str, pictures))} holds no file; give pictures or a folder of them.")
    if not made:
        raise click.exceptions.Exit(1)
