"""URL patterns of the runs, of the series of years and of what a campaign becomes."""

from django.urls import include, path

from estran.portal.results import observed_lives, renewal_views, views, year_views

runs = [
    path("", views.list_runs, name="runs"),
    path("estimation/", views.first_estimate, name="first_estimate"),
    path("<int:number>/", views.show_run, name="run"),
    path("<int:number>/origine/", views.show_origin, name="origin"),
    path("<int:number>/lignes/", views.list_rows, name="rows"),
    path("<int:number>/flux/", views.compute_flow, name="flow"),
    path("<int:number>/completude/", views.show_completeness, name="completeness"),
    path("<int:number>/et-les-autres/", views.show_others, name="others"),
    path("<int:number>/renouvellements/", renewal_views.show_renewals, name="renewals"),
    path("<int:number>/renouvellements.xlsx", renewal_views.download_renewals, name="renewals_file"),
    path("<int:number>/geler/", views.freeze, name="freeze"),
    path("<int:number>/retirer/", views.withdraw, name="withdraw"),
    path("<int:number>/refaire/", views.compute_again, name="again"),
    path("<int:number>/preuves.xlsx", views.list_evidence, name="evidence"),
    path("<int:number>/export.zip", views.export_zip, name="export"),
]
years = [
    path("", year_views.show_series, name="years"),
    path("durees/", observed_lives.show_lives, name="lives"),
    path("autres-outils/ajouter/", year_views.edit_figure, name="add"),
    path("autres-outils/<int:number>/", year_views.edit_figure, name="edit"),
]
urlpatterns = [
    path("o/<slug:slug>/bilans/", include((runs, "results"))),
    path("o/<slug:slug>/annees/", include((years, "years"))),
    path("o/<slug:slug>/collectes/<int:number>/bilan/", views.merge_campaign, name="merge"),
    path("ecole/<str:token>/merci/", views.show_school_result, name="thanks"),
]
