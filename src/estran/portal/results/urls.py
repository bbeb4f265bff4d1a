"""Addresses of results, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.results import completeness, flow, row_views, views

app_name = "results"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("estimation/", views.first_estimate, name="first_estimate"),
    path("<int:number>/", views.run, name="run"),
    path("<int:number>/origine/", views.origin, name="origin"),
    path("<int:number>/lignes/", row_views.rows, name="rows"),
    path("<int:number>/flux/", flow.compute, name="flow"),
    path("<int:number>/completude/", completeness.card, name="completeness"),
    path("<int:number>/geler/", views.freeze, name="freeze"),
    path("<int:number>/refaire/", views.again, name="again"),
    path("<int:number>/export.zip", views.export_zip, name="export"),
]
