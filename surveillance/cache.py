"""What pure functions returned, kept between processes under a digest of all that it follows from.

What a rule compiles to, what its inline tests came to, whether its canaries were found: each
follows from texts, this code and the libraries under it, so a machine needs to compute it once.
The key covers all three; another text, version or machine is another entry, and nothing is ever
stale. Nothing here is needed: without the folder, or with an entry that is cut short, everything is
computed again and only time is lost. Entries are JSON, so nothing that is read can run.

Proof never rests on it. Whoever may write here may change what this machine computes next, so a
folder that others can write is not used; and a replay, a bundle, an audit compile what a run pins
from its text, whatever is kept here, and name the difference.

The folder is ``SURVEILLANCE_CACHE``, else the user's own cache folder. It belongs to the machine
and not to an installation, so it is no setting of one.
"""

import json
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from surveillance import software
from surveillance.canonical import digest

_MOST = 128_000_000
"""Bytes that are kept; beyond them the entries go that were not used for longest."""
_BETWEEN = 500
"""After so many new entries a process looks again whether they are too many."""
_READ_BY = ("pydantic", "ruamel-yaml")
"""Libraries that a rule is read by, beside those that verdicts depend on."""
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError)

Value = TypeVar("Value")
_written = count()


def once(
    kind: str,
    inputs: object,
    compute: Callable[[], Value],
    plain: Callable[[Value], Any],
    read: Callable[[Any], Value],
) -> Value:
    """Return what ``compute`` returns, computed only if no process has before.

    ``inputs`` are all that it depends on beside code and libraries; the order of keys in them is
    of no account. ``plain`` turns the value into what JSON has, or None where it shall not be kept;
    ``read`` turns that back, and where it refuses what is kept, the value is computed again. What
    ``compute`` raises is not kept.
    """
    path = _path(digest([kind, inputs, _below()]))
    if path is not None:
        with suppress(OSError, *_MALFORMED):
            return read(_body(path))
    value = compute()
    kept = plain(value) if path is not None else None
    if path is not None and kept is not None:
        with suppress(OSError):
            _write(path, json.dumps(kept, ensure_ascii=False, allow_nan=False))
    return value


@lru_cache(maxsize=1)
def _below() -> list[Any]:
    """Return what every result depends on: this code and what is under it."""
    readers = {name: version(name) for name in _READ_BY}
    return [software.code(), software.libraries(), readers]


def folder() -> Path | None:
    """Return the folder for what a machine computes or fetches once, None if there is no own."""
    named = _named()
    return named if named is not None and _is_private(named) else None


def _path(name: str) -> Path | None:
    own = folder()
    return None if own is None else own / name


def _named() -> Path | None:
    """Return the folder that the environment names, None where it names none."""
    own, caches = (os.environ.get(name, "") for name in ("SURVEILLANCE_CACHE", "XDG_CACHE_HOME"))
    if own:
        return Path(own).absolute()
    if Path(caches).is_absolute():
        return Path(caches) / "surveillance"
    try:
        return Path.home() / ".cache" / "surveillance"
    except RuntimeError:  # a user without a home
        return None


@lru_cache(maxsize=16)
def _is_private(folder: Path) -> bool:
    """Make the folder if it is not there, and say whether nobody else can write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return False
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid == os.geteuid() and not others


def _body(path: Path) -> Any:
    """Return what an entry holds; ValueError if it is not as it was written."""
    name, _, text = path.read_text(encoding="utf-8").partition("\n")
    if digest(text) != name:
        raise ValueError(f"expected an entry of digest {name}, was another")
    with suppress(OSError):  # it may be kept where nothing can be written
        os.utime(path)
    return json.loads(text)


def _write(path: Path, text: str) -> None:
    """Write an entry beside and put it in place whole: others read and write the same ones."""
    if next(_written) % _BETWEEN == 0:
        _trim(path.parent)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(f"{digest(text)}\n{text}")
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _trim(folder: Path) -> None:
    """Delete the entries that were not used for longest, where all take too much."""
    found = [(entry.stat(), entry.path) for entry in os.scandir(folder) if entry.is_file()]
    size = sum(each.st_size for each, _ in found)
    for each, path in sorted(found, key=lambda pair: pair[0].st_mtime):
        if size <= _MOST:
            break
        with suppress(OSError):  # another process has deleted it
            os.unlink(path)
        size -= each.st_size
