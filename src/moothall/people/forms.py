"""What people type to sign in, and what is said when it is not right."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
)
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from moothall.people import demonstration, factors
from moothall.people.models import User, normalise_email


class EmailForm(forms.Form):
    """The address a code is sent to."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Enter your email address"),
            "invalid": _("Enter an email address in the right form, like name@example.com"),
            "max_length": _("Enter an email address of 254 characters or fewer"),
        },
    )

    def clean_email(self) -> str:
        """Return the address as it is kept."""
        return normalise_email(self.cleaned_data["email"])


class CodeForm(forms.Form):
    """The code from the email."""

    code = forms.CharField(
        max_length=40,
        error_messages={
            "required": _("Enter the code from the email"),
            "max_length": _("Enter the code of 8 figures from the email"),
        },
    )


class StaffForm(EmailForm):
    """A member of staff's address and password."""

    password = forms.CharField(
        max_length=200,
        strip=False,
        error_messages={
            "required": _("Enter your password"),
            "max_length": _("Enter a password of 200 characters or fewer"),
        },
    )


class SecondFactorForm(AuthenticateForm):
    """A code from an authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = _("Enter the code from your app")

    def clean_code(self) -> str:
        """Return the code when it is right. The demonstration's codes may be used by several people."""
        typed = str(self.cleaned_data["code"])
        if isinstance(self.user, User) and demonstration.code_is_right(self.user, typed):
            self.authenticator = Authenticator.objects.get(
                user=self.user, type=Authenticator.Type.TOTP
            )
            self.authenticator.user = self.user
            return typed
        right = str(super().clean_code())
        if self.authenticator.type == Authenticator.Type.TOTP and not factors.first_use(
            self.authenticator.pk, right
        ):
            raise get_adapter().validation_error("incorrect_code")
        return right


class NewPasswordForm(forms.Form):
    """A password of one's own choosing, typed once and shown on request by the browser."""

    password = forms.CharField(
        max_length=200,
        strip=False,
        error_messages={"required": _("Enter a new password")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Return the password when it is long enough and not a common one."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password

    @staticmethod
    def rules() -> list[str]:
        """Return what a password must be."""
        return [str(one) for one in password_validators_help_texts()]


class _Passkey(forms.Form):
    """What a browser says of a passkey: where it makes no sense it is wrong, and never an error of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def is_valid(self) -> bool:
        """Whether the passkey is right."""
        try:
            return super().is_valid()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            self._errors = ErrorDict()
            self.add_error(None, _("That passkey is not right. Try again."))
            return False


class PasskeySignInForm(_Passkey, LoginWebAuthnForm):
    """A passkey that says who the person is."""


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    """A passkey of a known person, after the password."""


class NewPasskeyForm(_Passkey, AddWebAuthnForm):
    """A passkey that was made just now."""
