"""`brushwork export`."""

from pathlib import Path

import click

from brushwork.cli.options import FOLDER, answer, json_option


@click.command("export")
@click.argument("run", type=FOLDER)
@click.option(
    "--out", type=FOLDER, required=True, help="An .onnx file; how to use it is written beside it as .onnx.json."
)
@json_option
def command(run: Path, out: Path, as_json: bool) -> None:
    """Write a generator as ONNX, which paints without PyTorch; needs the extra `onnx`.

    \b
    Example:
      brushwork export runs/stylegan2 --out generator.onnx
    """
    from brushwork.errors import UserError
    from brushwork.generator.export import CHECKED, export, need_onnx
    from brushwork.generator.networks import load_generator
    from brushwork.run import load_run

    need_onnx()
    if out.suffix.lower() != ".onnx":
        raise UserError(f"--out {out} was given; an export is written as .onnx.")
    about = export(load_generator(load_run(run, "gan")), out)
    inputs = ", ".join(about["inputs"])
    words = (
        f"{out}: takes {inputs}; gives pictures. Its first {CHECKED} of seed 0 are those of `brushwork sample`. "
        f"How picture k of a seed is made: {out}.json"
    )
    answer({"file": str(out)} | about, words, as_json)
