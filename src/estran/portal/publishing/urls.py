"""Addresses of publishing, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.publishing import views

app_name = "publishing"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:number>/", views.run, name="run"),
    path("<int:number>/fichiers/<str:name>", views.file, name="file"),
    path("<int:number>/rapport/<str:report>", views.report, name="report"),
]
