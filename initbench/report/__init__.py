"""Reports of a results folder: tables, sentences and figures.

Nothing here trains: a report can be made a year later, from the folder alone.
"""
