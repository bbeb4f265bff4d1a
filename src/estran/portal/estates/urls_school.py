"""Addresses of the screens of a school's referent, opened by a signed link."""

from __future__ import annotations

from django.urls import path

from estran.portal.estates import school_views as views

app_name = "school"
urlpatterns = [
    path("<str:token>/", views.start, name="start"),
    path("<str:token>/lu/", views.read, name="read"),
    path("<str:token>/modele.xlsx", views.template, name="template"),
]
