"""Addresses of open data, which everyone may read once the officer opened them. They stay."""

from __future__ import annotations

from django.urls import path

from estran.portal.publishing import views

app_name = "open_data"
urlpatterns = [
    path("<slug:slug>/", views.public, name="all"),
    path("<slug:slug>/catalogue.jsonld", views.catalogue, name="catalogue"),
    path("<slug:slug>/<int:year>/", views.public_year, name="year"),
    path("<slug:slug>/<int:year>/<str:name>", views.public_file, name="file"),
]
