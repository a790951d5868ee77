"""What a part says about itself, and what follows for the whole."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One part's state: `detail` says in one line what was seen, and what to do when not ok."""

    name: str
    is_ok: bool
    detail: str = ""


def overall(checks: Sequence[HealthCheck]) -> bool:
    """Whether every part is well; a desk that checked nothing is not known to be well."""
    return bool(checks) and all(check.is_ok for check in checks)
