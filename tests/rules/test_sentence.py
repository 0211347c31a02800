"""One sentence for what happened, with the measures of the hit."""

import pytest

from surveillance.rules.sentence import expect_said, figure, said


@pytest.mark.parametrize(
    ("template", "value", "sentence"),
    [
        ("showed {m}", "50", "showed 50"),
        ("showed {m}", "12345.678901", "showed 12,345.68"),
        ("showed {m}", "0.00001234", "showed nearly 0"),
        ("showed {m}", 2.5, "showed 2.5"),
        ("showed {m}", True, "showed True"),
        ("by {m}", "A-1", "by A-1"),
        ("pulled {m:percent}", "0.925", "pulled 92 %"),
        ("pulled {m:percent}", 0.00123, "pulled 0.123 %"),
        ("worth {m:usd}", "1234567.8", "worth 1,234,568 USD"),
        ("worth {m:usd}", "9.5", "worth 9.50 USD"),
        ("after {m:duration}", 0.25, "after 0.25 s"),
        ("after {m:duration}", 90, "after 1 min 30 s"),
        ("after {m:duration}", 7200, "after 2 h"),
        ("after {m:duration}", 93600, "after 1 d 2 h"),
        ("after {m:duration}", None, "after an unknown figure"),
    ],
)
def test_a_measure_is_written_as_people_do(
    template: str, value: str | float | bool | None, sentence: str
) -> None:
    assert said(template, {"m": value}) == sentence


def test_braces_can_be_said() -> None:
    assert said("a {{b}} {m}", {"m": 1}) == "a {b} 1"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{n}", "expected one of m, subject, instrument in braces, was 'n'"),
        ("{m:miles}", "expected percent, usd, duration after the colon, was 'miles'"),
        ("{m!r}", "after the colon"),
        ("{m", "expected '}'"),
        ("{m.real}", "in braces, was 'm.real'"),
    ],
)
def test_what_a_hit_does_not_have_is_refused(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expect_said(template, ["m"])


def test_what_a_hit_has_is_said() -> None:
    expect_said("{subject} in {instrument}: {m:percent}", ["m"])


def test_a_figure_keeps_what_matters_of_it() -> None:
    assert [figure(x) for x in ("1000000", 0.5, "x", 3)] == ["1,000,000", "0.5", "x", "3"]
    assert [figure(x) for x in (0, "0.00000001", -1e-9)] == ["0", "nearly 0", "nearly 0"]
