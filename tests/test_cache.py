"""The cache: results are computed once, and whatever becomes of it, they are the same results."""

import json
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from surveillance import cache, software
from surveillance.canonical import digest


class Squares:
    """Squares a number, and counts how often it had to."""

    def __init__(self) -> None:
        self.computed = 0

    def __call__(self, number: int, keep: bool = True) -> int:
        return cache.once("square", [number], lambda: self._square(number), _shown(keep), _read)

    def _square(self, number: int) -> int:
        self.computed += 1
        return number * number


def _shown(keep: bool) -> Callable[[int], Any]:
    return lambda square: {"square": square} if keep else None


def _read(plain: Any) -> int:
    return int(plain["square"])


@pytest.fixture
def square(own_cache: Path) -> Squares:
    return Squares()


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def test_what_was_computed_once_is_not_computed_again(square: Squares) -> None:
    assert [square(3), square(3), square(4)] == [9, 9, 16]
    assert square.computed == 2


def test_what_shall_not_be_kept_is_computed_each_time(square: Squares) -> None:
    assert [square(3, keep=False), square(3, keep=False)] == [9, 9]
    assert square.computed == 2


def test_what_raises_is_not_kept(own_cache: Path) -> None:
    def fails() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            cache.once("failure", [], fails, _shown(True), _read)


@pytest.mark.parametrize("name", ["code", "libraries"])
def test_other_code_or_other_libraries_compute_anew(
    square: Squares, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    square(3)
    cache._below.cache_clear()
    monkeypatch.setattr(software, name, lambda: {"other": "1"})
    assert square(3) == 9
    assert square.computed == 2
    cache._below.cache_clear()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text.replace("9", "8"),
        lambda text: "not text",
    ],
)
def test_an_entry_that_is_not_as_it_was_written_is_computed_again(
    square: Squares, own_cache: Path, spoilt: Callable[[str], str]
) -> None:
    square(3)
    (entry,) = entries(own_cache)
    entry.write_text(spoilt(entry.read_text()))
    assert [square(3), square(3)] == [9, 9]
    assert square.computed == 2


def test_an_entry_of_another_shape_is_computed_again(square: Squares, own_cache: Path) -> None:
    square(3)
    (entry,) = entries(own_cache)
    write(entry, ["of", "another", "shape"])
    assert square(3) == 9
    assert square.computed == 2


def write(entry: Path, plain: Any) -> None:
    """Put something else into an entry, as whoever may write to the folder could."""
    text = json.dumps(plain)
    entry.write_text(f"{digest(text)}\n{text}")


def test_without_the_folder_only_time_is_lost(square: Squares, own_cache: Path) -> None:
    square(3)
    for entry in entries(own_cache):
        entry.unlink()
    own_cache.rmdir()
    assert [square(3), square(4)] == [9, 16]


def test_nobody_else_can_read_it(square: Squares, own_cache: Path) -> None:
    square(3)
    assert stat.S_IMODE(own_cache.stat().st_mode) == 0o700
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in entries(own_cache)] == [0o600]


def test_a_folder_that_others_can_write_to_is_not_used(square: Squares, own_cache: Path) -> None:
    own_cache.mkdir()
    own_cache.chmod(0o777)
    assert [square(3), square(3)] == [9, 9]
    assert entries(own_cache) == []


def test_a_folder_that_cannot_be_made_is_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SURVEILLANCE_CACHE", str(tmp_path / "file" / "cache"))
    assert Squares()(3) == 9


def test_it_lies_in_the_users_own_cache_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SURVEILLANCE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Squares()(3)
    assert len(entries(tmp_path / "surveillance")) == 1


def test_a_cache_home_that_is_no_whole_path_is_no_cache_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SURVEILLANCE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    Squares()(3)
    assert len(entries(tmp_path / ".cache" / "surveillance")) == 1


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cache hold a few hundred bytes, and look at each entry whether it is too many."""
    monkeypatch.setattr(cache, "_MOST", 300)
    monkeypatch.setattr(cache, "_BETWEEN", 1)


def test_what_was_not_used_for_longest_goes_when_it_is_full(
    square: Squares, own_cache: Path, small: None
) -> None:
    for number in range(20):
        square(number)
    square(19)
    assert square.computed == 20
    assert len(entries(own_cache)) <= 5


def test_processes_that_write_the_same_entries_at_once_all_read_them_whole(own_cache: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        assert list(pool.map(_squares, range(4))) == [[n * n for n in range(100)]] * 4
    assert len(entries(own_cache)) == 100


def _squares(_: int) -> list[int]:
    square = Squares()
    return [square(number) for number in range(100)]
