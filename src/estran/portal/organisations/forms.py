"""Forms about people."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from estran.lang import _


class SignInForm(AuthenticationForm):
    """Address and password."""

    username = forms.EmailField(
        label=_("Adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    error_messages = {  # noqa: RUF012 — Django's own attribute
        "invalid_login": _("L’adresse ou le mot de passe ne convient pas. Vérifiez les deux, puis recommencez."),
        "inactive": _("Ce compte est fermé."),
    }
