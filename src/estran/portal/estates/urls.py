"""Addresses of the collection, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.estates import answer_views, collection_views, glpi_views

app_name = "estates"
urlpatterns = [
    path("collectes/", collection_views.campaigns, name="campaigns"),
    path("collectes/<int:number>/", collection_views.board, name="board"),
    path("collectes/<int:number>/reglages/", collection_views.campaign, name="campaign"),
    path("collectes/<int:number>/relances/", collection_views.reminders, name="reminders"),
    path("collectes/<int:number>/relances.csv", collection_views.reminders_csv, name="reminders_csv"),
    path("collectes/<int:number>/fichier-central/", collection_views.central_file, name="central"),
    path("collectes/<int:number>/libelles/", collection_views.labels, name="labels"),
    path("reponses/<int:number>/", answer_views.answer, name="answer"),
    path("reponses/<int:number>/modele.xlsx", answer_views.template, name="template"),
    path("reponses/<int:number>/saisie/<slug:form>/", answer_views.short_form, name="short_form"),
    path("depots/<int:number>/", answer_views.delivery, name="delivery"),
    path("depots/<int:number>/rejets/", answer_views.rejects, name="rejects"),
    path("depots/<int:number>/rejets.csv", answer_views.rejects_csv, name="rejects_csv"),
    path("effectifs/", collection_views.headcounts, name="headcounts"),
    path("glpi/", glpi_views.source, name="glpi"),
]
