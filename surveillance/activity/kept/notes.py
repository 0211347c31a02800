"""Small files of what rows come to, by which kept facts are named.

Each begins with its own digest, and one that was changed is refused: a fact would be taken for
another. Nothing rests on them: what is deleted is counted again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import TypeAlias

from surveillance.canonical import digest
from surveillance.errors import SurveillanceError

Sums: TypeAlias = Mapping[int, tuple[int, int]]
"""By hour, or day, since the epoch: how many rows, and the sum of their hashes."""


def noted(path: Path) -> Sums | None:
    """Return what was noted, None if nothing was.

    Raises:
        SurveillanceError: it was changed since.
    """
    try:
        name, _, body = path.read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return None
    if digest(body) != name:
        raise changed(path)
    return {int(time): (rows, hashes) for time, (rows, hashes) in json.loads(body).items()}


def note(path: Path, sums: Sums) -> None:
    """Write a note, and put it in place whole.

    Raises:
        SurveillanceError: it cannot be written.
    """
    body = json.dumps(sums)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = mkstemp(dir=path.parent, prefix=".")
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(f"{digest(body)}\n{body}")
        os.replace(beside, path)
    except OSError as wrong:
        raise SurveillanceError(f"expected {path.parent} to be written to, was: {wrong}") from wrong


def changed(path: Path) -> SurveillanceError:
    """Return what to say of a file that is not as it was kept."""
    return SurveillanceError(
        f"expected {path.parent.name}/{path.name} as it was kept, was changed; delete it, and "
        "it is made again"
    )
