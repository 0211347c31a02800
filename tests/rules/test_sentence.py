"""One sentence for what happened, with the measures of the hit."""

import pytest

from surveillance.rules.rounding import figure
from surveillance.rules.sentence import expect_said, said


@pytest.mark.parametrize(
    ("template", "value", "sentence"),
    [
        ("showed {m}", "50", "showed 50"),
        ("showed {m}", "12345.678901", "showed 12,346"),
        ("showed {m}", "3.8751", "showed 3.875"),
        ("showed {m}", "0.00001234", "showed nearly 0"),
        ("showed {m}", 2.5, "showed 2.5"),
        ("{m} times", 85.4855, "85 times"),
        ("{m} times", 5759.98, "5,760 times"),
        ("{m} times", 6.2036, "6.2 times"),
        ("{m} times", 0.37931, "0.38 times"),
        ("showed {m}", True, "showed yes"),
        ("by {m}", "A-1", "by A-1"),
        ("pulled {m:percent}", "0.925", "pulled 92 %"),
        ("pulled {m:percent}", 0.00123, "pulled 0.12 %"),
        ("pulled {m:percent}", 0.9987, "pulled over 99 %"),
        ("pulled {m:percent}", 1.0, "pulled 100 %"),
        ("pulled {m:percent}", 3.53, "pulled 353 %"),
        ("pulled {m:percent}", 0.0, "pulled 0 %"),
        ("worth {m:usd}", "1234567.8", "worth 1,234,568 USD"),
        ("worth {m:usd}", "9.5", "worth 9.50 USD"),
        ("worth {m:usd}", "0", "worth 0 USD"),
        ("after {m:duration}", 0.109, "after 0.11 seconds"),
        ("after {m:duration}", 0.0000004, "after less than a millisecond"),
        ("after {m:duration}", 1, "after 1 second"),
        ("after {m:duration}", 41.795, "after 42 seconds"),
        ("after {m:duration}", 59.7, "after 1 minute"),
        ("after {m:duration}", 90, "after 1 minute 30 seconds"),
        ("after {m:duration}", 7200, "after 2 hours"),
        ("after {m:duration}", 93600, "after 1 day 2 hours"),
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
    assert [figure(x) for x in (20.11111, 0.00123, 147.5249)] == ["20.11", "0.0012", "147.5"]
    assert [figure(x) for x in (0, "0.00000001", -1e-9)] == ["0", "nearly 0", "nearly 0"]


def test_what_is_no_number_is_a_word() -> None:
    assert [figure(x) for x in (None, True, False)] == ["unknown", "yes", "no"]


PARTED = "before it [took {held:usd}, that gained {gain:usd}; ][withdrew orders of {pulled:usd}]"


@pytest.mark.parametrize(
    ("held", "pulled", "sentence"),
    [
        (500, 0, "before it took 500 USD, that gained 0 USD"),
        ("0", "90.5", "before it withdrew orders of 90.50 USD"),
        ("", 90, "before it withdrew orders of 90 USD"),
        (None, 90, "before it withdrew orders of 90 USD"),
        (500, 90, "before it took 500 USD, that gained 0 USD; withdrew orders of 90 USD"),
    ],
)
def test_what_did_not_happen_is_not_said(
    held: str | int | None, pulled: str | int, sentence: str
) -> None:
    expect_said(PARTED, ("held", "gain", "pulled"))
    assert said(PARTED, {"held": held, "gain": 0, "pulled": pulled}) == sentence
