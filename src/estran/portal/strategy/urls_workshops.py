"""Addresses of participants: short, for they are typed on a phone."""

from __future__ import annotations

from django.urls import path

from estran.portal.strategy import workshop_phone

app_name = "workshops"
urlpatterns = [
    path("", workshop_phone.enter, name="enter"),
    path("<str:code>/", workshop_phone.join, name="join"),
    path("<str:code>/<int:question>/", workshop_phone.question, name="question"),
    path("<str:code>/constats/", workshop_phone.others, name="others"),
    path("<str:code>/merci/", workshop_phone.thanks, name="thanks"),
    path("<str:code>/idees/", workshop_phone.ideas, name="ideas"),
    path("<str:code>/points/", workshop_phone.points, name="points"),
]
