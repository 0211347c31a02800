"""What CONTRIBUTING says of pages holds: a page that does not do what it says is caught."""

import os
from pathlib import Path

import pytest

from tests.given import pages

PAGE = """
<!-- the commands of this page run on: small -->

```sh
NAME=$(echo five)
echo "one $NAME    six"
false   # may exit 1: the answer is no
read answer && echo "$answer"
```

```sh skip=waits
exit 3
```

```text
one … six
correct horse
```

```python
number = 6
number * 7
```

```text
42
```
"""


def written(tmp_path: Path, text: str) -> str:
    page = tmp_path / "page.md"
    page.write_text(text)
    return pages.run(page, tmp_path, dict(os.environ))


def lost(tmp_path: Path, text: str) -> str | None:
    out = written(tmp_path, text)
    shown = [block for block in pages.blocks(tmp_path / "page.md") if block.language == "text"]
    return pages.missing(shown, out)


def test_a_page_that_does_what_it_says_passes(tmp_path: Path) -> None:
    assert lost(tmp_path, PAGE) is None
    assert pages.home_of(tmp_path / "page.md") == "small"
    assert [block.skip for block in pages.blocks(tmp_path / "page.md") if block.skip] == ["waits"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("false   # may exit 1: the answer is no", "false"),
        ("false   # may exit 1: the answer is no", "(exit 2)   # may exit 1: the answer is no"),
        ('echo "one $NAME', 'echo "one $OTHER'),
        ("NAME=$(echo five)", "NAME=$(nobody-has-this)"),
        ("echo five", "false | cat"),
        ("number * 7", "number * seven"),
    ],
)
def test_a_command_that_fails_is_caught(tmp_path: Path, before: str, after: str) -> None:
    with pytest.raises(AssertionError):
        written(tmp_path, PAGE.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ("one … six", "two … six", "two … six"),
        ("one … six\ncorrect horse", "correct horse\none … six", "one … six"),
        ("42", "43", "43"),
    ],
)
def test_output_that_did_not_come_in_order_is_caught(
    tmp_path: Path, before: str, after: str, gone: str
) -> None:
    assert lost(tmp_path, PAGE.replace(before, after)) == gone


def test_make_is_known_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```sh\nmake coffee    # now\nmake tea\n```\n")
    [block] = pages.blocks(tmp_path / "page.md")

    assert block.is_make
    assert pages.run(tmp_path / "page.md", tmp_path, dict(os.environ)) == ""
