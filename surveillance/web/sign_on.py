"""Signing in by a provider of the house (OpenID Connect), where one is set.

The provider says who it is; who that is here, and what they may do, the officers' table says. What
the browser must bring back (state, nonce, verifier) is derived from a cookie of a few minutes, so
nothing is kept meanwhile, and another browser's answer is worth nothing.
"""

import hmac
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session, col, func, select

from surveillance.config.sections import SignOn
from surveillance.records import officers
from surveillance.records.tables import Officer
from surveillance.web import sessions
from surveillance.web.access import go, show
from surveillance.web.sign_in import address_of, local

router = APIRouter(prefix="/sign-in/provider")
COOKIE = "surveillance-provider"
_LASTS, _PATIENCE, _SKEW = 600, 10, 60
"""Seconds: for the way there and back, for the provider to answer, and clocks may differ."""
_ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]


@router.get("")
def leave(request: Request, to: str = "/") -> Response:
    """Send the browser to the provider."""
    sign_on, token = _set(request), sessions.new_token()
    client = _client(request, sign_on)
    with client:
        address, _ = client.create_authorization_url(
            _described(client, sign_on)["authorization_endpoint"],
            state=_derived(token, "state"),
            nonce=_derived(token, "nonce"),
            code_verifier=_derived(token, "verifier"),
        )
    answer = go(address)
    # Lax, because the provider's site sends the browser back; what signs in is strict.
    answer.set_cookie(
        COOKIE, f"{token}.{local(to)}", max_age=_LASTS, httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/sign-in/provider",
    )  # fmt: skip
    return answer


@router.get("/back", name="provider_back")
def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Sign in whom the provider names, if they are an officer here."""
    sign_on, now = _set(request), datetime.now(UTC)
    token, _, to = request.cookies.get(COOKIE, "").partition(".")
    if not token or not hmac.compare_digest(state.encode(), _derived(token, "state").encode()):
        raise HTTPException(403, "The answer is not for this browser; sign in again.")
    who = _named(request, sign_on, token, code)
    with Session(request.app.state.engine) as session:
        officer = officers.sign_in_by(
            session, _officer(session, sign_on, who), sign_on.issuer, now, address_of(request)
        )
        begun = ""
        if officer is not None:
            begun = sessions.begin(session, officer, request.cookies.get(sessions.COOKIE, ""), now)
        session.commit()
    if not begun:
        raise HTTPException(403, "You are no officer here, or not any more.")
    # A page and no redirect: the strict cookie is sent only from a page of ours.
    answer = show(request, "signed_in.html", to=local(to))
    sessions.keep(answer, begun, https=request.url.scheme == "https")
    answer.delete_cookie(COOKIE, path="/sign-in/provider")
    return answer


def _set(request: Request) -> SignOn:
    sign_on: SignOn | None = request.app.state.settings.web.sign_on
    if sign_on is None:
        raise HTTPException(404, "No provider is set.")
    return sign_on


def _derived(token: str, what: str) -> str:
    return hmac.new(token.encode(), f"provider {what}".encode(), "sha256").hexdigest()


def _client(request: Request, sign_on: SignOn) -> Any:
    from authlib.integrations.httpx_client import OAuth2Client

    return OAuth2Client(
        sign_on.client_id,
        sign_on.client_secret.get_secret_value(),
        scope="openid email profile",
        redirect_uri=str(request.url_for("provider_back")),
        code_challenge_method="S256",
        timeout=_PATIENCE,
    )


def _described(client: Any, sign_on: SignOn) -> dict[str, Any]:
    """Read what the provider says of itself."""
    described: dict[str, Any] = _asked(
        client, f"{sign_on.issuer.rstrip('/')}/.well-known/openid-configuration"
    )
    if described.get("issuer") != sign_on.issuer:
        raise HTTPException(502, "The provider says that it is another.")
    return described


def _asked(client: Any, address: str) -> Any:
    import httpx

    try:
        answer = client.request("GET", address, withhold_token=True)
        return dict(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError):
        raise HTTPException(502, "The provider does not answer; try again in a moment.") from None


def _named(request: Request, sign_on: SignOn, token: str, code: str) -> str:
    """Exchange a code for what the provider says of a person, checked, and return who it is."""
    import httpx
    from authlib.common.errors import AuthlibBaseError
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    client = _client(request, sign_on)
    try:
        with client:
            described = _described(client, sign_on)
            answer = client.fetch_token(
                described["token_endpoint"], code=code, code_verifier=_derived(token, "verifier")
            )
            keys = _asked(client, described["jwks_uri"])
        read = jwt.decode(answer["id_token"], KeySet.import_key_set(keys), _ALGORITHMS)
        _claims(sign_on, token).validate(read.claims)
    except (AuthlibBaseError, JoseError, KeyError, ValueError, httpx.HTTPError):
        raise HTTPException(403, "The provider's answer is not proved; sign in again.") from None
    if sign_on.claim == "email" and read.claims.get("email_verified") is not True:
        raise HTTPException(403, "The provider has not verified the e-mail.")
    return str(read.claims.get(sign_on.claim, ""))


def _claims(sign_on: SignOn, token: str) -> Any:
    from joserfc.jwt import JWTClaimsRegistry

    return JWTClaimsRegistry(
        leeway=_SKEW,
        iss={"essential": True, "value": sign_on.issuer},
        aud={"essential": True, "value": sign_on.client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": _derived(token, "nonce")},
    )


def _officer(session: Session, sign_on: SignOn, who: str) -> Officer | None:
    """Return the one officer whom a claim names: by e-mail, or by id."""
    if not who:
        return None
    if sign_on.claim != "email":
        return session.get(Officer, officers.normal(who))
    named = select(Officer).where(func.lower(col(Officer.email)) == who.lower())
    found = session.exec(named).all()
    return found[0] if len(found) == 1 else None
