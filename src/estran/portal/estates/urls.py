"""URL patterns of what an organisation has."""

from django.urls import path

from estran.portal.estates import views

app_name = "estates"
urlpatterns = [
    path("o/<slug:slug>/effectifs/", views.headcounts, name="headcounts"),
]
