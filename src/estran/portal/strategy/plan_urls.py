"""Addresses of the strategy, its objectives, its actions and its votes, under those of an organisation."""

from __future__ import annotations

from django.urls import path

from estran.portal.strategy import actions_views, plan_views

app_name = "plan"
urlpatterns = [
    path("strategie/", plan_views.strategy, name="strategy"),
    path("strategie/modifier/", plan_views.edit, name="edit"),
    path("strategie/ambitions/", plan_views.ambitions, name="ambitions"),
    path("ambitions/<int:number>/", plan_views.edit_ambition, name="edit_ambition"),
    path("strategie/releves/", plan_views.readings, name="readings"),
    path("strategie/effets/", plan_views.effects, name="effects"),
    path("strategie/plan.toml", plan_views.plan_file, name="plan_file"),
    path("strategie/plan.zip", plan_views.plan_zip, name="plan_zip"),
    path("objectifs/nouveau/", plan_views.new_objective, name="new_objective"),
    path("objectifs/<int:number>/", plan_views.objective, name="objective"),
    path("objectifs/<int:number>/modifier/", plan_views.edit_objective, name="edit_objective"),
    path("actions/", actions_views.table, name="actions"),
    path("actions/calendrier/", actions_views.calendar, name="calendar"),
    path("actions/miennes/", actions_views.mine, name="mine"),
    path("actions/nouvelle/", actions_views.new, name="new_action"),
    path("actions/catalogue/", actions_views.catalogue, name="catalogue"),
    path("actions/tableur/", actions_views.receive, name="receive"),
    path("actions/plan.xlsx", actions_views.workbook, name="workbook"),
    path("actions/<int:number>/", actions_views.action, name="action"),
    path("actions/<int:number>/modifier/", actions_views.edit, name="edit_action"),
    path("actions/<int:number>/effet/", actions_views.levers, name="levers"),
    path("actions/<int:number>/effet/<int:place>/", actions_views.lever, name="lever"),
    path("actions/<int:number>/effet/<int:place>/retirer/", actions_views.remove_lever, name="remove_lever"),
    path("actions/<int:number>/budget/", actions_views.budget, name="budget"),
    path("actions/<int:number>/notes/", actions_views.note, name="note"),
    path("actions/<int:number>/etapes/", actions_views.step, name="step"),
    path("etapes/<int:number>/", actions_views.edit_step, name="edit_step"),
    path("actions/<int:number>/fichiers/", actions_views.attach, name="attach"),
    path("fichiers/<int:number>/", actions_views.attachment, name="attachment"),
    path("plans-lus/<int:number>/", actions_views.plan_file_read, name="plan_file_read"),
    path("votes/", plan_views.votes, name="votes"),
    path("votes/nouveau/", plan_views.vote, name="vote"),
    path("votes/<int:number>/", plan_views.act, name="act"),
]
