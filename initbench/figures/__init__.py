"""Figures as plain data, and the renderer that draws them with Matplotlib.

A builder makes a `Figure` record from results: one module for each figure. A renderer draws any
record: `initbench.figures.drawing` with Matplotlib, the page's script with SVG and canvas. Both show
the same, because neither knows what a figure is about.
"""
