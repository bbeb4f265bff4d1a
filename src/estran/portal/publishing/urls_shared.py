"""Addresses of links without account to a frozen run."""

from __future__ import annotations

from django.urls import path

from estran.portal.publishing import views

app_name = "shared"
urlpatterns = [
    path("<str:link>/", views.shared, name="page"),
    path("<str:link>/<str:report>", views.shared_report, name="report"),
]
