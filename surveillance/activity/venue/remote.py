"""Files of an object store or a web server, copied to this machine before they are read.

What is read is a folder like any other, so everything that holds of local files holds here. A copy
stays for the next pull in the user's cache folder, and only what is new or changed is fetched
again; whatever is not listed any more is deleted. Nothing is fetched but from the place that the
venue file names, and no more than a disk can bear.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

import fsspec
from filelock import FileLock

from surveillance import cache
from surveillance.canonical import canonical, digest
from surveillance.errors import SourceAbort, SourceError, SurveillanceError

MOST_FILES = 100_000
MOST_BYTES = 100_000_000_000
"""What one venue's copies may take; a place that has more is refused."""
_PACKAGES = {
    "abfs": "adlfs",
    "gs": "gcsfs",
    "http": "surveillance[http]",
    "https": "surveillance[http]",
    "memory": "fsspec",
    "s3": "surveillance[s3]",
}
"""The protocols that are offered, and what has to be installed for each."""
_STAMPS = (
    ("ETag", "etag", "e_tag", "md5Hash", "Content-MD5", "content_md5", "Digest", "generation"),
    ("LastModified", "Last-Modified", "last_modified", "updated", "created", "mtime"),
)
"""What stores call the digest of a file, and when it was written."""
_PIECE = 1_000_000


def checked(url: str) -> str:
    """Return the address of a folder elsewhere.

    Raises:
        ValueError: it is no such address, or holds credentials.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PACKAGES or not parts.netloc or "::" in url:
        offered = ", ".join(f"{name}://" for name in _PACKAGES)
        raise ValueError(f"expected the address of a folder that begins with one of {offered}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "expected an address without credentials or a query, was one with: "
            "credentials belong into the environment"
        )
    return url.rstrip("/")


@contextmanager
def copied(url: str, globs: Iterable[str]) -> Iterator[Path]:
    """Copy the files that match below ``url``, and yield the folder that holds them and no other.

    Raises:
        SourceError: something cannot be fetched now.
        SourceAbort: a pattern finds no file, the credentials are refused, or it is too much.
    """
    with _spool() as spool:
        name = digest(url)[:32]
        with FileLock(spool / f"{name}.lock"):
            folder = spool / name
            folder.mkdir(exist_ok=True)
            with _explained(url):
                _mirror(url, sorted(set(globs)), folder)
            yield folder


@contextmanager
def _spool() -> Iterator[Path]:
    """Yield where copies stay, or, if this user has no folder of their own, where they do not."""
    private = cache.folder()
    if private is None:
        with tempfile.TemporaryDirectory(prefix="pull-") as scratch:
            yield Path(scratch)
        return
    spool = private / "copies"
    spool.mkdir(mode=0o700, exist_ok=True)
    yield spool


def _mirror(url: str, globs: Iterable[str], folder: Path) -> None:
    store = _store(url)
    root = str(store._strip_protocol(url)).rstrip("/")
    listed = {name: info for glob in globs for name, info in _listed(store, url, root, glob)}
    _expect_bounds(url, len(listed), sum(info.get("size") or 0 for info in listed.values()))
    _forget(folder, listed.keys())
    index = folder.with_suffix(".json")
    known = json.loads(index.read_text()) if index.is_file() else {}
    stamps: dict[str, str] = {}
    size = 0
    for name, info in sorted(listed.items()):
        path, stamp = folder / name, _stamp(info)
        if stamp is None or known.get(name) != stamp or not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            _fetch(store, url, f"{root}/{name}", path, info.get("size"), MOST_BYTES - size)
        size += path.stat().st_size
        stamps |= {name: stamp} if stamp else {}
        index.write_text(json.dumps({**known, **stamps}))
    index.write_text(json.dumps(stamps))


def _store(url: str) -> Any:
    protocol = urlsplit(url).scheme
    options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    if protocol in ("http", "https"):
        options |= {"get_client": _client, "block_size": 0}
    try:
        return fsspec.filesystem(protocol, **options)
    except ImportError:
        raise SourceAbort(
            f"expected what reads {protocol}://, was not installed: "
            f'pip install "{_PACKAGES[protocol]}"'
        ) from None


def _listed(store: Any, url: str, root: str, glob: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the files that match, by their names below the root."""
    if glob.startswith("/") or ".." in PurePosixPath(glob).parts:
        raise SourceAbort(f"expected a pattern within {url}, was {glob!r}")
    if any(character in glob for character in "*?["):
        # A walk along links passes over what it cannot list, unless it is asked not to.
        strict = {"on_error": "raise"} if "http" in store.protocol else {}
        found = store.glob(f"{root}/{glob}", detail=True, **strict)
        names = [name for name, info in found.items() if info["type"] == "file"]
    else:
        names, found = [f"{root}/{glob}"], {}
    files = []
    for name in names:
        below = name.removeprefix(f"{root}/")
        if below == name or ".." in PurePosixPath(below).parts:
            raise SourceAbort(f"expected names within {url}, was {name!r}")
        info = found.get(name, {})
        files.append((below, info if _stamp(info) else store.info(name)))
    if not files:
        raise SourceAbort(f"expected files {glob!r} in {url}, was none")
    return files


def _stamp(info: Mapping[str, Any]) -> str | None:
    """Return what changes when a file does, or None if nothing is known that would."""
    digests, times = ([str(info[name]) for name in names if info.get(name)] for names in _STAMPS)
    if not digests and (not times or _is_fresh(times[0])):
        return None
    return canonical([info.get("size"), digests, times])


def _is_fresh(time: str) -> bool:
    """Say whether a file may still be written to in the very second that its time names."""
    try:
        moment = parsedate_to_datetime(time)
    except ValueError:
        return False  # no header of the web, and finer than a second
    return datetime.now(UTC) - moment.astimezone(UTC) < timedelta(seconds=2)


def _fetch(store: Any, url: str, name: str, path: Path, size: int | None, most: int) -> None:
    """Copy one file; what was there is replaced only by a whole one."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    count = 0
    try:
        with open(handle, "wb") as target, store.open(name, "rb") as source:
            while piece := source.read(_PIECE):
                count += len(piece)
                _expect_bounds(url, 0, count, most)
                target.write(piece)
        if size is not None and count != size:
            raise SourceError(f"expected {size} bytes of {name}, was {count}")
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _forget(folder: Path, names: Iterable[str]) -> None:
    """Delete what is not listed any more."""
    present = set(names)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in present:
            path.unlink()


def _expect_bounds(url: str, files: int, size: int, most: int | None = None) -> None:
    if files > MOST_FILES:
        raise SourceAbort(f"expected at most {MOST_FILES} files in {url}, was {files}")
    if size > (MOST_BYTES if most is None else most):
        raise SourceAbort(f"expected at most {MOST_BYTES} bytes in {url}, was more")


async def _client(**settings: Any) -> Any:
    """Return a client that waits for no server for ever, and follows none to another."""
    import aiohttp

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_stay)
    # How long a large file takes is nobody's fault, but silence is.
    settings.setdefault("timeout", aiohttp.ClientTimeout(None, sock_connect=30, sock_read=60))
    headers = {**settings.pop("headers", {}), "Accept-Encoding": "identity"}
    return aiohttp.ClientSession(headers=headers, trace_configs=[trace], **settings)


async def _stay(_session: Any, _context: Any, parameters: Any) -> None:
    response = parameters.response
    here, there = str(response.url), urljoin(str(response.url), response.headers["Location"])
    if urlsplit(here)[:2] != urlsplit(there)[:2]:
        raise SourceAbort(f"expected an answer of {urlsplit(here).netloc}, was sent elsewhere")


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except SurveillanceError:
        raise
    except Exception as wrong:  # every store has errors of its own
        raise _error(url, wrong) from None


def _error(url: str, wrong: Exception) -> SurveillanceError:
    cause = wrong.__cause__ if isinstance(wrong, FileNotFoundError) and wrong.__cause__ else wrong
    if isinstance(cause, SurveillanceError):
        return cause
    is_refused = isinstance(cause, PermissionError) or "Credential" in type(cause).__name__
    status = getattr(cause, "status", None)
    is_final = is_refused or isinstance(cause, FileNotFoundError) or status in (401, 403, 404)
    lines = re.sub(r"\?\S*", "?…", str(cause)).splitlines() or [""]
    kind = SourceAbort if is_final else SourceError
    return kind(f"expected to read {url}, was {type(cause).__name__}: {lines[0]}")
