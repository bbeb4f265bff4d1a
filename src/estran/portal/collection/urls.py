"""URL patterns of the collection: under an organisation, and for the referent of a school by a signed link."""

from django.urls import include, path

from estran.portal.collection import answer_views, column_views, school_views, views

campaigns = [
    path("collectes/", views.list_campaigns, name="campaigns"),
    path("collectes/<int:number>/", views.board, name="board"),
    path("collectes/<int:number>/reglages/", views.campaign, name="campaign"),
    path("collectes/<int:number>/relances/", views.reminders, name="reminders"),
    path("collectes/<int:number>/relances.csv", views.reminders_csv, name="reminders_csv"),
    path("collectes/<int:number>/fichier-central/", views.central_file, name="central"),
    path("collectes/<int:number>/libelles/", views.labels, name="labels"),
    path("reponses/<int:number>/", answer_views.answer, name="answer"),
    path("reponses/<int:number>/modele.xlsx", answer_views.template, name="template"),
    path("reponses/<int:number>/corrections.zip", column_views.corrections_zip, name="corrections"),
    path("reponses/<int:number>/saisie/<slug:form>/", answer_views.short_form, name="short_form"),
    path("depots/<int:number>/", answer_views.delivery, name="delivery"),
    path("depots/<int:number>/colonnes/", column_views.columns, name="columns"),
    path("colonnes/", column_views.saved_maps, name="saved_maps"),
    path("depots/<int:number>/rejets/", answer_views.rejects, name="rejects"),
    path("depots/<int:number>/rejets.csv", answer_views.rejects_csv, name="rejects_csv"),
    path("glpi/", views.glpi_source, name="glpi"),
]
school = [
    path("<str:token>/", school_views.start, name="start"),
    path("<str:token>/colonnes/", column_views.school_columns, name="columns"),
    path("<str:token>/lu/", school_views.read, name="read"),
    path("<str:token>/modele.xlsx", school_views.template, name="template"),
]
urlpatterns = [
    path("o/<slug:slug>/", include((campaigns, "collection"))),
    path("ecole/", include((school, "school"))),
]
