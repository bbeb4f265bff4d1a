"""URL patterns of the runs, of the series of years and of what a campaign becomes."""

from django.urls import include, path

from estran.portal.results import campaign_views, row_views, views, year_views

runs = [
    path("", views.runs, name="runs"),
    path("estimation/", views.first_estimate, name="first_estimate"),
    path("<int:number>/", views.run, name="run"),
    path("<int:number>/origine/", views.origin, name="origin"),
    path("<int:number>/lignes/", row_views.rows, name="rows"),
    path("<int:number>/flux/", views.compute_flow, name="flow"),
    path("<int:number>/completude/", views.completeness, name="completeness"),
    path("<int:number>/geler/", views.freeze, name="freeze"),
    path("<int:number>/refaire/", views.again, name="again"),
    path("<int:number>/export.zip", views.export_zip, name="export"),
]
years = [
    path("", year_views.series, name="years"),
    path("autres-outils/ajouter/", year_views.add, name="add"),
    path("autres-outils/<int:number>/", year_views.edit, name="edit"),
]
urlpatterns = [
    path("o/<slug:slug>/bilans/", include((runs, "results"))),
    path("o/<slug:slug>/annees/", include((years, "years"))),
    path("o/<slug:slug>/collectes/<int:number>/bilan/", campaign_views.merge, name="merge"),
    path("ecole/<str:token>/merci/", campaign_views.thanks, name="thanks"),
]
