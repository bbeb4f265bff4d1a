"""URL patterns of the organisation."""

from django.urls import path

from estran.portal.structure import views

app_name = "structure"
urlpatterns = [
    path("o/<slug:slug>/organisation/", views.who, name="who"),
    path("o/<slug:slug>/organisation/entites/", views.list_entities, name="entities"),
    path("o/<slug:slug>/organisation/entites.csv", views.export, name="export"),
    path("o/<slug:slug>/organisation/etablissements/", views.list_entities, {"schools": True}, name="schools"),
    path("o/<slug:slug>/organisation/taches/", views.tasks, name="tasks"),
    path("o/<slug:slug>/entites/<int:number>/", views.edit_entity, name="entity"),
    path("o/<slug:slug>/listes/<int:number>/", views.pick, name="list"),
]
