"""Figures of results: as plain data, and drawn with Matplotlib.

One builder per figure returns a record (`records`) from results; `catalogue` says which figures a
folder has. `drawing` renders records with Matplotlib, which is imported when the first is drawn;
`serializing` turns them into JSON for the page.
"""
