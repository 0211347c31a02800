"""Distributions of others: a folder as an installer leaves it, found by Python's own means."""

from collections.abc import Mapping
from pathlib import Path


def install(
    folder: Path,
    name: str,
    modules: Mapping[str, str],
    offers: Mapping[str, Mapping[str, str]],
    version: str = "1.0",
) -> Path:
    """Lay a distribution out in ``folder``: modules by name, entry points by group and name."""
    folder.mkdir(parents=True, exist_ok=True)
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        line
        for group, points in offers.items()
        for line in (f"[{group}]", *(f"{point} = {of}" for point, of in points.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder
