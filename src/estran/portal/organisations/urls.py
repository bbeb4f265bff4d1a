"""URL patterns of sign-in and accounts, and of the people of an organisation."""

from django.urls import include, path

from estran.portal.organisations import oidc, views

people = [
    path("personnes/", views.list_people, name="people"),
    path("personnes/<int:number>/", views.edit_person, name="person"),
    path("journal/", views.list_audit_lines, name="journal"),
]
urlpatterns = [
    path("connexion/", views.sign_in, name="login"),
    path("deconnexion/", views.sign_out, name="logout"),
    path("oidc/depart/", oidc.start, name="oidc_authentication_init"),
    path("oidc/retour/", oidc.callback, name="oidc_authentication_callback"),
    path("compte/", views.account, name="account"),
    path("mot-de-passe/<str:number>/<str:token>/", views.choose_password, name="choose_password"),
    path("o/<slug:slug>/", include((people, "organisations"))),
]
