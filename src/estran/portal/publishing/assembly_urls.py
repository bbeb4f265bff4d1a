"""Addresses of the reports to the assembly, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.publishing import assembly_views as views

app_name = "assembly"
urlpatterns = [
    path("", views.reports, name="reports"),
    path("modele/", views.template, name="template"),
    path("<int:number>/", views.report, name="report"),
    path("<int:number>/<str:name>", views.download, name="download"),
]
