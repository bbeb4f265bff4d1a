"""The portal: the same engine for people who will never open a terminal. A Django project of small apps.

In: pages, files and decisions of people. Out: rows of a database, and run folders made by the engine. Each app has
its models, forms, views, URL patterns and templates, and imports those before it alone (`settings.APPS`); read
`settings`, `urls` and `organisations/access.py` first.
"""
