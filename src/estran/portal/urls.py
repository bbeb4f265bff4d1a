"""URL patterns of the portal: each app has its own; everything of an organisation is under /o/<slug>/."""

from django.conf import settings
from django.urls import include, path

from estran.portal import home

handler500 = "estran.portal.home.fault"
urlpatterns = [
    path("", home.start, name="start"),
    path("accessibilite/", home.accessibility, name="accessibility"),
    path("sante/", home.health, name="health"),
    path("o/<slug:slug>/", home.home, name="home"),
    *(path("", include(f"estran.portal.{app}.urls")) for app in settings.APPS),
]
