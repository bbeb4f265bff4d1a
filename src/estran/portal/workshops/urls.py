"""URL patterns of the workshops: the facilitator's screens, and short ones typed on a phone."""

from django.urls import include, path

from estran.portal.workshops import phone_views, views, vision_views

room = [
    path("diagnostic/<int:number>/ateliers/", views.start, name="start"),
    path("ateliers/<int:number>/", views.session, name="session"),
    path("ateliers/<int:number>/saisie/", views.entry, name="entry"),
    path("vision/", vision_views.list_visions, name="visions"),
    path("vision/<int:number>/", vision_views.vision, name="vision"),
    path("vision/<int:number>/salle/", vision_views.room, name="vision_room"),
    path("groupes/<int:number>/", vision_views.group, name="group"),
]
phone = [
    path("", phone_views.enter, name="enter"),
    path("<str:code>/", phone_views.join, name="join"),
    path("<str:code>/<int:question>/", phone_views.question, name="question"),
    path("<str:code>/constats/", phone_views.others, name="others"),
    path("<str:code>/merci/", phone_views.thanks, name="thanks"),
    path("<str:code>/idees/", phone_views.ideas, name="ideas"),
    path("<str:code>/points/", phone_views.points, name="points"),
]
app_name = "workshops"
urlpatterns = [path("o/<slug:slug>/", include(room)), path("a/", include(phone))]
