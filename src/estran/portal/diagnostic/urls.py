"""URL patterns of the diagnostic, its questions and the charter."""

from django.urls import path

from estran.portal.diagnostic import question_views, views

app_name = "diagnostic"
urlpatterns = [
    path("o/<slug:slug>/diagnostic/", views.diagnostics, name="diagnostics"),
    path("o/<slug:slug>/diagnostic/<int:number>/", views.diagnostic, name="diagnostic"),
    path("o/<slug:slug>/diagnostic/<int:number>/preparer/", views.fill, name="fill"),
    path("o/<slug:slug>/diagnostic/<int:number>/priorites/", views.rank, name="rank"),
    path("o/<slug:slug>/diagnostic/<int:number>/feuilles/", views.sheets, name="sheets"),
    path("o/<slug:slug>/questions/", question_views.questions, name="questions"),
    path("o/<slug:slug>/questions/tableau.csv", question_views.table, {"form": "csv"}, name="questions_csv"),
    path("o/<slug:slug>/questions/tableau.xlsx", question_views.table, {"form": "xlsx"}, name="questions_xlsx"),
    path("o/<slug:slug>/questions/brouillon/", question_views.draft, name="draft"),
    path("o/<slug:slug>/questions/nouvelle/", question_views.question, name="new_question"),
    path("o/<slug:slug>/questions/<int:number>/", question_views.question, name="question"),
    path("o/<slug:slug>/charte/", views.charter, name="charter"),
    path("o/<slug:slug>/charte/signature/", views.sign, name="sign"),
    path("o/<slug:slug>/charte/document/", views.document, name="document"),
    path("o/<slug:slug>/charte/cibles/<str:target>/", views.target, name="target"),
]
