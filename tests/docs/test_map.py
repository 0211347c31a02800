"""The map of ten lines is one map, and whatever it names is there."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
HOUSE = CHECKOUT / "surveillance"


def lines(page: str) -> list[str]:
    """Return the lines of the map on a page."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    [found] = re.findall(r"```\n(pipeline\.py.*?)\n```", text, re.DOTALL)
    return str(found).splitlines()


def test_the_readme_and_the_architecture_show_the_same_ten_lines() -> None:
    assert lines("README.md") == lines("docs/architecture.md")
    assert len(lines("README.md")) == 10


def test_every_part_of_the_package_that_has_rooms_is_on_it() -> None:
    named = set(re.findall(r"(\w+)/", "\n".join(lines("README.md"))))
    wings = {path.parent.name for path in HOUSE.glob("*/__init__.py")}

    assert wings <= named
    assert [name for name in named if not any(HOUSE.rglob(name))] == []
    files = re.findall(r"\w+\.py", "\n".join(lines("README.md")))
    assert [name for name in files if not any(HOUSE.rglob(name))] == []


def test_the_layers_are_those_of_the_contract() -> None:
    contract = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    [layers] = re.findall(r"\nlayers = \[\n(.*?)\n\]", contract, re.DOTALL)
    expected = re.findall(r'"(.*?)"', layers)
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert "```\n" + "\n".join(expected) + "\n```" in text
