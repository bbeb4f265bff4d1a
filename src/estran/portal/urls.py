"""Addresses: everything of an organisation is under /o/<slug>/."""

from __future__ import annotations

from django.urls import include, path

from estran.portal import home
from estran.portal.organisations import oidc
from estran.portal.organisations import views as people
from estran.portal.results import collected
from estran.portal.results.indicator_views import registers

urlpatterns = [
    path("", home.start, name="start"),
    path("connexion/", people.sign_in, name="login"),
    path("deconnexion/", people.sign_out, name="logout"),
    path("oidc/depart/", oidc.start, name="oidc_authentication_init"),
    path("oidc/retour/", oidc.callback, name="oidc_authentication_callback"),
    path("compte/", people.account, name="account"),
    path("mot-de-passe/<str:number>/<str:token>/", people.choose_password, name="choose_password"),
    path("accessibilite/", home.accessibility, name="accessibility"),
    path("sante/", home.health, name="health"),
    path("o/<slug:slug>/", home.home, name="home"),
    path("o/<slug:slug>/", include("estran.portal.organisations.urls")),
    path("o/<slug:slug>/", include("estran.portal.strategy.urls_diagnostic")),
    path("a/", include("estran.portal.strategy.urls_workshops")),
    path("o/<slug:slug>/travaux/", include("estran.portal.jobs.urls")),
    path("o/<slug:slug>/bilans/", include("estran.portal.results.urls")),
    path("o/<slug:slug>/", include("estran.portal.strategy.plan_urls")),
    path("o/<slug:slug>/demandes/", include("estran.portal.strategy.requests_urls")),
    path("o/<slug:slug>/rapports/", include("estran.portal.publishing.assembly_urls")),
    path("o/<slug:slug>/annees/", include("estran.portal.results.urls_years")),
    path("o/<slug:slug>/indicateurs/", include("estran.portal.results.urls_indicators")),
    path("o/<slug:slug>/registres/", registers, name="registers"),
    path("o/<slug:slug>/registres/", include("estran.portal.estates.urls_registers")),
    path("o/<slug:slug>/publication/", include("estran.portal.publishing.urls")),
    path("donnees/", include("estran.portal.publishing.urls_public")),
    path("elus/", include("estran.portal.publishing.urls_shared")),
    path("o/<slug:slug>/", include("estran.portal.estates.urls")),
    path("o/<slug:slug>/collectes/<int:number>/bilan/", collected.merge, name="merge"),
    path("ecole/", include("estran.portal.estates.urls_school")),
    path("ecole/<str:token>/merci/", collected.thanks, name="thanks"),
]
