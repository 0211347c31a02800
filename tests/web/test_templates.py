"""How values look on a screen."""

import pytest

from surveillance.model import Scalar
from surveillance.web.templates import brief


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0000123456, "0.00001235"),
        (-0.5, "-0.5"),
        (3.2e-41, "nearly 0"),
        ("-0.000000000000000001", "nearly 0"),
        ("0.0", "0"),
        ("1234.5678", "1,234.57"),
        (12, "12"),
    ],
)
def test_a_value_is_as_short_as_an_eye_wants_it(value: Scalar, written: str) -> None:
    assert brief(value) == written
