"""What `brushwork trust` left in a run, read back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brushwork.classifier.evaluate import models_of
from brushwork.classifier.model import fingerprint
from brushwork.errors import UserError
from brushwork.explain.randomisation import NOT_TAUGHT, Sanity
from brushwork.explain.trust import TRUST, MethodTrust, Plan, Trust
from brushwork.explain.trust_table import Measured
from brushwork.run import Run, read_json


def read_trust(folder: Path) -> Trust | None:
    """The tests of trust in a run's folder, None where there are none; `UserError` when another version wrote them."""
    path = folder / TRUST
    if not path.exists():
        return None
    try:
        return trust_from(read_json(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is of another version of Brushwork ({error}); run `brushwork trust {folder}` again."
        ) from error


def same_again(run: Run, plan: Plan, seed: int, retrain: bool) -> Trust | None:
    """What was found before, if just this was asked of just these models; None otherwise, also of another version's."""
    try:
        found = read_trust(run.folder)
    except UserError:
        return None
    models = [fingerprint(part.folder) for part in models_of(run)] if found else []
    asked_for = found is not None and (found.plan, found.seed, found.models) == (plan, seed, models)
    return found if asked_for and found and not (retrain and NOT_TAUGHT in found.labels) else None


def trust_from(data: Mapping[str, Any]) -> Trust:
    """What `Trust.to_dict` gave, as it was."""
    methods = [
        MethodTrust(
            **dict(one)
            | {
                "measures": {name: Measured.from_dict(value) for name, value in one["measures"].items()},
                "sanity": Sanity(**one["sanity"]) if one["sanity"] else None,
            }
        )
        for one in data["methods"]
    ]
    return Trust(**dict(data) | {"plan": Plan(**data["plan"]), "methods": methods})
