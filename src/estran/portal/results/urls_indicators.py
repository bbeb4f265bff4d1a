"""Addresses of the indicators, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.results import indicator_views as views

app_name = "indicators"
urlpatterns = [
    path("", views.index, name="indicators"),
    path("textes/", views.texts, name="texts"),
    path("saisies/", views.typed, name="typed"),
    path("saisies/<slug:quantity>/<int:year>/", views.type_in, name="type_in"),
    path("<slug:indicator>/", views.one, name="one"),
    path("<slug:indicator>/cible/", views.target, name="target"),
]
