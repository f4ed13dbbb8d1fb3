"""OpenID Connect as we use it: the authorization code flow with PKCE, every check of the specification.

OpenID Connect Core 1.0 section 3.1, RFC 7636 (PKCE), RFC 7523 (a client that proves itself by a key),
OpenID Connect Back-Channel Logout 1.0. JOSE is joserfc's; nothing here touches the database, and no
function is called inside a transaction, for each may wait for another system.

What a person's browser must remember between leaving and coming back (state, nonce, PKCE verifier) is in
a signed cookie of its own: beginning costs no write.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jwt import JWTClaimsRegistry

SECONDS = (3.05, 6)
"""How long to wait for a connection, and for an answer: a person is waiting."""
MOST_BYTES = 300_000
KEPT_SECONDS = 3600
"""How long what a provider says about itself is taken as said."""
KEYS_AGAIN_SECONDS = 30
"""Keys are fetched again for a key that is not known, but not more often."""
FLOW_SECONDS = 15 * 60
LEEWAY_SECONDS = 60
"""Clocks differ."""
ALGORITHMS = ("ES256", "RS256", "PS256", "ES384", "RS512")
SALT = "moothall.people.oidc"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Trouble(Exception):
    """Why a sign-in by a provider failed. `kind` is one of KINDS; `detail` is for the log."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


KINDS = ("away", "denied", "busy", "expired", "refused", "mismatch", "misconfigured")
"""away: no answer. denied: the person said no. busy: asked to come again. expired: too late, or another
browser. refused: the provider said no. mismatch: what came is not what was asked for. misconfigured: ours."""


@dataclass(frozen=True)
class Provider:
    """A provider as the council uses it: `secret`, or `key` (PEM of a private RSA or EC key)."""

    name: str
    issuer: str
    client_id: str
    secret: str = ""
    key: str = ""
    scope: str = "openid email profile"
    inside: str = ""
    """Where we reach it ourselves when that is not where browsers do: the stand-in's address on loopback."""

    @property
    def discovery_url(self) -> str:
        """Where it says what it is (OpenID Connect Discovery 1.0, section 4)."""
        return (self.inside or self.issuer).rstrip("/") + "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Flow:
    """What the browser carries through a sign-in."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next_address: str
    at: float
    more: str = ""


@dataclass(frozen=True)
class Told:
    """What a provider told about a person: claims of the ID token, the token itself, and the access token."""

    claims: Mapping[str, Any]
    id_token: str
    access_token: str


# What the provider says about itself


_lock = threading.Lock()
_known: dict[str, tuple[float, dict[str, Any]]] = {}
_keys: dict[str, tuple[float, KeySet]] = {}


def forget() -> None:
    """Forget what providers said. For tests, and for a provider that has moved."""
    with _lock:
        _known.clear()
        _keys.clear()


def described(provider: Provider) -> dict[str, Any]:
    """The provider's own description. Raises Trouble (away, misconfigured)."""
    with _lock:
        kept = _known.get(provider.discovery_url)
    if kept and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    try:
        found = _asked("GET", provider.discovery_url)
    except Trouble:
        if kept:  # what it said before holds while it is away
            return kept[1]
        raise
    if found.get("issuer", "").rstrip("/") != provider.issuer.rstrip("/"):
        raise Trouble("misconfigured", f"the provider calls itself {found.get('issuer')!r}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not _is_safe(found.get(name, "")):
            raise Trouble("misconfigured", f"the provider gives no safe {name}")
    with _lock:
        _known[provider.discovery_url] = (time.monotonic(), found)
    return found


def _is_safe(url: Any) -> bool:
    parts = urlsplit(str(url))
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    )


def _json(answer: requests.Response) -> dict[str, Any]:
    """The body of a good answer; errors of the protocol become Trouble."""
    with answer:
        body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
    if len(body) > MOST_BYTES:
        raise Trouble("misconfigured", "the answer is too long")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Trouble("away", f"it answered {answer.status_code}")
    if answer.status_code != 200 or not isinstance(found, dict):
        error = str(found.get("error", "")) if isinstance(found, dict) else ""
        raise Trouble("refused", f"it answered {answer.status_code} {error}".strip())
    return found


def _asked(method: str, url: str, **how: Any) -> dict[str, Any]:
    try:
        return _json(
            requests.request(
                method, url, timeout=SECONDS, allow_redirects=False, stream=True, **how
            )
        )
    except requests.RequestException as error:
        raise Trouble("away", type(error).__name__) from error


def keys_of(provider: Provider, *, again: bool = False) -> KeySet:
    """The provider's public keys. `again`: fetch them anew, where that is not too soon."""
    url = described(provider)["jwks_uri"]
    with _lock:
        kept = _keys.get(url)
    age = time.monotonic() - kept[0] if kept else KEPT_SECONDS
    if kept and age < (KEYS_AGAIN_SECONDS if again else KEPT_SECONDS):
        return kept[1]
    found = _asked("GET", url)
    try:
        keys = KeySet.import_key_set({"keys": [one for one in found.get("keys", []) if one.get("kty") in {"RSA", "EC"} and one.get("use", "sig") == "sig"]})  # fmt: skip
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise Trouble("misconfigured", "its keys cannot be read") from error
    with _lock:
        _keys[url] = (time.monotonic(), keys)
    return keys


# Leaving


def begin(
    provider: Provider,
    redirect_uri: str,
    next_address: str = "",
    *,
    more: str = "",
    **parameters: str,
) -> tuple[str, Flow]:
    """Where to send the browser, and what it must carry. Raises Trouble (away, misconfigured)."""
    found = described(provider)
    verifier = secrets.token_urlsafe(48)
    flow = Flow(
        provider=provider.name,
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=verifier,
        next_address=next_address,
        at=time.time(),
        more=more,
    )
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **parameters,
    }
    at = found["authorization_endpoint"]
    return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(query)}", flow


def _cookie(name: str) -> str:
    return f"moothall_{name}"


def carry(response: HttpResponseBase, flow: Flow) -> None:
    """Have the browser carry the flow."""
    response.set_cookie(
        _cookie(flow.provider),
        signing.dumps(flow.__dict__, salt=SALT),
        max_age=FLOW_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def drop(response: HttpResponseBase, name: str) -> None:
    """Have the browser forget the flow: each is used once."""
    response.delete_cookie(_cookie(name), samesite="Lax")


def carried(request: HttpRequest, name: str) -> Flow:
    """The flow that this browser began. Raises Trouble (expired)."""
    try:
        found = signing.loads(
            request.COOKIES.get(_cookie(name), ""), salt=SALT, max_age=FLOW_SECONDS
        )
        return Flow(**found)
    except (signing.BadSignature, TypeError) as error:
        raise Trouble("expired", "this browser began no sign-in, or too long ago") from error


# Coming back


def finish(
    provider: Provider,
    flow: Flow,
    answer: Mapping[str, str],
    redirect_uri: str,
    *,
    now: float | None = None,
) -> Told:
    """Change the code for tokens and check them. Raises Trouble."""
    if not constant_time_compare(str(answer.get("state", "")), flow.state):
        raise Trouble("expired", "the state is not ours")
    if error := answer.get("error", ""):
        kind = {
            "access_denied": "denied",
            "login_required": "denied",
            "interaction_required": "denied",
            "temporarily_unavailable": "busy",
            "server_error": "busy",
        }.get(error, "refused")
        raise Trouble(kind, error[:80])
    code = answer.get("code", "")
    if not code or len(code) > 4000:
        raise Trouble("refused", "no code came")
    found = described(provider)
    if "iss" in answer and answer["iss"].rstrip("/") != provider.issuer.rstrip("/"):
        raise Trouble("mismatch", "the answer is of another provider (RFC 9207)")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
        "code_verifier": flow.verifier,
    }
    if provider.key:
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form["client_assertion"] = _assertion(provider, found["token_endpoint"])
    else:
        form["client_secret"] = provider.secret
    tokens = _asked("POST", found["token_endpoint"], data=form)
    id_token = str(tokens.get("id_token", ""))
    claims = checked(provider, id_token, now=now)
    if not constant_time_compare(str(claims.get("nonce", "")), flow.nonce):
        raise Trouble("mismatch", "the nonce is not ours")
    return Told(claims, id_token, str(tokens.get("access_token", "")))


def _assertion(provider: Provider, audience: str) -> str:
    """The JWT by which we prove ourselves (RFC 7523, section 2.2)."""
    try:
        key = _private_key(provider.key)
    except (ValueError, JoseError) as error:
        raise Trouble("misconfigured", "our private key cannot be read") from error
    at = int(time.time())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": audience,
        "iat": at,
        "exp": at + 300,
        "jti": secrets.token_urlsafe(16),
    }
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    return jwt.encode({"alg": algorithm}, claims, key)


def _private_key(pem: str) -> RSAKey | ECKey:
    try:
        return RSAKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        return ECKey.import_key(pem)


def checked(provider: Provider, token: str, *, now: float | None = None) -> dict[str, Any]:
    """The claims of an ID token after every check of Core 3.1.3.7 but the nonce. Raises Trouble."""
    claims = _signed(provider, token)
    registry = JWTClaimsRegistry(
        now=int(now if now is not None else time.time()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise Trouble("mismatch", str(error)[:120]) from error
    if str(claims["iss"]).rstrip("/") != provider.issuer.rstrip("/"):
        raise Trouble("mismatch", "the token is of another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in audiences:
        raise Trouble("mismatch", "the token is for somebody else")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise Trouble("mismatch", "the token was asked for by somebody else")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 250:
        raise Trouble("mismatch", "the token names nobody")
    return claims


def _signed(provider: Provider, token: str) -> dict[str, Any]:
    """The claims of a token with a right signature. A key that is not known is looked for once more."""
    for again in (False, True):
        keys = keys_of(provider, again=again)
        try:
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            if again:
                raise Trouble(
                    "mismatch", f"the signature is not right ({type(error).__name__})"
                ) from error
    raise AssertionError("one of the two returns or raises")


def user_info(provider: Provider, told: Told) -> dict[str, Any]:
    """What the provider tells beside the ID token. Raises Trouble; its `sub` must be the same."""
    url = described(provider).get("userinfo_endpoint", "")
    if not _is_safe(url):
        raise Trouble("misconfigured", "the provider gives no safe userinfo_endpoint")
    found = _asked("GET", url, headers={"Authorization": f"Bearer {told.access_token}"})
    if found.get("sub") != told.claims["sub"]:
        raise Trouble("mismatch", "the person of the two answers is not the same")
    return found


def signed_out(provider: Provider, token: str) -> tuple[str, str]:
    """Whom a back-channel logout token ends: subject and session (one may be blank). Raises Trouble."""
    claims = _signed(provider, token)
    try:
        JWTClaimsRegistry(leeway=LEEWAY_SECONDS, iat={"essential": True}).validate(claims)
    except JoseError as error:
        raise Trouble("mismatch", str(error)[:120]) from error
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    right = (
        str(claims.get("iss", "")).rstrip("/") == provider.issuer.rstrip("/")
        and provider.client_id in audiences
        and "nonce" not in claims
        and isinstance(claims.get("events"), dict)
        and LOGOUT_EVENT in claims["events"]
        and time.time() - float(claims["iat"]) < 10 * 60
    )
    subject, session = str(claims.get("sub") or ""), str(claims.get("sid") or "")
    if not right or not (subject or session):
        raise Trouble("mismatch", "this is no logout token for us")
    return subject, session


def end_url(provider: Provider, id_token: str, back: str) -> str:
    """Where a person signs out of the provider too, or "" where it has no such address."""
    try:
        at = described(provider).get("end_session_endpoint", "")
    except Trouble:
        return ""
    if not _is_safe(at):
        return ""
    query = urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": back})
    return f"{at}{'&' if urlsplit(at).query else '?'}{query}"
