"""Addresses of requests, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.strategy import requests_views as views

app_name = "requests"
urlpatterns = [
    path("", views.portfolio, name="requests"),
    path("nouvelle/", views.new, name="new"),
    path("taille/", views.thresholds, name="thresholds"),
    path("feuille-de-route.xlsx", views.roadmap, name="roadmap"),
    path("<int:number>/", views.one, name="request"),
    path("<int:number>/questions/", views.questions, name="questions"),
    path("<int:number>/valeur/", views.value, name="value"),
    path("<int:number>/dimensionnement/", views.sizing, name="sizing"),
    path("<int:number>/sobriete/", views.frugality, name="frugality"),
    path("<int:number>/decision/", views.decision, name="decision"),
    path("<int:number>/bilan/", views.review, name="review"),
    path("<int:number>/origine/", views.origin, name="origin"),
]
