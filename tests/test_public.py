"""What `import brushwork` offers, and what it costs."""

import subprocess
import sys

import brushwork


def test_every_public_name_is_there_and_there_are_no_more_than_a_dozen() -> None:
    assert len(brushwork.__all__) <= 12
    assert all(getattr(brushwork, name) is not None for name in brushwork.__all__)


def test_importing_and_asking_for_help_do_not_import_torch() -> None:
    code = (
        "import sys, brushwork, brushwork.cli\n"
        "from click.testing import CliRunner\n"
        "assert CliRunner().invoke(brushwork.cli.cli, ['--help']).exit_code == 0\n"
        "heavy = {'torch', 'numpy', 'sklearn', 'matplotlib', 'timm', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
