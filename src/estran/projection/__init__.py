"""A run and a plan of actions carried into the years to come.

In: the folder of a run, a plan (TOML). Out: a folder with years.csv, equipment.csv, actions.csv and project.json.
Read `projections.py` first: it reads the plan (`plans`), simulates it (`cohort_inputs`, `cohorts`, `simulation`) and
writes the folder, that `results.py` reads for the reports and the portal.
"""
