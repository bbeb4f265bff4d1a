"""URL patterns of corrections and of values of one's own."""

from django.urls import include, path

from estran.portal.overlays import correction_views, views

pages = [
    path("bilans/<int:number>/corriger/", correction_views.correct_rows, name="rows"),
    path("corrections/", correction_views.list_corrections, name="corrections"),
    path("valeurs/", views.list_values, name="values"),
    path("valeurs/surcharge.zip", views.download_overlay, name="export"),
    path("valeurs/ajouter/<str:table>/", views.add_value, name="add"),
    path("valeurs/<int:number>/", views.show_value, name="value"),
]
urlpatterns = [path("o/<slug:slug>/", include((pages, "overlays")))]
