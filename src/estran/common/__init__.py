"""What every room shares.

In: texts of the catalogue (shipped.py), words people write. Out: the columns of every table, messages, figures written
for people. Read table_schema.py first: the columns; then problems.py: the only way to say no.
"""
