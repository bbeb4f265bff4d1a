"""URL patterns of what leaves an organisation: open data, reports to the assembly, links without account."""

from django.urls import include, path

from estran.portal.publishing import assembly_views, views

publications = [
    path("", views.index, name="index"),
    path("<int:number>/", views.run, name="run"),
    path("<int:number>/fichiers/<str:name>", views.file, name="file"),
    path("<int:number>/rapport/<str:report>", views.report, name="report"),
]
reports = [
    path("", assembly_views.reports, name="reports"),
    path("modele/", assembly_views.template, name="template"),
    path("preparer/<str:moment>/", assembly_views.prepare, name="prepare"),
    path("preparer/<str:moment>/<str:field>/", assembly_views.write, name="write"),
    path("<int:number>/", assembly_views.report, name="report"),
    path("<int:number>/<str:name>", assembly_views.download, name="download"),
]
# Open data stay where they were opened.
open_data = [
    path("<slug:slug>/", views.public, name="all"),
    path("<slug:slug>/catalogue.jsonld", views.catalogue, name="catalogue"),
    path("<slug:slug>/<int:year>/", views.public_year, name="year"),
    path("<slug:slug>/<int:year>/<str:name>", views.public_file, name="file"),
]
links = [
    path("<str:link>/", views.shared, name="page"),
    path("<str:link>/<str:report>", views.shared_report, name="report"),
]
urlpatterns = [
    path("o/<slug:slug>/publication/", include((publications, "publishing"))),
    path("o/<slug:slug>/rapports/", include((reports, "assembly"))),
    path("donnees/", include((open_data, "open_data"))),
    path("elus/", include((links, "shared"))),
]
