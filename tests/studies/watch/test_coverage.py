"""What rules answer, on which products, and the gaps."""

import json
from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance.activity import lineage
from surveillance.canonical import canonical
from surveillance.records import artefacts
from surveillance.records.tables import Life, RuleStep, RuleVersion
from surveillance.records.trading import Trading
from surveillance.rules import practices
from surveillance.rules.book import read_rule
from surveillance.rules.schema import Rule
from surveillance.studies.versions import versions
from surveillance.studies.watch.coverage import Coverage, PracticeLine, coverage, record
from tests.given.activities import RULES, shipped
from tests.given.past import START
from tests.given.probe import RULE

REFERENCE = practices.load(RULES)


def rule(text: str = RULE, **changes: str) -> Rule:
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new} #", 1)
    return read_rule(text, "rule.yml").rule


def of(name: str, *rules: tuple[Rule, Life]) -> PracticeLine:
    covered = coverage(REFERENCE, rules)
    return next(line for line in covered.lines if f"{line.source} {line.code}" == name)


def held(*lives: Life) -> Coverage:
    return coverage(REFERENCE, [(rule(version=str(n)), life) for n, life in enumerate(lives, 1)])


def shipped_rules() -> list[tuple[Rule, Life]]:
    return [(entry.rule, Life.ACTIVE) for entry in shipped().entries.values()]


def test_a_practice_is_covered_by_the_rules_in_force_that_name_it() -> None:
    line = of("FATF 1.1", (rule(), Life.ACTIVE))
    assert (line.status, line.reason) == ("covered", "")
    assert [rule.rule_id for rule in line.rules] == ["busy_payer"]


def test_a_practice_that_the_law_repeats_is_covered_wherever_it_stands() -> None:
    lines = {line.code: line for line in coverage(REFERENCE, shipped_rules()).lines}
    assert lines["4(a)"].rules == lines["3(b)"].rules != ()
    assert (lines["4(a)"].same_as, lines["4(a)"].name) == (
        "2016/522 Annex II 3(b)",
        "Painting the tape",
    )


def test_a_rule_that_only_cites_the_article_covers_what_asks_for_it() -> None:
    line = of("Insider 1", *shipped_rules())
    assert "ahead_of_client_order" in [rule.rule_id for rule in line.rules]


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        (Life.SHADOW, "Its rules are in shadow: they run and file nothing"),
        (Life.DRAFT, "Its rules are drafts"),
    ],
)
def test_rules_that_are_not_in_force_leave_a_gap_and_say_so(life: Life, reason: str) -> None:
    line = of("FATF 1.1", (rule(), life))
    assert (line.status, line.reason, line.products) == (life.value, reason, ())


def test_a_gap_has_the_reason_of_the_reference_or_that_there_is_no_rule() -> None:
    assert of("FATF 5.2").reason.startswith("No rule yet; needs labels of gambling")
    assert (of("FATF 1.1").status, of("FATF 1.1").reason) == ("gap", "No rule is in force")
    assert of("2016/522 Annex II 7(f)").status == "not_applicable"


def test_products_follow_from_what_a_rule_needs() -> None:
    products = {rule.rule_id: rule.products for rule in coverage(REFERENCE, shipped_rules()).rules}
    assert products["spoofing"] == ("spot", "perpetual", "future", "option")
    assert products["structuring"] == ("transfer",)


def test_an_author_may_say_which_products_a_rule_judges() -> None:
    text = RULE.replace("practices: [FATF 1.1]", "practices: [FATF 1.1]\nproducts: [option, spot]")
    line = of("FATF 1.1", (rule(text), Life.ACTIVE))
    assert line.products == ("spot", "option")
    assert rule(text).behaviour == rule().behaviour


def test_a_product_that_no_rule_in_force_can_judge_is_empty() -> None:
    assert held(Life.SHADOW).of_product("transfer") == []
    assert [rule.version for rule in held(Life.ACTIVE, Life.SHADOW).of_product("transfer")] == [1]
    assert held(Life.ACTIVE).of_product("block") == []


def test_a_rule_that_answers_no_row_is_listed() -> None:
    covered = coverage(REFERENCE, shipped_rules())
    assert [rule.rule_id for rule in covered.elsewhere] == ["strange_order_flow"]


def test_its_record_is_the_same_text_each_time() -> None:
    rules = shipped_rules()
    once = canonical(record(coverage(REFERENCE, rules)))
    assert once == canonical(record(coverage(REFERENCE, reversed(rules))))


def publish(session: Session, text: str, *lives: Life) -> None:
    """Keep a version and each step of its life."""
    entry = read_rule(text, "rule.yml")
    session.add(
        RuleVersion(
            rule_id=entry.rule.id,
            version=entry.rule.version,
            digest=entry.digest,
            facts=json.dumps(lineage.versions(entry.compiled.tables)),
            text_digest=artefacts.keep(session, "rule", text.encode(), START),
            created_at=START,
        )
    )
    session.flush()
    for life in lives:
        session.add(
            RuleStep(
                rule_id=entry.rule.id, version=entry.rule.version, life=life, since=START, by="x"
            )
        )
        session.flush()


def write(folder: Path, text: str) -> Path:
    (folder / "kyc_aml").mkdir(exist_ok=True)
    (folder / "kyc_aml" / "busy_payer.yml").write_text(text)
    return folder


def test_where_no_rule_has_a_life_the_folder_runs(session: Session, tmp_path: Path) -> None:
    [(read, life)] = versions(session, write(tmp_path, RULE))
    assert (read.id, life) == ("busy_payer", Life.ACTIVE)


def test_a_version_stands_where_its_latest_step_put_it(session: Session, tmp_path: Path) -> None:
    second = RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 5")
    publish(session, RULE, Life.SHADOW, Life.ACTIVE)
    publish(session, second, Life.SHADOW)
    held = versions(session, write(tmp_path, second))
    assert sorted((rule.version, life) for rule, life in held) == [
        (1, Life.ACTIVE),
        (2, Life.SHADOW),
    ]


def test_what_is_retired_is_gone_and_what_is_not_published_is_a_draft(
    session: Session, tmp_path: Path
) -> None:
    publish(session, RULE, Life.ACTIVE, Life.RETIRED)
    draft = RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 5")
    [(read, life)] = versions(session, write(tmp_path, draft))
    assert (read.version, life) == (2, Life.DRAFT)


SPOT = Trading({"shop": ("spot",)})


def test_what_no_venue_trades_is_switched_off_and_it_says_by_whom() -> None:
    text = RULE.replace("practices: [FATF 1.1]", "practices: [FATF 1.1]\nproducts: [option]")
    covered = coverage(REFERENCE, [(rule(text), Life.ACTIVE)], SPOT)
    [line] = [each for each in covered.lines if each.code == "1.1" and each.source == "FATF"]

    reason = "Switched off by the venue file of shop: no option is traded"
    assert (line.status, line.reason, line.products) == ("switched_off", reason, ())
    assert [row.off for row in covered.rules] == [reason]
    assert covered.of_product("option") == []


def test_another_rule_that_answers_the_same_still_covers() -> None:
    options = RULE.replace("practices: [FATF 1.1]", "practices: [FATF 1.1]\nproducts: [option]")
    rules = [(rule(options), Life.ACTIVE), (rule(version="2"), Life.ACTIVE)]
    covered = coverage(REFERENCE, rules, SPOT)
    [line] = [each for each in covered.lines if each.code == "1.1" and each.source == "FATF"]

    assert line.status == "covered"


def test_on_a_spot_venue_rules_on_positions_and_expiries_are_off() -> None:
    off = {row.rule_id for row in coverage(REFERENCE, shipped_rules(), SPOT).rules if row.off}

    assert {"expiry_pinning", "squeeze", "funding_manipulation", "liquidation_hunting"} <= off
    assert not {"spoofing", "wash_trades", "sandwich_swaps", "structuring", "ahead_of_rfq"} & off
