"""What sets a group apart, drawn."""

from surveillance.chart.traits import Bar, traits_svg

BARS = [Bar("cancel ratio", 0.9, 0.1, 2.0), Bar("order size", 10.0, 4000.0, -1.0)]


def test_what_is_higher_than_elsewhere_goes_right_and_what_is_lower_left() -> None:
    picture = traits_svg("What sets makers apart", BARS)
    assert 'x="400" y="46" width="130"' in picture
    assert 'x="335" y="68" width="65"' in picture
    assert "cancel ratio: 0.9, elsewhere 0.1" in picture
    assert traits_svg("What sets makers apart", BARS) == picture


def test_a_name_cannot_break_out_of_the_picture() -> None:
    assert "<script>" not in traits_svg("<script>", [Bar("<script>", 1, 0, 1)])


def test_nothing_that_sets_apart_is_said() -> None:
    assert "nothing sets it apart" in traits_svg("x", [])


def test_a_large_number_is_written_whole() -> None:
    assert "3,643,850 (elsewhere 0.0466)" in traits_svg("x", [Bar("volume", 3643850.2, 0.0466, 1)])
