"""URL patterns of the strategy, its objectives, its actions and its votes."""

from django.urls import path

from estran.portal.plan import action_views, views

app_name = "plan"
urlpatterns = [
    path("o/<slug:slug>/strategie/", views.show_strategy, name="strategy"),
    path("o/<slug:slug>/strategie/modifier/", views.edit_strategy, name="edit"),
    path("o/<slug:slug>/strategie/ambitions/", views.add_ambition, name="ambitions"),
    path("o/<slug:slug>/ambitions/<int:number>/", views.edit_ambition, name="edit_ambition"),
    path("o/<slug:slug>/strategie/releves/", views.read_indicators, name="readings"),
    path("o/<slug:slug>/strategie/effets/", views.show_effects, name="effects"),
    path("o/<slug:slug>/strategie/plan.toml", views.download_plan, name="plan_file"),
    path("o/<slug:slug>/strategie/plan.zip", views.download_plan_zip, name="plan_zip"),
    path("o/<slug:slug>/objectifs/nouveau/", views.new_objective, name="new_objective"),
    path("o/<slug:slug>/objectifs/<int:number>/", views.show_objective, name="objective"),
    path("o/<slug:slug>/objectifs/<int:number>/modifier/", views.edit_objective, name="edit_objective"),
    path("o/<slug:slug>/actions/", action_views.list_actions, name="actions"),
    path("o/<slug:slug>/actions/calendrier/", action_views.show_timeline, name="calendar"),
    path("o/<slug:slug>/actions/miennes/", action_views.list_own_actions, name="mine"),
    path("o/<slug:slug>/actions/nouvelle/", action_views.new_action, name="new_action"),
    path("o/<slug:slug>/actions/catalogue/", action_views.add_from_catalogue, name="catalogue"),
    path("o/<slug:slug>/actions/tableur/", action_views.import_plan, name="receive"),
    path("o/<slug:slug>/actions/tableur/<str:digest>/", action_views.name_columns, name="columns"),
    path("o/<slug:slug>/actions/plan.xlsx", action_views.export_workbook, name="workbook"),
    path("o/<slug:slug>/actions/<int:number>/", action_views.show_action, name="action"),
    path("o/<slug:slug>/actions/<int:number>/modifier/", action_views.edit_action, name="edit_action"),
    path("o/<slug:slug>/actions/<int:number>/effet/", action_views.list_levers, name="levers"),
    path("o/<slug:slug>/actions/<int:number>/effet/<int:place>/", action_views.edit_lever, name="lever"),
    path(
        "o/<slug:slug>/actions/<int:number>/effet/<int:place>/retirer/", action_views.remove_lever, name="remove_lever"
    ),
    path("o/<slug:slug>/actions/<int:number>/budget/", action_views.write_budget, name="budget"),
    path("o/<slug:slug>/actions/<int:number>/notes/", action_views.add_note, name="note"),
    path("o/<slug:slug>/actions/<int:number>/etapes/", action_views.add_step, name="step"),
    path("o/<slug:slug>/etapes/<int:number>/", action_views.edit_step, name="edit_step"),
    path("o/<slug:slug>/actions/<int:number>/fichiers/", action_views.attach_file, name="attach"),
    path("o/<slug:slug>/fichiers/<int:number>/", action_views.download_attachment, name="attachment"),
    path("o/<slug:slug>/plans-lus/<int:number>/", action_views.show_import, name="plan_file_read"),
    path("o/<slug:slug>/votes/", views.list_votes, name="votes"),
    path("o/<slug:slug>/votes/nouveau/", views.record_vote, name="vote"),
    path("o/<slug:slug>/votes/<int:number>/", views.show_vote, name="act"),
    path("o/<slug:slug>/votes/<int:number>/corriger/", views.correct_vote, name="correct"),
]
