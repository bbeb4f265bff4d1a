"""URL patterns of requests."""

from __future__ import annotations

from django.urls import path

from estran.portal.requests import views

app_name = "requests"
urlpatterns = [
    path("o/<slug:slug>/demandes/", views.portfolio, name="requests"),
    path("o/<slug:slug>/demandes/nouvelle/", views.new, name="new"),
    path("o/<slug:slug>/demandes/taille/", views.thresholds, name="thresholds"),
    path("o/<slug:slug>/demandes/feuille-de-route.xlsx", views.roadmap, name="roadmap"),
    path("o/<slug:slug>/demandes/<int:number>/", views.one, name="request"),
    path("o/<slug:slug>/demandes/<int:number>/questions/", views.questions, name="questions"),
    path("o/<slug:slug>/demandes/<int:number>/valeur/", views.value, name="value"),
    path("o/<slug:slug>/demandes/<int:number>/dimensionnement/", views.sizing, name="sizing"),
    path("o/<slug:slug>/demandes/<int:number>/sobriete/", views.frugality, name="frugality"),
    path("o/<slug:slug>/demandes/<int:number>/decision/", views.decision, name="decision"),
    path("o/<slug:slug>/demandes/<int:number>/bilan/", views.review, name="review"),
    path("o/<slug:slug>/demandes/<int:number>/origine/", views.origin, name="origin"),
]
