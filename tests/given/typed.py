"""What a command of the command line said, and how tests type one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Output:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        """Return what it wrote as JSON."""
        return json.loads(self.out)


Say = Callable[..., Output]
"""Types words at an installation; they must end with the exit code ``expect``, 0 unless given."""
Explain = Callable[..., str]
"""Types words that must fail with an explanation, and returns it."""
