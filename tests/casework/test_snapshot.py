import json

from surveillance.canonical import canonical
from surveillance.casework import snapshot
from tests.given.casework import case_file, several


def test_a_case_file_is_read_as_it_was_written() -> None:
    file, _ = case_file(several(3))
    text = canonical(snapshot.written(file))
    again = snapshot.read(json.loads(text))
    assert again == file
    assert canonical(snapshot.written(again)) == text
