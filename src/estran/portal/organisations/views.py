"""Signing in."""

from __future__ import annotations

from django.contrib.auth import views as auth

from estran.portal.organisations.forms import SignInForm


class SignIn(auth.LoginView):
    """The sign-in page."""

    http_method_names = ("get", "head", "post")
    template_name = "organisations/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
