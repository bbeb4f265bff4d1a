"""Forms about people."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm

from estran.catalogue.labels import words_of
from estran.common.language import _
from estran.portal.organisations.models import Entity, Membership


class SignInForm(AuthenticationForm):
    """Address and password."""

    username = forms.EmailField(
        label=_("Adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )

    error_messages = {  # noqa: RUF012 — Django's own attribute
        "invalid_login": _("L’adresse ou le mot de passe ne convient pas. Vérifiez les deux, puis recommencez."),
        "inactive": _("Ce compte est fermé."),
    }

    def clean_username(self) -> str:
        """One person, one count of wrong passwords, whatever the capitals."""
        return str(self.cleaned_data["username"]).lower()


class CodeForm(forms.Form):
    """A code of the second factor."""

    code = forms.CharField(
        label=_("Code"), max_length=60,
        help_text=_("les six chiffres que montre votre application ; ou un code de secours"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )  # fmt: skip


PASSWORD_HINT = _("au moins douze caractères ; une phrase convient bien")


class _PasswordHints:
    """One hint for a new password and its confirmation."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = PASSWORD_HINT
        self.fields["new_password2"].help_text = ""


class ChoosePasswordForm(_PasswordHints, SetPasswordForm):
    """A new password, twice."""


class OwnPasswordForm(_PasswordHints, PasswordChangeForm):
    """The password in use, then a new one, twice."""


def role_field() -> forms.TypedChoiceField:
    """The choice of a role, in words."""
    return forms.TypedChoiceField(label=_("Rôle"), choices=list(words_of("what_role").items()), coerce=int)


class NewMemberForm(forms.Form):
    """Someone to add to the organisation."""

    email = forms.EmailField(label=_("Adresse électronique"), max_length=254)
    name = forms.CharField(label=_("Prénom et nom"), max_length=150)
    role = role_field()

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["email"]).lower()


class RoleForm(forms.ModelForm):
    """The role of a member, and the entities a contributor writes for."""

    role = role_field()
    entities = forms.ModelMultipleChoiceField(
        Entity.objects.none(), label=_("Entités"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Membership
        fields = ("role", "entities")

    def __init__(self, data: Any, *, member: Membership) -> None:
        super().__init__(data, instance=member)
        self.fields["entities"].queryset = member.organisation.entities.all()
