"""Addresses of the registers kept row by row, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.estates import register_views as views

app_name = "registers"
urlpatterns = [
    path("<slug:register>/", views.rows, name="rows"),
    path("<slug:register>/ajouter/", views.add, name="add"),
    path("<slug:register>/importer/", views.take_in, name="take_in"),
    path("<slug:register>/importer/<int:number>/", views.taken_in, name="taken_in"),
    path("<slug:register>/export.csv", views.as_csv, name="as_csv"),
    path("<slug:register>/export.xlsx", views.as_xlsx, name="as_xlsx"),
    path("<slug:register>/<int:number>/", views.edit, name="edit"),
]
