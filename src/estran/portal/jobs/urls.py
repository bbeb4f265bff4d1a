"""URL patterns of long work."""

from django.urls import path

from estran.portal.jobs import views

app_name = "jobs"
urlpatterns = [
    path("o/<slug:slug>/travaux/<int:number>/", views.job, name="job"),
]
