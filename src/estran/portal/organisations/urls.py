"""URL patterns of sign-in and accounts, and of the people of an organisation."""

from django.urls import include, path

from estran.portal.organisations import account_views, oidc, proof, views

people = [
    path("personnes/", views.list_people, name="people"),
    path("personnes/<int:number>/", views.edit_person, name="person"),
    path("journal/", views.list_audit_lines, name="journal"),
]
urlpatterns = [
    path("connexion/", account_views.sign_in, name="login"),
    path("connexion/code/", account_views.sign_in_code, name="login_code"),
    path("deconnexion/", account_views.sign_out, name="logout"),
    path("oidc/depart/", oidc.start, name="oidc_authentication_init"),
    path("oidc/retour/", oidc.callback, name="oidc_authentication_callback"),
    path("compte/", account_views.account, name="account"),
    path("compte/second-facteur/", account_views.second_factor, name="second_factor"),
    path("compte/sessions/", account_views.sessions, name="sessions"),
    path("compte/saisie/", account_views.typed, name="typed"),
    path("compte/fournisseur/", proof.ask_provider, name="ask_provider"),
    path("compte/confirmee/", proof.provider_answered, name="provider_answered"),
    path("mot-de-passe/<str:number>/<str:token>/", account_views.choose_password, name="choose_password"),
    path("o/<slug:slug>/", include((people, "organisations"))),
]
