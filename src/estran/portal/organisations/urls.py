"""Addresses about people, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.organisations import people

app_name = "organisations"
urlpatterns = [
    path("personnes/", people.everyone, name="people"),
    path("personnes/<int:number>/", people.one, name="person"),
    path("journal/", people.journal, name="journal"),
]
