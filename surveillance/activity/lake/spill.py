"""The folder of one view for what does not fit into memory, held for as long as somebody looks.

A process that is killed cannot clear up. Its hold on the folder ends with it, though, so the next
view tells what is left from what is used, and deletes it: it is a copy of what people did.
"""

import fcntl
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = "facts-"


class Spill:
    """A new folder below ``root``, from which those that nobody holds any more are deleted."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        for left in root.glob(f"{_PREFIX}*"):
            _delete_unheld(left)
        self._hold: int | None = None
        while self._hold is None:
            self.path = Path(mkdtemp(prefix=_PREFIX, dir=root))
            self._hold = _held(self.path)

    def close(self) -> None:
        """Delete the folder, and let go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None


def _held(folder: Path) -> int | None:
    """Hold a folder and return the hold, or None if another holds it or has deleted it."""
    try:
        hold = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(folder).st_ino == os.fstat(hold).st_ino:
            return hold
    except OSError:
        pass
    os.close(hold)
    return None


def _delete_unheld(folder: Path) -> None:
    hold = _held(folder)
    if hold is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(hold)
