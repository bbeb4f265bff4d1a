"""URL patterns of the registers kept row by row."""

from django.urls import path

from estran.portal.registers import views

app_name = "registers"
urlpatterns = [
    path("o/<slug:slug>/registres/<slug:address>/", views.rows, name="rows"),
    path("o/<slug:slug>/registres/<slug:address>/ajouter/", views.edit, name="add"),
    path("o/<slug:slug>/registres/<slug:address>/importer/", views.take_in, name="take_in"),
    path("o/<slug:slug>/registres/<slug:address>/importer/<int:number>/", views.taken_in, name="taken_in"),
    path("o/<slug:slug>/registres/<slug:address>/colonnes/<int:number>/", views.columns, name="columns"),
    path("o/<slug:slug>/registres/<slug:address>/export.csv", views.export, {"ending": "csv"}, name="as_csv"),
    path("o/<slug:slug>/registres/<slug:address>/export.xlsx", views.export, {"ending": "xlsx"}, name="as_xlsx"),
    path("o/<slug:slug>/registres/<slug:address>/<int:number>/", views.edit, name="edit"),
]
