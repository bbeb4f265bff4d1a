"""Addresses of the diagnostic, its sessions, the charter and the vision, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.strategy import (
    charter_views,
    diagnostic_questions_views,
    diagnostic_views,
    vision_views,
    workshop_views,
)

app_name = "diagnostic"
urlpatterns = [
    path("diagnostic/", diagnostic_views.diagnostics, name="diagnostics"),
    path("diagnostic/<int:number>/", diagnostic_views.diagnostic, name="diagnostic"),
    path("diagnostic/<int:number>/preparer/", diagnostic_views.fill, name="fill"),
    path("diagnostic/<int:number>/priorites/", diagnostic_views.rank, name="rank"),
    path("diagnostic/<int:number>/feuilles/", diagnostic_views.sheets, name="sheets"),
    path("questions/", diagnostic_questions_views.questions, name="questions"),
    path("questions/tableau.csv", diagnostic_questions_views.table, {"form": "csv"}, name="questions_csv"),
    path("questions/tableau.xlsx", diagnostic_questions_views.table, {"form": "xlsx"}, name="questions_xlsx"),
    path("questions/brouillon/", diagnostic_questions_views.draft, name="draft"),
    path("questions/nouvelle/", diagnostic_questions_views.new_question, name="new_question"),
    path("questions/<int:number>/", diagnostic_questions_views.question, name="question"),
    path("ateliers/<int:number>/", workshop_views.session, name="session"),
    path("ateliers/<int:number>/saisie/", workshop_views.entry, name="entry"),
    path("charte/", charter_views.charter, name="charter"),
    path("charte/signature/", charter_views.sign, name="sign"),
    path("charte/document/", charter_views.document, name="document"),
    path("charte/cibles/<str:target>/", charter_views.target, name="target"),
    path("vision/", vision_views.visions, name="visions"),
    path("vision/<int:number>/", vision_views.vision, name="vision"),
    path("vision/<int:number>/salle/", vision_views.room, name="vision_room"),
    path("groupes/<int:number>/", vision_views.group, name="group"),
]
