"""URL patterns of the indicators, and of the registers that feed them."""

from django.urls import include, path

from estran.portal.indicators import views

indicators = [
    path("", views.index, name="indicators"),
    path("textes/", views.texts, name="texts"),
    path("saisies/", views.typed, name="typed"),
    path("saisies/<slug:quantity>/<int:year>/", views.type_in, name="type_in"),
    path("<slug:indicator>/", views.one, name="one"),
    path("<slug:indicator>/cible/", views.target, name="target"),
]
urlpatterns = [
    path("o/<slug:slug>/indicateurs/", include((indicators, "indicators"))),
    path("o/<slug:slug>/registres/", views.registers, name="registers"),
]
