"""The lake knows how far its journal has come, whoever writes at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from surveillance.records import belonging
from surveillance.records.journal import Anchor


def test_many_who_mark_at_once_leave_a_whole_mark_and_nobody_is_refused(tmp_path: Path) -> None:
    heads = [Anchor(number, "d" * 64) for number in range(1, 81)]
    with ThreadPoolExecutor(8) as officers:
        list(officers.map(lambda head: belonging.mark(tmp_path, head), heads))
    assert [path.name for path in tmp_path.iterdir()] == [belonging.MARK]
    assert belonging._seen(tmp_path) in heads
