"""What `brushwork trust` left in a run, read back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brushwork.errors import UserError
from brushwork.explain.randomisation import Sanity
from brushwork.explain.trust import TRUST, MethodTrust, Plan, Trust
from brushwork.explain.trust_table import Measured
from brushwork.run import read_json


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
