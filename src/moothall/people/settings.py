"""Settings of sign-in, as constants that moothall.config.settings takes in whole.

No models and no Django are imported here: this is read while the settings are being made.
"""

from __future__ import annotations

import os
from typing import Any

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["moothall.people.backends.AccountBackend"]
"""Only ours: it is what refuses the demonstration's accounts where there is no demonstration."""

LOGIN_URL = "/account/sign-in/"
LOGIN_REDIRECT_URL = "/account/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "moothall.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
"""The emailed code is the proof that the address is the person's; staff are given their account."""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True

ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "dashed": True, "length": 8}
"""Eight figures: typed on a number pad, and at the limits below a guesser would need years."""
ACCOUNT_LOGIN_TIMEOUT = 15 * 60

ACCOUNT_RATE_LIMITS = False
"""django-allauth counts in the memory of one process; ours hold across processes (moothall.people.guard)."""
MFA_RATE_LIMITS = False

ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("MOOTHALL_TRUSTED_PROXIES", "0"))
"""How many proxies of ours stand before the server. Limits by address need the caller's own: with
nginx in front and 0 here, everybody would share one limit."""

MFA_ADAPTER = "moothall.people.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
"""A passkey signs in alone, so the device must have checked its owner (a finger, a face, a PIN)."""
MFA_TOTP_TOLERANCE = 1
"""One code before and after the present one: telephones' clocks differ."""
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_REAUTHENTICATION_REQUIRED = False
"""Our own rule is in moothall.people.sign_in.signed_in_lately: sign in again after a quarter of an hour."""

STAFF_SESSION_SECONDS = 12 * 60 * 60
"""However busy: after that long they sign in again."""
STAFF_IDLE_SECONDS = int(os.environ.get("MOOTHALL_STAFF_IDLE_MINUTES", "120")) * 60
RESIDENT_IDLE_SECONDS = int(os.environ.get("MOOTHALL_RESIDENT_IDLE_MINUTES", "2880")) * 60
"""Without a page for that long, a person is signed out."""

WRITE_LIMITS_TIMES = float(os.environ.get("MOOTHALL_WRITE_LIMITS_TIMES", "1"))
"""Multiplies every limit of moothall.people.write_limits; 0 turns them off, for load tests only."""

SINGLE_SIGN_ON: dict[str, Any] = {
    "issuer": os.environ.get("MOOTHALL_SSO_ISSUER", ""),
    "client_id": os.environ.get("MOOTHALL_SSO_CLIENT_ID", ""),
    "client_secret": os.environ.get("MOOTHALL_SSO_CLIENT_SECRET", ""),
    "domains": [
        one.strip().lower()
        for one in os.environ.get("MOOTHALL_SSO_DOMAINS", "").split(",")
        if one.strip()
    ],
    "groups": os.environ.get("MOOTHALL_SSO_GROUPS", "groups"),
    "factor": os.environ.get("MOOTHALL_SSO_FACTOR", "amr:mfa"),
    "only": os.environ.get("MOOTHALL_SSO_ONLY", "").lower() in {"1", "true", "yes", "on"},
    "name": os.environ.get("MOOTHALL_SSO_NAME", ""),
}
"""The council's single sign-on for staff (OpenID Connect); docs/deploy.md says what each is."""
ONE_LOGIN: dict[str, str] = {
    "issuer": os.environ.get("MOOTHALL_ONE_LOGIN_ISSUER", ""),
    "client_id": os.environ.get("MOOTHALL_ONE_LOGIN_CLIENT_ID", ""),
    "key_file": os.environ.get("MOOTHALL_ONE_LOGIN_KEY_FILE", ""),
}
"""GOV.UK One Login for residents."""
SIGN_IN_STAND_INS = os.environ.get("MOOTHALL_SIGN_IN_STAND_INS", "").lower() in {
    "1", "true", "yes", "on",
}  # fmt: skip
"""Whether the demonstration plays both providers itself: whoever reaches it signs in as anybody."""
