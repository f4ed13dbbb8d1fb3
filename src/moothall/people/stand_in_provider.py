"""A sign-in provider of our own, to try sign-in with and to play its errors: OpenID Connect, and what
GOV.UK One Login adds. It proves nothing about anybody and says so.

Pure: no Django, no database. `handle` answers a request; who serves it (the demonstration's pages, or a
thread of a test) tells it by `once` whether a code was used before.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
"""Of the curve P-256 (FIPS 186-4): a private key lies under it."""
CORE_IDENTITY = "https://vocab.account.gov.uk/v1/coreIdentityJWT"
ADDRESS = "https://vocab.account.gov.uk/v1/address"
ERRORS: Mapping[str, str] = {
    "": "Sign in, all is well",
    "access_denied": "The person says no",
    "login_required": "The person must sign in first",
    "temporarily_unavailable": "It asks to come again later",
    "server_error": "It breaks",
    "wrong_state": "It sends another state back",
    "wrong_nonce": "The token has another nonce",
    "wrong_issuer": "The token is of another issuer",
    "wrong_audience": "The token is for another client",
    "expired": "The token has expired",
    "wrong_signature": "The token is signed by somebody else",
    "new_keys": "It signs with a new key",
    "used_code": "The code was used already",
    "no_factor": "No second factor was asked for",
    "email_not_verified": "The address is not proved",
    "identity_failed": "The identity could not be proved",
}
"""What it can be made to do, in words for the page."""
CODE_SECONDS = 120


@dataclass(frozen=True)
class Persona:
    """Somebody who can sign in at it."""

    subject: str
    email: str
    name: str
    groups: tuple[str, ...] = ()
    birth_date: str = "1976-05-14"


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: str = ""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class StandIn:
    """One provider. `issuer` is its address for browsers; `inside` for the server's own calls."""

    issuer: str
    secret: str
    """Of which its keys are made: the same for every process that serves it."""
    personas: Sequence[Persona]
    once: Callable[[str], bool]
    """Whether this code has not been used before; it is used from now on."""
    inside: str = ""
    client_secret: str = ""
    client_key: str = ""
    """PEM of the public key by which a client proves itself, where it does so by a key."""
    redirect_uris: tuple[str, ...] = ()
    one_login: bool = False
    now: Callable[[], float] = time.time
    rotated: bool = False
    """Whether the second key is published: only from when it signs, so that nobody can know it before."""

    def key(self, generation: str = "1") -> ECKey:
        """Its signing key of a generation, always the same for the same secret."""
        digest = hashlib.sha512(f"{self.secret} {self.issuer} {generation}".encode()).digest()
        private = ec.derive_private_key(int.from_bytes(digest) % (ORDER - 1) + 1, ec.SECP256R1())
        numbers = private.private_numbers()
        parts = {
            "d": numbers.private_value,
            "x": numbers.public_numbers.x,
            "y": numbers.public_numbers.y,
        }
        found = {name: _base64(value.to_bytes(32)) for name, value in parts.items()}
        kid = f"stand-in-{generation}"
        return ECKey.import_key({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", **found})

    def handle(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Answer:  # fmt: skip
        """Answer a request for `path` (under the issuer's address)."""
        path = path.strip("/")
        if path == ".well-known/openid-configuration":
            return _ok(self._description())
        if path == ".well-known/jwks.json":
            return _ok(self._keys())
        if path == ".well-known/did.json":
            return _ok(self._did())
        if path == "authorize":
            return self._authorize(query) if method == "GET" else self._decided(form)
        if path == "token" and method == "POST":
            return self._token(form, headers)
        if path == "userinfo":
            return self._userinfo(headers)
        if path == "logout":
            return self._logout(query)
        return Answer(404, '{"error": "not_found"}')

    # What it says about itself

    def _description(self) -> dict[str, Any]:
        inside = (self.inside or self.issuer).rstrip("/")
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer.rstrip('/')}/authorize",
            "token_endpoint": f"{inside}/token",
            "userinfo_endpoint": f"{inside}/userinfo",
            "jwks_uri": f"{inside}/.well-known/jwks.json",
            "end_session_endpoint": f"{self.issuer.rstrip('/')}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _keys(self) -> dict[str, Any]:
        found = ["1", "2"] if self.rotated else ["1"]
        return {"keys": [self.key(one).as_dict(private=False) for one in found]}

    def _did(self) -> dict[str, Any]:
        controller = self._did_id()
        return {
            "id": controller,
            "assertionMethod": [
                {
                    "type": "JsonWebKey",
                    "id": f"{controller}#stand-in-1",
                    "controller": controller,
                    "publicKeyJwk": self.key("identity").as_dict(private=False),
                }
            ],
        }

    def _did_id(self) -> str:
        return f"did:web:{urlsplit(self.issuer).netloc.replace(':', '%3A')}"

    # The person's page

    def _authorize(self, query: Mapping[str, str]) -> Answer:
        if query.get("redirect_uri") not in self.redirect_uris:
            return Answer(400, "This address to come back to is not known here.", "text/plain")
        if query.get("response_type") != "code" or not query.get("nonce"):
            return self._back(query, {"error": "invalid_request"})
        if not self.one_login and query.get("code_challenge_method") != "S256":
            return self._back(query, {"error": "invalid_request"})
        people = "".join(
            f'<option value="{html.escape(one.subject)}">{html.escape(one.name)} '
            f"({html.escape(one.email)})</option>"
            for one in self.personas
        )
        what = "".join(
            f'<option value="{key}">{html.escape(words)}</option>' for key, words in ERRORS.items()
        )
        kept = "".join(
            f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}">'
            for key, value in query.items()
            if key in {"redirect_uri", "state", "nonce", "code_challenge", "client_id", "vtr", "claims", "scope"}
        )  # fmt: skip
        name = "GOV.UK One Login" if self.one_login else "the council’s single sign-on"
        page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Stand-in for {name}</title>
</head><body><main><h1>Stand-in for {name}</h1>
<p>This page stands in for {name} while Moothall is tried out. It proves nothing about anybody.</p>
<form method="post" action="{html.escape(self.issuer.rstrip("/"))}/authorize">{kept}
<p><label for="who">Sign in as</label><br><select id="who" name="who">{people}</select></p>
<p><label for="play">What happens</label><br><select id="play" name="play">{what}</select></p>
<p><button>Go on</button></p></form></main></body></html>"""
        return Answer(200, page, "text/html; charset=utf-8")

    def _back(self, given: Mapping[str, str], told: Mapping[str, str]) -> Answer:
        state = {"state": given["state"]} if given.get("state") else {}
        at = given["redirect_uri"]
        mark = "&" if urlsplit(at).query else "?"
        return Answer(303, headers={"Location": f"{at}{mark}{urlencode({**told, **state})}"})

    def _decided(self, form: Mapping[str, str]) -> Answer:
        if form.get("redirect_uri") not in self.redirect_uris:
            return Answer(400, "This address to come back to is not known here.", "text/plain")
        play = form.get("play", "")
        if play in {"access_denied", "login_required", "temporarily_unavailable", "server_error"}:
            return self._back(form, {"error": play, "error_description": ERRORS[play]})
        who = form.get("who", "")
        if who not in {one.subject for one in self.personas}:
            return self._back(form, {"error": "access_denied"})
        told = {
            "who": who,
            "play": play,
            "nonce": form.get("nonce", ""),
            "challenge": form.get("code_challenge", ""),
            "uri": form["redirect_uri"],
            "client": form.get("client_id", ""),
            "vtr": form.get("vtr", ""),
            "exp": int(self.now()) + CODE_SECONDS,
        }
        code = jwt.encode({"alg": "ES256"}, told, self.key("code"))
        if play == "used_code":
            self.once(code)
        if play == "wrong_state":
            return self._back({**form, "state": "another"}, {"code": code})
        return self._back(form, {"code": code})

    # The server's calls

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if not self._client_is_right(form):
            return Answer(401, '{"error": "invalid_client"}')
        told = self._opened(form.get("code", ""), "code")
        if (
            told is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != told["uri"]
            or not self._verifier_is_right(form.get("code_verifier", ""), told["challenge"])
            or not self.once(form["code"])
        ):
            return Answer(400, '{"error": "invalid_grant"}')
        access = {"who": told["who"], "play": told["play"], "vtr": told["vtr"],
                  "exp": int(self.now()) + 180}  # fmt: skip
        return _ok(
            {
                "access_token": jwt.encode({"alg": "ES256"}, access, self.key("access")),
                "token_type": "Bearer",
                "expires_in": 180,
                "id_token": self._id_token(told),
            }
        )

    def _client_is_right(self, form: Mapping[str, str]) -> bool:
        if not self.client_key:
            return bool(self.client_secret) and form.get("client_secret") == self.client_secret
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        if form.get("client_assertion_type") != kind:
            return False
        try:
            key = RSAKey.import_key(self.client_key)
            claims = jwt.decode(form.get("client_assertion", ""), key, algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError):
            return False
        audience = f"{(self.inside or self.issuer).rstrip('/')}/token"
        return bool(
            claims.get("aud") == audience
            and claims.get("iss") == claims.get("sub")
            and float(claims.get("exp", 0)) > self.now()
            and self.once(f"jti {claims.get('jti')}")
        )

    @staticmethod
    def _verifier_is_right(verifier: str, challenge: str) -> bool:
        if not challenge:
            return True
        return _base64(hashlib.sha256(verifier.encode()).digest()) == challenge

    def _opened(self, token: str, key: str) -> dict[str, Any] | None:
        try:
            claims = dict(jwt.decode(token, self.key(key), algorithms=["ES256"]).claims)
        except (JoseError, ValueError, TypeError):
            return None
        return claims if claims["exp"] > self.now() else None

    def _persona(self, subject: str) -> Persona:
        return next(one for one in self.personas if one.subject == subject)

    def _id_token(self, told: Mapping[str, Any]) -> str:
        who, play, at = self._persona(told["who"]), told["play"], int(self.now())
        claims: dict[str, Any] = {
            "iss": "https://somebody.example/" if play == "wrong_issuer" else self.issuer,
            "sub": who.subject,
            "aud": "somebody-else" if play == "wrong_audience" else told["client"],
            "iat": at - 7200 if play == "expired" else at,
            "exp": at - 3600 if play == "expired" else at + 120,
            "nonce": "another" if play == "wrong_nonce" else told["nonce"],
            "sid": f"session-{who.subject}",
        }
        if self.one_login:
            claims["vot"] = "Cl.Cm"
        else:
            claims |= {
                "email": who.email,
                "email_verified": play != "email_not_verified",
                "name": who.name,
                "groups": list(who.groups),
                "amr": ["pwd"] if play == "no_factor" else ["pwd", "mfa"],
            }
        generation = {"wrong_signature": "stranger", "new_keys": "2"}.get(play, "1")
        if play == "new_keys":
            self.rotated = True
        key = self.key(generation)
        return jwt.encode({"alg": "ES256", "kid": key.kid or ""}, claims, key)

    def _userinfo(self, headers: Mapping[str, str]) -> Answer:
        told = self._opened(headers.get("Authorization", "").removeprefix("Bearer "), "access")
        if told is None:
            return Answer(401, '{"error": "invalid_token"}')
        who = self._persona(told["who"])
        found: dict[str, Any] = {
            "sub": who.subject,
            "email": who.email,
            "email_verified": told["play"] != "email_not_verified",
        }
        if "P2" in told["vtr"]:
            if told["play"] == "identity_failed":
                found["https://vocab.account.gov.uk/v1/returnCode"] = [{"code": "X"}]
            else:
                found[CORE_IDENTITY] = self._identity(who)
                found[ADDRESS] = [
                    {
                        "uprn": 990000000001,
                        "buildingNumber": "1",
                        "streetName": "Abbot Close",
                        "addressLocality": "Wealdmere",
                        "postalCode": "XW1 1AB",
                        "addressCountry": "GB",
                        "validFrom": "2019-01-01",
                    }
                ]
        return _ok(found)

    def _identity(self, who: Persona) -> str:
        given, _, family = who.name.partition(" ")
        at = int(self.now())
        claims = {
            "iss": f"{self.issuer.rstrip('/')}/",
            "sub": who.subject,
            "aud": "",
            "iat": at,
            "nbf": at,
            "exp": at + 1800,
            "vot": "P2",
            "vtm": f"{self.issuer.rstrip('/')}/trustmark",
            "vc": {
                "type": ["VerifiableCredential", "IdentityCheckCredential"],
                "credentialSubject": {
                    "name": [
                        {
                            "nameParts": [
                                {"type": "GivenName", "value": given},
                                {"type": "FamilyName", "value": family},
                            ]
                        }
                    ],
                    "birthDate": [{"value": who.birth_date}],
                },
            },
        }
        header = {"alg": "ES256", "kid": f"{self._did_id()}#stand-in-1"}
        return jwt.encode(header, claims, self.key("identity"))

    def _logout(self, query: Mapping[str, str]) -> Answer:
        back = query.get("post_logout_redirect_uri", "")
        ours = {urlsplit(one)[:2] for one in self.redirect_uris}
        if urlsplit(back)[:2] in ours:
            return Answer(303, headers={"Location": back})
        return Answer(
            200, "<!doctype html><title>Signed out</title><p>You are signed out.", "text/html"
        )

    def logout_token(self, client_id: str, subject: str, session: str = "") -> str:
        """What it sends to end a person's sessions from its side (Back-Channel Logout 1.0, section 2.4)."""
        at = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": client_id,
            "iat": at,
            "exp": at + 120,
            "jti": hashlib.sha256(f"{subject}{at}".encode()).hexdigest()[:16],
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        if subject:
            claims["sub"] = subject
        if session:
            claims["sid"] = session
        key = self.key("1")
        return jwt.encode({"alg": "ES256", "kid": key.kid or ""}, claims, key)


def _ok(value: Any) -> Answer:
    return Answer(200, json.dumps(value))


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def parsed(text: str) -> dict[str, str]:
    """A query or a form as single values."""
    return {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}
