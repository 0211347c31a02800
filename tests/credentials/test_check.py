"""What a credential comes to: each way in which it does not hold has its own word."""

from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from surveillance.credentials.check import Checked, Known, check
from surveillance.credentials.disclosures import encoded
from surveillance.credentials.status import State
from tests.given.credentials import HOUR, ISSUER, NOW, SECRET, URI, Wallet

WALLET = Wallet()


def held(presentation: str, known: dict[str, str] | None = None) -> Checked:
    return check(presentation, "n1", WALLET.known(known), NOW)


def test_a_credential_that_holds_is_named_by_digests_alone() -> None:
    checked = held(WALLET.presented())
    assert checked.state is State.VALID
    assert checked.issuer == ISSUER
    assert len(checked.credential_id) == len(checked.nullifier) == 64
    assert checked.nullifier == held(WALLET.presented(exp=NOW + 9 * HOUR)).nullifier
    assert SECRET not in repr(checked)


@pytest.mark.parametrize(
    ("index", "expected"),
    [(1, State.REVOKED), (2, State.SUSPENDED), (3, State.UNVERIFIABLE), (99, State.UNVERIFIABLE)],
)
def test_the_issuer_s_list_says_what_became_of_it(index: int, expected: State) -> None:
    assert held(WALLET.presented(index=index)).state is expected


def test_what_ran_out_is_expired_and_what_was_revoked_before_stays_revoked() -> None:
    assert held(WALLET.presented(exp=NOW - HOUR)).state is State.EXPIRED
    assert held(WALLET.presented(index=1, exp=NOW - HOUR)).state is State.REVOKED


def test_a_list_that_ran_out_is_stale_and_one_that_is_missing_says_nothing() -> None:
    stale = WALLET.listed([0], exp=NOW - 1)
    old = WALLET.listed([0], ttl=60)
    assert held(WALLET.presented(), {URI: stale}).state is State.STALE
    assert held(WALLET.presented(), {URI: old}).state is State.STALE
    assert held(WALLET.presented(), {"elsewhere": "x"}).state is State.UNVERIFIABLE


def test_a_list_that_another_signed_or_that_is_of_another_address_counts_for_nothing() -> None:
    assert held(WALLET.presented(), {URI: Wallet().listed([0])}).state is State.UNVERIFIABLE
    other = WALLET.listed([0], sub="https://issuer.example/2")
    assert held(WALLET.presented(), {URI: other}).state is State.UNVERIFIABLE
    bomb = WALLET.listed([0], status_list={"bits": 2, "lst": "AAAA"})
    assert held(WALLET.presented(), {URI: bomb}).state is State.UNVERIFIABLE


@pytest.mark.parametrize(
    ("presentation", "reason"),
    [
        (Wallet().presented(), "issuer's signature"),
        (WALLET.presented(iss="https://stranger.example"), "issuer that is trusted"),
        (WALLET.presented(proof={"nonce": "n0"}), "for this nonce"),
        (WALLET.presented(proof={"aud": "https://other.example"}), "for this aud"),
        (WALLET.presented(proof={"sd_hash": "x"}), "for this sd_hash"),
        (WALLET.presented(proof={"iat": NOW + HOUR}), "with its time"),
        (WALLET.presented().rsplit("~", 1)[0] + "~", "holder's proof"),
        (WALLET.presented(alter={"~WyJz": "~WyJ0"}), "to be signed for"),
        (WALLET.presented(_sd=[]), "to be signed for"),
        (WALLET.presented(nbf=NOW + 24 * HOUR), "has begun"),
        (WALLET.presented(_sd_alg="md5"), "sha-256"),
        ("", "tildes"),
        ("a.b.c~", "base64url"),
        ("~" * 300_000, "too long"),
    ],
)
def test_what_cannot_be_verified_is_no_revoked_one_and_says_why(
    presentation: str, reason: str
) -> None:
    checked = held(presentation)
    assert checked.state is State.UNVERIFIABLE
    assert reason in checked.reason
    assert SECRET not in checked.reason


def test_a_token_signed_with_a_secret_or_not_at_all_is_refused() -> None:
    secret = OctKey.generate_key()
    forged = jwt.encode({"alg": "HS256", "typ": "dc+sd-jwt"}, {"iss": ISSUER}, secret)
    assert held(f"{forged}~").state is State.UNVERIFIABLE
    none = f"{encoded(b'{}')}.{encoded(b'{}')}."
    assert held(f"{none}~").state is State.UNVERIFIABLE


def test_the_example_of_the_rfc_holds_until_it_runs_out() -> None:
    text = (Path(__file__).parents[1] / "given" / "rfc9901.txt").read_text(encoding="utf-8")
    presentation = text.replace("\n", "")
    key: dict[str, str | list[str]] = {
        "kty": "EC",
        "crv": "P-256",
        "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
        "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
    }
    issuers = {"https://pid-issuer.bund.de.example": KeySet.import_key_set({"keys": [key]})}
    known = Known(issuers, {}, "https://verifier.example.org")
    assert check(presentation, "1234567890", known, 1_748_537_300).state is State.VALID
    assert check(presentation, "1234567890", known, 1_883_000_100).state is State.EXPIRED
    assert "this nonce" in check(presentation, "1", known, 1_748_537_300).reason


@pytest.mark.parametrize(
    ("bits", "packed", "values"),
    [
        (1, "eNrbuRgAAhcBXQ", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
        (2, "eNo76fITAAPfAgc", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
    ],
)
def test_the_lists_of_the_draft_of_status_lists_say_what_it_says(
    bits: int, packed: str, values: list[int]
) -> None:
    token = WALLET.listed([0], status_list={"bits": bits, "lst": packed})
    words = [State.VALID, State.REVOKED, State.SUSPENDED, State.UNVERIFIABLE]
    states = [held(WALLET.presented(index=n), {URI: token}).state for n in range(len(values))]
    assert states == [words[value] for value in values]
