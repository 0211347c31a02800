from pathlib import Path
from typing import Any


def write(here: Path, known: dict[str, Any]) -> None: ...
