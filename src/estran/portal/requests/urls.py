"""URL patterns of requests."""

from django.urls import path

from estran.portal.requests import views

app_name = "requests"
urlpatterns = [
    path("o/<slug:slug>/demandes/", views.list_requests, name="requests"),
    path("o/<slug:slug>/demandes/nouvelle/", views.new_request, name="new"),
    path("o/<slug:slug>/demandes/taille/", views.edit_thresholds, name="thresholds"),
    path("o/<slug:slug>/demandes/feuille-de-route.xlsx", views.download_roadmap, name="roadmap"),
    path("o/<slug:slug>/demandes/<int:number>/", views.show_request, name="request"),
    path("o/<slug:slug>/demandes/<int:number>/questions/", views.grade, {"screen": "questions"}, name="questions"),
    path("o/<slug:slug>/demandes/<int:number>/valeur/", views.grade, {"screen": "value"}, name="value"),
    path("o/<slug:slug>/demandes/<int:number>/dimensionnement/", views.edit_sizing, name="sizing"),
    path("o/<slug:slug>/demandes/<int:number>/sobriete/", views.grade, {"screen": "frugality"}, name="frugality"),
    path("o/<slug:slug>/demandes/<int:number>/decision/", views.decide, name="decision"),
    path("o/<slug:slug>/demandes/<int:number>/bilan/", views.write_review, name="review"),
    path("o/<slug:slug>/demandes/<int:number>/origine/", views.explain_footprint, name="origin"),
]
