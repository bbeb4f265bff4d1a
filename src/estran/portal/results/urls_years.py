"""Addresses of the years, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.results import year_views as views

app_name = "years"
urlpatterns = [
    path("", views.series, name="years"),
    path("autres-outils/ajouter/", views.add, name="add"),
    path("autres-outils/<int:number>/", views.edit, name="edit"),
]
