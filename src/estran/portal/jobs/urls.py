"""Addresses of long work, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<int:number>/", views.job, name="job"),
]
