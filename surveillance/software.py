"""The software that judges: its own code, the libraries under it, and the kind of machine.

A run records all of it, and a replay under anything else says so: the logarithm of one libm need
not be that of another to the last bit.
"""

import platform
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from surveillance import __version__, plugins
from surveillance.canonical import digest

_LIBRARIES = (
    "duckdb",
    "sqlglot",
    "pyarrow",
    "numpy",
    "scipy",
    "scikit-learn",
    "pyod",
    "numba",
    "deltalake",
    "quantlib",
)


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def libraries() -> dict[str, str]:
    """Return the versions of what verdicts can depend on: libraries, plug-ins, what is below."""
    here = {"python": platform.python_version(), "machine": platform.machine()}
    return here | _versions() | plugins.distributions()


@lru_cache(maxsize=1)
def code() -> str:
    """Name this code: the version, and a digest over every module of the package."""
    root = Path(__file__).parent
    texts = {str(path.relative_to(root)): digest(path.read_bytes()) for path in root.rglob("*.py")}
    return f"{__version__}+{digest(texts)[:16]}"
