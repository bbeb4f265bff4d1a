"""The charts of pages and documents. In: rows of named quantities. Out: a `Drawing`, as SVG or PNG.

One module builds the rows, the words and the places of labels of each chart, or of two alike; `descriptions/` says how
they are drawn. Read first: drawing.py, then breakdown.py.
"""
