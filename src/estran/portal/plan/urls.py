"""URL patterns of the strategy, its objectives, its actions and its votes."""

from __future__ import annotations

from django.urls import path

from estran.portal.plan import action_views, views

app_name = "plan"
urlpatterns = [
    path("o/<slug:slug>/strategie/", views.strategy, name="strategy"),
    path("o/<slug:slug>/strategie/modifier/", views.edit, name="edit"),
    path("o/<slug:slug>/strategie/ambitions/", views.ambitions, name="ambitions"),
    path("o/<slug:slug>/ambitions/<int:number>/", views.edit_ambition, name="edit_ambition"),
    path("o/<slug:slug>/strategie/releves/", views.readings, name="readings"),
    path("o/<slug:slug>/strategie/effets/", views.show_effects, name="effects"),
    path("o/<slug:slug>/strategie/plan.toml", views.plan_file, name="plan_file"),
    path("o/<slug:slug>/strategie/plan.zip", views.plan_zip, name="plan_zip"),
    path("o/<slug:slug>/objectifs/nouveau/", views.new_objective, name="new_objective"),
    path("o/<slug:slug>/objectifs/<int:number>/", views.objective, name="objective"),
    path("o/<slug:slug>/objectifs/<int:number>/modifier/", views.edit_objective, name="edit_objective"),
    path("o/<slug:slug>/actions/", action_views.table, name="actions"),
    path("o/<slug:slug>/actions/calendrier/", action_views.calendar, name="calendar"),
    path("o/<slug:slug>/actions/miennes/", action_views.mine, name="mine"),
    path("o/<slug:slug>/actions/nouvelle/", action_views.new, name="new_action"),
    path("o/<slug:slug>/actions/catalogue/", action_views.catalogue, name="catalogue"),
    path("o/<slug:slug>/actions/tableur/", action_views.receive, name="receive"),
    path("o/<slug:slug>/actions/plan.xlsx", action_views.workbook, name="workbook"),
    path("o/<slug:slug>/actions/<int:number>/", action_views.action, name="action"),
    path("o/<slug:slug>/actions/<int:number>/modifier/", action_views.edit, name="edit_action"),
    path("o/<slug:slug>/actions/<int:number>/effet/", action_views.list_levers, name="levers"),
    path("o/<slug:slug>/actions/<int:number>/effet/<int:place>/", action_views.lever, name="lever"),
    path(
        "o/<slug:slug>/actions/<int:number>/effet/<int:place>/retirer/", action_views.remove_lever, name="remove_lever"
    ),
    path("o/<slug:slug>/actions/<int:number>/budget/", action_views.budget, name="budget"),
    path("o/<slug:slug>/actions/<int:number>/notes/", action_views.note, name="note"),
    path("o/<slug:slug>/actions/<int:number>/etapes/", action_views.step, name="step"),
    path("o/<slug:slug>/etapes/<int:number>/", action_views.edit_step, name="edit_step"),
    path("o/<slug:slug>/actions/<int:number>/fichiers/", action_views.attach, name="attach"),
    path("o/<slug:slug>/fichiers/<int:number>/", action_views.attachment, name="attachment"),
    path("o/<slug:slug>/plans-lus/<int:number>/", action_views.plan_file_read, name="plan_file_read"),
    path("o/<slug:slug>/votes/", views.list_votes, name="votes"),
    path("o/<slug:slug>/votes/nouveau/", views.vote, name="vote"),
    path("o/<slug:slug>/votes/<int:number>/", views.act, name="act"),
]
